"""Short codes that nobody else can make: a text, a dot, and the first 16 hex digits of its HMAC-SHA256.

Tickets, receipts and credit notes all carry such a code. 64 bits can not be guessed at a machine that reads a few codes
a second, and the code stays short enough for a small QR code.
"""

import hashlib
import hmac

TAG_DIGITS = 16


def sign(key: bytes, text: str) -> str:
    """`text` with its tag behind a dot."""
    return f"{text}.{_tag(key, text)}"


def verify(key: bytes, code: str) -> str | None:
    """The signed text of a genuine code, None for any other; the time it takes does not depend on the tag."""
    text, _, tag = code.rpartition(".")
    genuine = hmac.compare_digest(_tag(key, text).encode(), tag.encode(errors="surrogatepass"))
    return text if genuine else None


def _tag(key: bytes, text: str) -> str:
    content = text.encode(errors="surrogatepass")
    return hmac.new(key, content, hashlib.sha256).hexdigest()[:TAG_DIGITS]
