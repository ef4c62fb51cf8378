"""Stays over HTTP: signed reports come in, and a payer finds his car by part of its plate. No sockets here.

    POST /reports            signed bytes (`terminal.stays.reports`): answered with 200 when the journal holds the report
    GET  /stays?plate=2345   the cars that this may be
    POST /stay               {"token": …}: it is this one

Whoever sends reports is no browser: the signature is all that counts. The other two are for our own page alone, and slow enough
that nobody can try out plates.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qsl

import msgspec

from terminal.errors import CodeError, StoreError
from terminal.stays.search import Candidate
from terminal.web.pace import Pace
from terminal.words import CATALOGUES, say

REPORT_BYTES = 4096
REPORTS_AT_ONCE = 30
REPORTS_PER_S = 10.0
WAITING = 4
"""Senders that may wait for the journal at once."""
KNOWN_S = 5.0
"""So long a report may need to the journal."""
LOOK_S = 0.2
"""How often the journal is asked at least."""
SEARCHES_AT_ONCE = 5
SEARCHES_PER_S = 0.5
QUERY_LENGTH = 200

Answer = tuple[HTTPStatus, bytes]
"""The status, and a JSON object."""

_encode = msgspec.json.Encoder().encode

DETAILS = {
    "too_long": f"it is longer than {REPORT_BYTES} bytes",
    "wrong_tag": "it is not signed with this site's key, or something was changed on the way",
    "bad_report": "it is not written as a report must be",
    "bad_plate": "the plate is not 2 to 12 letters, digits and characters of Chinese plates",
    "in_future": "it lies too far ahead of this terminal's clock",
    "too_old": "it happened too long ago to be believed",
}
"""For whoever runs the sender; a payer never sees these."""
TOO_OFTEN = _encode({"reason": "too_often", "detail": "too many reports in a short time; send it again later"})
NOT_NOW = _encode({"reason": "not_now", "detail": "the journal does not hold it yet; send it again"})


class StayCalls(NamedTuple):
    """What the shell does for us, in the server's threads; what it can not do is None."""

    report: Callable[[bytes], str] | None = None
    """Passes a report on and says its id. Raises CodeError (refused), `queue.Full` or StoreError (not now)."""
    known: Callable[[str], bool] | None = None
    """Whether the journal holds the report with this id, durably. May raise StoreError."""
    search: Callable[[str], Sequence[Candidate]] | None = None
    """The cars that a part of a plate may mean. Raises CodeError, StoreError."""
    choose: Callable[[str], None] | None = None
    """The payer's choice, a token. Raises CodeError, `queue.Full`."""


class StayDesk:
    """Answers the three requests above."""

    def __init__(
        self, calls: StayCalls, wait_for_commit: Callable[[float], bool], monotonic: Callable[[], float]
    ) -> None:
        """`wait_for_commit` waits for so many seconds, or less when something may have been committed; false: nothing will."""
        self._calls = calls
        self._wait_for_commit = wait_for_commit
        self._monotonic = monotonic
        self._report_pace = Pace(monotonic, REPORTS_AT_ONCE, REPORTS_PER_S)
        self._search_pace = Pace(monotonic, SEARCHES_AT_ONCE, SEARCHES_PER_S)
        self._places = threading.BoundedSemaphore(WAITING)

    @property
    def takes_reports(self) -> bool:
        """Whether anybody takes reports."""
        return self._calls.report is not None and self._calls.known is not None

    @property
    def searches(self) -> bool:
        """Whether anybody looks for cars."""
        return self._calls.search is not None

    @property
    def choose(self) -> Callable[[str], None] | None:
        """Who takes a payer's choice."""
        return self._calls.choose

    def reported(self, data: bytes) -> Answer:
        """A report came: 200 when it is in the journal, whoever brought it there and when."""
        report, known = self._calls.report, self._calls.known
        if report is None or known is None:
            return HTTPStatus.NOT_FOUND, b"{}"
        if not self._report_pace.allows():
            return HTTPStatus.TOO_MANY_REQUESTS, TOO_OFTEN
        if not self._places.acquire(blocking=False):
            return HTTPStatus.SERVICE_UNAVAILABLE, NOT_NOW
        try:
            report_id = report(data)
            in_time = self._becomes_known(known, report_id)
        except CodeError as why:
            status = HTTPStatus.FORBIDDEN if why.reason == "wrong_tag" else HTTPStatus.BAD_REQUEST
            return status, _encode({"reason": why.reason, "detail": str(why.__cause__ or DETAILS.get(why.reason, ""))})
        except (queue.Full, StoreError):
            in_time = False
        finally:
            self._places.release()
        return (HTTPStatus.OK, _encode({"id": report_id})) if in_time else (HTTPStatus.SERVICE_UNAVAILABLE, NOT_NOW)

    def _becomes_known(self, known: Callable[[str], bool], report_id: str) -> bool:
        end_s = self._monotonic() + KNOWN_S
        while not known(report_id):
            left_s = end_s - self._monotonic()
            if left_s <= 0 or not self._wait_for_commit(min(left_s, LOOK_S)):
                return False
        return True

    def found(self, query: str) -> Answer:
        """The cars for `plate=…`; why there are none is said in every language."""
        if self._calls.search is None:
            return HTTPStatus.NOT_FOUND, b"{}"
        fields = parse_qsl(query) if len(query) <= QUERY_LENGTH and query.isascii() else []
        if [name for name, _ in fields] != ["plate"]:
            return HTTPStatus.BAD_REQUEST, b"{}"
        if not self._search_pace.allows():
            return HTTPStatus.TOO_MANY_REQUESTS, b"{}"
        try:
            return HTTPStatus.OK, _encode({"candidates": self._calls.search(fields[0][1])})
        except CodeError as why:
            return HTTPStatus.OK, _encode({"candidates": [], **refusal(why)})
        except StoreError:
            return HTTPStatus.SERVICE_UNAVAILABLE, b"{}"


def refusal(why: CodeError) -> dict[str, object]:
    """The reason, and what to tell the payer by language."""
    return {
        "reason": why.reason,
        "words": {language: say(language, f"refused.{why.reason}") for language in CATALOGUES},
    }
