"""Somebody of the staff at the window's page, over HTTP, as their browser is: signs in with a PIN, acts, and is told why not."""

import json
import time
from http.client import HTTPConnection, HTTPException
from typing import Any

ANSWER_S = 15.0
BUSY = ("busy", "locked")
"""Answers that ask to come again."""


class WindowRefused(Exception):
    """What was asked is not done; `reason` is what the page would say."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.reason = reason


class Clerk:
    """One browser at the window's page on this machine; whoever signs in takes it over."""

    def __init__(self, web_port: int) -> None:
        self._address = f"127.0.0.1:{web_port}"
        self._cookie = ""

    def sign_in(self, name: str, pin: str) -> None:
        """By name and PIN; at a page that is asked too often, after a moment. Raises `WindowRefused`."""
        self._post("sign-in", {"name": name, "pin": pin})

    def sign_out(self) -> None:
        """Leave the window, locked if a shift serves. Raises `WindowRefused`."""
        self._post("sign-out", {})

    def act(self, act: str, second: tuple[str, str] | None = None, **fields: Any) -> None:
        """One act of the page, with the name and PIN of a second person if need be; done when it is in the books.

        Raises `WindowRefused`.
        """
        body: dict[str, Any] = {"act": act, "fields": fields}
        if second is not None:
            body["second"] = {"name": second[0], "pin": second[1]}
        self._post("act", body)

    def _post(self, path: str, body: dict[str, Any]) -> None:
        while (answer := self._ask(path, body)).get("reason") in BUSY:
            time.sleep(min(float(answer["wait_s"]), 2.0) / 2)
        if "reason" in answer:
            raise WindowRefused(path if path != "act" else str(body["act"]), answer["reason"])

    def _ask(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Origin": f"http://{self._address}", "X-Fee-Terminal": "1", "Content-Type": "application/json"}
        if self._cookie:
            headers["Cookie"] = self._cookie
        connection = HTTPConnection(self._address, timeout=ANSWER_S)
        try:
            connection.request("POST", f"/window/{path}", json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, HTTPException) as why:
            raise WindowRefused(path, "the terminal does not answer") from why
        finally:
            connection.close()
        if given := answer.headers.get("Set-Cookie"):
            self._cookie = given.partition(";")[0]
        if not content.startswith(b"{"):
            raise WindowRefused(path, f"{answer.status} {answer.reason}")
        found: dict[str, Any] = json.loads(content)
        return found
