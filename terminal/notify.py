"""Telling systemd how the program is: the sd_notify protocol, one datagram of text a message.

The service manager names a socket in `NOTIFY_SOCKET` and, when it watches the program, a period in `WATCHDOG_USEC`
(sd_notify(3), sd_watchdog_enabled(3)). Without them every call does nothing, so the same program runs in a terminal.
`watchdog()` is for the pump alone, after a turn that really worked: a timer of its own would vouch for a dead pump.
"""

import os
import socket
from collections.abc import Mapping


class ServiceManager:
    """The service manager that started this program, if there is one."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        path = environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + path[1:] if path.startswith("@") else path
        self.watchdog_period_ms = _watchdog_period_ms(environ)
        """`watchdog` must be called more often than this, best twice as often; None: nobody watches."""

    def ready(self, status: str) -> None:
        """The terminal can serve."""
        self._say(f"READY=1\nSTATUS={_one_line(status)}")

    def status(self, text: str) -> None:
        """One line for people, seen in `systemctl status`."""
        self._say(f"STATUS={_one_line(text)}")

    def watchdog(self) -> None:
        """The pump has just done a whole turn and is well."""
        self._say("WATCHDOG=1")

    def stopping(self) -> None:
        """An orderly stop has begun."""
        self._say("STOPPING=1")

    def _say(self, message: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                out.setblocking(False)
                out.sendto(message.encode(), self._address)
        except OSError:
            pass  # a manager that does not listen must not hold up a sale; its watchdog acts if it lasts


def _watchdog_period_ms(environ: Mapping[str, str]) -> int | None:
    if environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    period_us = environ.get("WATCHDOG_USEC", "")
    return int(period_us) // 1000 if period_us.isascii() and period_us.isdigit() else None


def _one_line(text: str) -> str:
    return " ".join(text.split())
