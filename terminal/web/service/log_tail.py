"""The last lines of the log, kept in memory for people who stand before the machine without a shell.

Warnings have a place of their own: what payers do is told line by line, and must not wash away what is wrong.
"""

import logging
from collections import deque

LINES_KEPT = 150
WARNINGS_KEPT = 50
LINE_CHARS = 300


class LogTail(logging.Handler):
    """Remembers what is logged, each line cut to a length; never fails whoever logs."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._lines: deque[tuple[int, str, str]] = deque(maxlen=LINES_KEPT)
        self._warnings: deque[tuple[int, str, str]] = deque(maxlen=WARNINGS_KEPT)

    def emit(self, record: logging.LogRecord) -> None:
        """One more line."""
        try:
            said = f"{record.name}: {record.getMessage()}"
        except Exception:
            self.handleError(record)
            return
        kept = self._warnings if record.levelno >= logging.WARNING else self._lines
        kept.append((int(record.created * 1000), record.levelname, said[:LINE_CHARS]))

    def lines(self) -> list[tuple[int, str, str]]:
        """Wall time in milliseconds, level and text, the oldest first."""
        return sorted([*self._lines, *self._warnings], key=lambda line: line[0])
