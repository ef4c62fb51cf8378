"""How the window's page is answered, and asked: JSON, reasons for which it has the words, one field of a query."""

from http import HTTPStatus
from urllib.parse import parse_qsl

import msgspec

from terminal.web.http import Response

QUERY_LENGTH = 200
REFUSALS = {
    "busy": HTTPStatus.TOO_MANY_REQUESTS,
    "locked": HTTPStatus.TOO_MANY_REQUESTS,
    "not_known": HTTPStatus.GATEWAY_TIMEOUT,
    "other": HTTPStatus.SERVICE_UNAVAILABLE,
}
"""The status of each reason that is not simply forbidden."""


def as_json(value: object, headers: dict[str, str] | None = None) -> Response:
    """What was asked for, or done."""
    return Response(HTTPStatus.OK, msgspec.json.encode(value), headers=headers or {})


def refusal(reason: str, wait_s: float = 0.0, headers: dict[str, str] | None = None, about: str = "") -> Response:
    """Why not; the page has the words. `about`: the second person, when it is theirs."""
    status = REFUSALS.get(reason, HTTPStatus.FORBIDDEN)
    body = {"reason": reason, "wait_s": round(wait_s + 0.5), "about": about}
    return Response(status, msgspec.json.encode(body), headers=headers or {})


def field_of(query: str, name: str) -> str:
    """One field of a query; "" when it is not there exactly once."""
    fields = parse_qsl(query) if len(query) <= QUERY_LENGTH and query.isascii() else []
    values = [value for key, value in fields if key == name]
    return values[0] if len(values) == 1 else ""
