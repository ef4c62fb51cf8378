"""Bill validators, one file a protocol; this is the list that the configuration's `protocol` chooses from.

Each is made with `(currency, accept_minor)` and carries the line settings that its port needs in `SERIAL`.
"""

from terminal.hw.validators.ssp import SspValidator

PROTOCOLS = {
    "ssp": SspValidator,
}
