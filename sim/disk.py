"""A disk that forgets: an in-memory file system for SQLite that knows what a power cut could leave behind.

Fault model, after SQLite's own crash tests (sqlite.org/testing.html, section 3.2):

- A write counts at once for the program that wrote it, and for the disk only after a sync of that file.
- At a power cut each 512-byte sector of what was not synced is there or is not, in any combination; the last one may be
  torn in the middle. The same goes for a change of a file's length.
- Names of files (made, removed) reach the disk in the order in which they were changed, but perhaps not all of them;
  the sync of a file takes its name along.
- A sync that fails leaves the data readable, but it never reaches the disk: the kernel holds the pages for clean.

Use it through `Disk.connect`, as `connect` of `Journal.open`.
"""

import itertools
import random
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import apsw

from terminal.store.sqlite import Parameters

SECTOR_BYTES = 512

Fault = Literal["none", "full", "read_only", "sync_fails", "forgets_all"]
"""What is wrong with the disk; `forgets_all`: it calls every sync a success and does nothing."""

Image = Mapping[str, bytes]
"""The content of a whole disk: file name to bytes."""


class _Change:
    """One thing that the disk may still forget: a piece of one sector, or (no data) a new length."""

    __slots__ = ("data", "offset")

    def __init__(self, offset: int, data: bytes | None) -> None:
        self.offset = offset
        self.data = data

    def apply(self, content: bytearray, torn_at: int | None = None) -> None:
        if self.data is None:
            del content[self.offset :]
            content.extend(bytes(self.offset - len(content)))
            return
        data = self.data[:torn_at]
        content.extend(bytes(max(0, self.offset - len(content))))
        content[self.offset : self.offset + len(data)] = data


class _Inode:
    """A file apart from its name: what is on the disk for certain, what is not, and what the program sees."""

    _numbers = itertools.count()

    def __init__(self, content: bytes = b"") -> None:
        self.number = next(self._numbers)
        self.durable = content
        self.pending: list[_Change] = []
        self.seen = bytearray(content)

    def change(self, offset: int, data: bytes | None) -> None:
        pieces = [_Change(offset, None)] if data is None else list(_by_sector(offset, data))
        for piece in pieces:
            piece.apply(self.seen)
        self.pending += pieces

    def sync(self) -> None:
        """All that was written is durable now, but for what was given up before."""
        content = bytearray(self.durable)
        for change in self.pending:
            change.apply(content)
        self.durable = bytes(content)
        self.pending.clear()

    def give_up(self) -> None:
        """What was written will never be durable, though the program goes on seeing it."""
        self.pending.clear()


def _by_sector(offset: int, data: bytes) -> Iterator[_Change]:
    at = 0
    while at < len(data):
        size = SECTOR_BYTES - (offset + at) % SECTOR_BYTES
        yield _Change(offset + at, data[at : at + size])
        at += size


class Moment:
    """What a power cut at one moment could leave; it stays valid while the disk goes on."""

    def __init__(self, names: Mapping[str, _Inode], renames: Iterable[tuple[str, _Inode | None]]) -> None:
        self._names = dict(names)
        self._renames = list(renames)
        inodes = {*self._names.values(), *(inode for _, inode in self._renames if inode is not None)}
        self._durable = {inode: inode.durable for inode in inodes}
        self._pending = [
            (inode, change) for inode in sorted(inodes, key=lambda inode: inode.number) for change in inode.pending
        ]

    @property
    def unsure(self) -> int:
        """How many pieces may or may not be on the disk."""
        return len(self._pending)

    def states(self, limit: int, dice: random.Random) -> Iterator[Image]:
        """Images that may be left: all of them when there are at most `limit`, otherwise the extreme ones, cuts in the
        order of writing, and a sample."""
        count = len(self._pending)
        choices = self._every_choice() if count < 16 and 2**count <= limit else self._some_choices(limit, dice)
        for kept in choices:
            renames = dice.randint(0, len(self._renames)) if self._renames else 0
            torn = dice.randrange(SECTOR_BYTES) if dice.random() < 0.25 else None
            yield self._image(kept, renames, torn)

    def _every_choice(self) -> Iterator[list[bool]]:
        return (list(kept) for kept in itertools.product((False, True), repeat=len(self._pending)))

    def _some_choices(self, limit: int, dice: random.Random) -> Iterator[list[bool]]:
        count = len(self._pending)
        yield [False] * count
        yield [True] * count
        for number in range(max(0, limit - 2)):
            if number % 3 == 0:
                cut = dice.randint(0, count)
                yield [at < cut for at in range(count)]
            elif number % 3 == 1:
                missing = dice.randrange(count)
                yield [at != missing for at in range(count)]
            else:
                share = dice.random()
                yield [dice.random() < share for _ in range(count)]

    def _image(self, kept: list[bool], renames: int, torn_at: int | None) -> Image:
        names = dict(self._names)
        for name, inode in self._renames[:renames]:
            if inode is None:
                names.pop(name, None)
            else:
                names[name] = inode
        contents = {inode: bytearray(durable) for inode, durable in self._durable.items()}
        last = max((at for at, keep in enumerate(kept) if keep), default=-1)
        for at, (inode, change) in enumerate(self._pending):
            if kept[at]:
                change.apply(contents[inode], torn_at if at == last else None)
        return {name: bytes(contents[inode]) for name, inode in names.items()}


class Disk(apsw.VFS):
    """A file system in memory. `fault` may be set at any time; `syncs` counts the syncs that were asked for."""

    def __init__(self, name: str = "forgetful", image: Image | None = None) -> None:
        super().__init__(name, "")
        self.name = name
        self.fault: Fault = "none"
        self.syncs = 0
        self.before_sync: Callable[[], object] = lambda: None
        """Called before each sync and each change of names: the moments at which most is at stake."""
        self.start(image or {})

    def start(self, image: Image) -> None:
        """The power comes back, and this is what the disk holds."""
        self._seen = {name: _Inode(content) for name, content in image.items()}
        self._durable_names = dict(self._seen)
        self._renames: list[tuple[str, _Inode | None]] = []

    def moment(self) -> Moment:
        """What a power cut now could leave."""
        return Moment(self._durable_names, self._renames)

    def seen(self) -> Image:
        """The files as the program sees them; after a mere kill of the program they are all there."""
        return {name: bytes(inode.seen) for name, inode in self._seen.items()}

    def connect(self, path: Path) -> "DiskConnection":
        """The writing connection to a file on this disk."""
        return DiskConnection(self, path)

    # --- what SQLite asks of a file system ------------------------------------------------------------------------
    def xOpen(self, name: Any, flags: list[int]) -> Any:  # noqa: D102
        file_name = str(name.filename() if isinstance(name, apsw.URIFilename) else name)
        inode = self._seen.get(file_name)
        if inode is None:
            if not flags[0] & apsw.SQLITE_OPEN_CREATE or self.fault == "read_only":
                raise apsw.CantOpenError(f"no file {file_name}")
            inode = self._rename(file_name, _Inode())
        flags[1] = flags[0]
        return _File(self, file_name, inode)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: D102
        self.before_sync()
        if self._seen.get(filename) is None:
            raise _io_error(apsw.SQLITE_IOERR_DELETE_NOENT)
        self.refuse_changes()
        self._rename(filename, None)
        if syncdir and self.fault != "forgets_all":
            self._sync_names(len(self._renames))

    def xAccess(self, pathname: str, flags: int) -> bool:  # noqa: D102
        return pathname in self._seen

    def xFullPathname(self, name: str) -> str:  # noqa: D102
        return name

    def refuse_changes(self) -> None:
        """Raises what a disk raises that takes no change."""
        if self.fault == "read_only":
            raise apsw.ReadOnlyError("the disk is read-only")

    def sync(self, inode: _Inode) -> None:
        """Makes a file durable, with its name, as far as the disk is well."""
        self.before_sync()
        self.syncs += 1
        if self.fault == "forgets_all":
            return
        if self.fault == "sync_fails":
            inode.give_up()
            raise _io_error(apsw.SQLITE_IOERR_FSYNC)
        inode.sync()
        named = [number for number, (_, renamed) in enumerate(self._renames, 1) if renamed is inode]
        self._sync_names(max(named, default=0))

    def write_anew(self, name: str) -> None:
        """Writes the bytes that the program sees once more and syncs them; does nothing when there is no such file."""
        inode = self._seen.get(name)
        if inode and inode.seen:
            inode.change(0, bytes(inode.seen))
            self.sync(inode)

    def _rename(self, name: str, inode: _Inode | None) -> _Inode:
        self._renames.append((name, inode))
        if inode is None:
            return self._seen.pop(name)
        self._seen[name] = inode
        return inode

    def _sync_names(self, count: int) -> None:
        for name, inode in self._renames[:count]:
            if inode is None:
                self._durable_names.pop(name, None)
            else:
                self._durable_names[name] = inode
        del self._renames[:count]


class _File:
    """One open file, in the terms of SQLite's VFS; locks are not needed where only one connection exists."""

    def __init__(self, disk: Disk, name: str, inode: _Inode) -> None:
        self._disk = disk
        self._name = name
        self._inode = inode

    def xRead(self, amount: int, offset: int) -> bytes:
        return bytes(self._inode.seen[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:
        self._disk.refuse_changes()
        if self._disk.fault == "full":
            raise apsw.FullError("the disk is full")
        self._inode.change(offset, bytes(data))

    def xTruncate(self, newsize: int) -> None:
        self._disk.refuse_changes()
        self._inode.change(newsize, None)

    def xSync(self, flags: int) -> None:
        self._disk.sync(self._inode)

    def xFileSize(self) -> int:
        return len(self._inode.seen)

    def xSectorSize(self) -> int:
        return 4096

    def xDeviceCharacteristics(self) -> int:
        return apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE  # what SQLite assumes of every disk on Unix

    def xFileControl(self, op: int, ptr: int) -> bool:
        return False

    def xCheckReservedLock(self) -> bool:
        return False

    def xLock(self, level: int) -> None:
        pass

    def xUnlock(self, level: int) -> None:
        pass

    def xClose(self) -> None:
        pass


def _io_error(code: int) -> apsw.IOError:
    error = apsw.IOError("input/output error")
    setattr(error, "extendedresult", code)  # noqa: B010  (apsw reads it, its type stubs do not know it)
    return error


class DiskConnection:
    """A connection to a file on a `Disk`; it raises `sqlite3`'s errors, as the journal knows them."""

    def __init__(self, disk: Disk, path: Path) -> None:
        try:
            disk.write_anew(f"{path}-wal")  # as the real `connect` does
            self._connection = apsw.Connection(str(path), vfs=disk.name)
        except apsw.Error as error:
            raise _translated(error) from error
        # One connection alone needs no memory shared with others, which this file system has none of.
        self.execute("PRAGMA locking_mode=EXCLUSIVE")

    def execute(self, sql: str, parameters: Parameters = (), /) -> Iterable[Any]:
        """Runs one statement."""
        try:
            # All rows at once: errors are then raised here, and no statement stays open.
            return list(self._connection.execute(sql, parameters))
        except apsw.Error as error:
            raise _translated(error) from error

    def close(self) -> None:
        """Ends the connection; like a real one, it keeps quiet about a disk that refuses."""
        try:
            self._connection.close()
        except apsw.Error:
            self._connection.close(True)


def _translated(error: apsw.Error) -> sqlite3.Error:
    if isinstance(error, apsw.ConstraintError):
        return sqlite3.IntegrityError(str(error))
    translated = sqlite3.OperationalError(str(error))
    translated.sqlite_errorcode = getattr(error, "extendedresult", apsw.SQLITE_ERROR)
    return translated
