"""Every error this program raises on purpose.

    FeeTerminalError
     +-- ConfigError      wrong configuration: file, key and reason in one line (exit status 2)
     +-- CodeError        a scanned code is not one of ours, or not valid (its reason is a word of the catalogue)
     +-- PortError        a port can not be opened, or went away
     +-- StoreError
          +-- StoreFailed   the disk refused a write or a sync: stop selling, re-open, never retry
          +-- StoreCorrupt  the file is not what we wrote: never overwritten, a person must look

Expected failures of devices are not errors: they are events.
"""


class FeeTerminalError(Exception):
    """Root of all errors below."""


class ConfigError(FeeTerminalError):
    """Wrong configuration; `str()` is one line with file, key and reason."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        super().__init__(f"{file}: {key}: {reason}" if key else f"{file}: {reason}")
        self.file = file
        self.key = key
        self.reason = reason


class CodeError(FeeTerminalError):
    """A code that is refused; `reason` is a key under `refused.` in the catalogue of words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PortError(FeeTerminalError):
    """A port could not be opened, or has gone away."""


class StoreError(FeeTerminalError):
    """The journal can not be used."""


class StoreFailed(StoreError):
    """A write or sync failed (full, read-only, I/O error): what was in flight is unknown until the file is opened again."""


class StoreCorrupt(StoreError):
    """The journal's content is damaged or was altered; it is left as it is."""
