"""A disk that forgets: an in-memory file system for SQLite that knows what a power cut could leave behind.

Fault model, after SQLite's own crash tests (sqlite.org/testing.html, section 3.2):

- A write counts at once for the program that wrote it, and for the disk only after a sync of that file.
- At a power cut each 512-byte sector of what was not synced is there or is not, in any combination; the last one may be
  torn in the middle. The same goes for a change of a file's length.
- Names of files (made, removed) reach the disk in the order in which they were changed, but perhaps not all of them;
  the sync of a file takes its name along.
- A sync that fails leaves the data readable, but it never reaches the disk: the kernel holds the pages for clean.
- A full disk takes no write that makes a file longer, and nothing of such a write; what a file holds already may be
  overwritten, as on ext4. A read-only one takes no change at all.

Files are kept in blocks that never change, so an image of a whole disk is little more than a list of those it shares
with the disk and with other images.

Use it through `Disk.connect`, as `connect` of `Journal.open`.
"""

import itertools
import random
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import apsw

from terminal.store.sqlite import Parameters

SECTOR_BYTES = 512
BLOCK_BYTES = 4096

Fault = Literal["none", "full", "read_only", "sync_fails", "forgets_all"]
"""What is wrong with the disk; `forgets_all`: it calls every sync a success and does nothing."""

Content = tuple[bytes, ...]
"""What is in a file, in blocks of `BLOCK_BYTES`, only the last may be shorter. Compared and hashed it is cheap, for blocks
remember their hash and most are shared. `whole` gives the bytes."""

Image = Mapping[str, Content]
"""The content of a whole disk, by file name."""

_Change = tuple[int, bytes | None]
"""Offset and data that were written; without data the offset is the new length."""


def whole(content: Iterable[bytes]) -> bytes:
    """All bytes of a file, fit for a real one."""
    return b"".join(content)


def in_blocks(data: bytes) -> Content:
    """The other way round: the bytes of a real file as a content."""
    return tuple(data[at : at + BLOCK_BYTES] for at in range(0, len(data), BLOCK_BYTES))


class _Inode:
    """A file apart from its name: what is on the disk for certain, what is not, and what the program sees."""

    _numbers = itertools.count()
    __slots__ = ("durable", "forgotten", "number", "pending", "seen")

    def __init__(self, content: Content = ()) -> None:
        self.number = next(self._numbers)
        self.durable = content
        self.pending: list[_Change] = []
        self.seen = list(content)
        self.forgotten = False
        """Something in `seen` was given up: it is neither durable nor pending."""

    def write(self, offset: int, data: bytes) -> None:
        _write(self.seen, offset, data)
        self.pending.append((offset, data))

    def resize(self, size: int) -> None:
        _resize(self.seen, size)
        self.pending.append((size, None))

    def write_anew(self) -> None:
        """What is seen is written once more. Only where it is not durable yet that makes a difference."""
        for number, (block, durable) in enumerate(itertools.zip_longest(self.seen, self.durable)):
            if block is not None and block != durable:
                self.pending.append((number * BLOCK_BYTES, block))

    def copy(self) -> "_Inode":
        """The same, on its own from now on."""
        copy = _Inode(self.durable)
        copy.pending, copy.seen, copy.forgotten = list(self.pending), list(self.seen), self.forgotten
        return copy

    def sync(self) -> None:
        """All that was written is durable now, but for what was given up before."""
        if self.forgotten:
            blocks = list(self.durable)
            for change in self.pending:
                _apply(blocks, *change)
            self.durable = tuple(blocks)
        else:
            self.durable = tuple(self.seen)
        self.pending.clear()

    def give_up(self) -> None:
        """What was written will never be durable, though the program goes on seeing it."""
        self.forgotten = True
        self.pending.clear()


def _apply(blocks: list[bytes], offset: int, data: bytes | None) -> None:
    if data is None:
        _resize(blocks, offset)
    elif data:
        _write(blocks, offset, data)


def _write(blocks: list[bytes], offset: int, data: bytes) -> None:
    first, start = divmod(offset, BLOCK_BYTES)
    count = len(blocks)
    if not start and len(data) == BLOCK_BYTES and first < count:  # a page of the database
        blocks[first] = data
        return
    if offset > (count - 1) * BLOCK_BYTES and offset > _size(blocks):
        _resize(blocks, offset)
        count = len(blocks)
    if start:
        data = blocks[first][:start] + data
    last = first + (len(data) - 1) // BLOCK_BYTES
    if last < count:
        data += blocks[last][len(data) - (last - first) * BLOCK_BYTES :]
    blocks[first : last + 1] = [data[at : at + BLOCK_BYTES] for at in range(0, len(data), BLOCK_BYTES)]


def _resize(blocks: list[bytes], size: int) -> None:
    count, rest = divmod(size, BLOCK_BYTES)
    if size > _size(blocks):
        if blocks:
            blocks[-1] = blocks[-1].ljust(BLOCK_BYTES, b"\0")
        blocks.extend([bytes(BLOCK_BYTES)] * (count + 1 - len(blocks)))
    del blocks[count + 1 :]
    if len(blocks) > count:
        blocks[count] = blocks[count][:rest]
        if not rest:
            del blocks[count]


def _size(blocks: list[bytes]) -> int:
    return (len(blocks) - 1) * BLOCK_BYTES + len(blocks[-1]) if blocks else 0


_Piece = tuple[_Inode, int, bytes | None]
"""A change of one sector of a file, or of its length."""


def _by_sector(offset: int, data: bytes) -> Iterator[_Change]:
    at = 0
    while at < len(data):
        size = SECTOR_BYTES - (offset + at) % SECTOR_BYTES
        yield offset + at, data[at : at + size]
        at += size


def _joined(pieces: Iterable[_Piece]) -> Iterator[_Piece]:
    """The same pieces, but those that go on where the one before ended are one with it."""
    parts: list[bytes] = []
    owner, begin, end = None, 0, 0
    for inode, offset, data in pieces:
        if data is not None and inode is owner and offset == end:
            parts.append(data)
            end += len(data)
            continue
        if owner is not None:
            yield owner, begin, b"".join(parts)
        if data is None:
            yield inode, offset, None
            owner = None
        else:
            owner, begin, end, parts = inode, offset, offset + len(data), [data]
    if owner is not None:
        yield owner, begin, b"".join(parts)


_Renames = list[tuple[str, _Inode | None]]
"""Changes of names that the disk may still forget, in order."""


class Moment:
    """What a power cut at one moment could leave; it stays valid while the disk goes on."""

    def __init__(self, names: Mapping[str, _Inode], renames: Iterable[tuple[str, _Inode | None]]) -> None:
        self._names = dict(names)
        self._renames = list(renames)
        inodes = {*self._names.values(), *(inode for _, inode in self._renames if inode is not None)}
        self._durable = {inode: inode.durable for inode in inodes}
        self._pending = {
            inode: tuple(inode.pending) for inode in sorted(inodes, key=lambda inode: inode.number) if inode.pending
        }

    @cached_property
    def _pieces(self) -> list[_Piece]:
        """Each thing that the disk may still forget: a piece of one sector, or a new length."""
        return [
            (inode, *piece)
            for inode, changes in self._pending.items()
            for offset, data in changes
            for piece in ([(offset, data)] if data is None else _by_sector(offset, data))
        ]

    @property
    def unsure(self) -> int:
        """How many pieces may or may not be on the disk."""
        return len(self._pieces)

    def states(self, limit: int, dice: random.Random) -> Iterator[Image]:
        """Images that may be left: all of them when there are at most `limit`, otherwise the extreme ones, cuts in the
        order of writing, and a sample."""
        count = self.unsure
        choices = self._every_choice() if count < 16 and 2**count <= limit else self._some_choices(limit, dice)
        for kept in choices:
            yield self._state(kept, dice)

    def any_state(self, dice: random.Random) -> Image:
        """One image that may be left, of the same kinds."""
        return self._state(self._choice(dice.randrange(5), dice), dice)

    def _state(self, kept: list[bool], dice: random.Random) -> Image:
        renames = dice.randint(0, len(self._renames)) if self._renames else 0
        torn_at = dice.randrange(SECTOR_BYTES) if dice.random() < 0.25 else None
        return self._image(kept, renames, torn_at)

    def _every_choice(self) -> Iterator[list[bool]]:
        return (list(kept) for kept in itertools.product((False, True), repeat=self.unsure))

    def _some_choices(self, limit: int, dice: random.Random) -> Iterator[list[bool]]:
        yield self._choice(0, dice)
        yield self._choice(1, dice)
        for number in range(max(0, limit - 2)):
            yield self._choice(2 + number % 3, dice)

    def _choice(self, kind: int, dice: random.Random) -> list[bool]:
        """Which pieces are kept: none, all, those before a cut, all but one, a random share."""
        count = self.unsure
        match kind:
            case 0 | 1:
                return [kind == 1] * count
            case 2:
                cut = dice.randint(0, count)
                return [True] * cut + [False] * (count - cut)
            case 3:
                missing = dice.randrange(max(1, count))
                return [at != missing for at in range(count)]
            case _:
                share = dice.random()
                return [dice.random() < share for _ in range(count)]

    def _image(self, kept: list[bool], renames: int, torn_at: int | None) -> Image:
        names = dict(self._names)
        for name, inode in self._renames[:renames]:
            if inode is None:
                names.pop(name, None)
            else:
                names[name] = inode
        left = list(itertools.compress(self._pieces, kept))
        if torn_at is not None and left and left[-1][2] is not None:
            left[-1] = (*left[-1][:2], left[-1][2][:torn_at])
        contents: dict[_Inode, list[bytes]] = {}
        for inode, offset, data in _joined(left):
            blocks = contents.get(inode)
            if blocks is None:
                blocks = contents[inode] = list(self._durable[inode])
            _apply(blocks, offset, data)
        return {
            name: tuple(contents[inode]) if inode in contents else self._durable[inode] for name, inode in names.items()
        }


class Still:
    """A disk in one moment, with all that it may still forget: what a killed program leaves to the next one."""

    def __init__(self, seen: Mapping[str, _Inode], durable: Mapping[str, _Inode], renames: _Renames) -> None:
        inodes = {*seen.values(), *durable.values(), *(inode for _, inode in renames if inode is not None)}
        copies = {inode: inode.copy() for inode in inodes}
        self.seen = {name: copies[inode] for name, inode in seen.items()}
        self.durable = {name: copies[inode] for name, inode in durable.items()}
        self.renames: _Renames = [(name, copies[inode] if inode else None) for name, inode in renames]


class Disk(apsw.VFS):
    """A file system in memory. `fault` may be set at any time; `syncs` counts the syncs that were asked for."""

    def __init__(self, name: str = "forgetful", image: Image | None = None) -> None:
        super().__init__(name, "")
        self.name = name
        self.fault: Fault = "none"
        self.syncs = 0
        self.before_sync: Callable[[], object] | None = None
        """Called before each sync and each change of names: the moments at which most is at stake."""
        self.before_write: Callable[[], object] | None = None
        """Called before each write and each change of a file's length."""
        self.start(image or {})

    def start(self, image: Image) -> None:
        """The power comes back, and this is what the disk holds."""
        self._seen = {name: _Inode(content) for name, content in image.items()}
        self._durable_names = dict(self._seen)
        self._renames: list[tuple[str, _Inode | None]] = []

    def go_on(self, still: Still) -> None:
        """A program was killed in that moment; the machine and its disk go on from there."""
        self._seen, self._durable_names, self._renames = still.seen, still.durable, still.renames

    def still(self) -> Still:
        """The disk as it is now, for `go_on`."""
        return Still(self._seen, self._durable_names, self._renames)

    def moment(self) -> Moment:
        """What a power cut now could leave."""
        return Moment(self._durable_names, self._renames)

    def seen(self) -> Image:
        """The files as the program sees them; after a mere kill of the program they are all there."""
        return {name: tuple(inode.seen) for name, inode in self._seen.items()}

    def connect(self, path: Path) -> "DiskConnection":
        """The writing connection to a file on this disk."""
        return DiskConnection(self, path)

    # --- what SQLite asks of a file system ------------------------------------------------------------------------
    def xOpen(self, name: Any, flags: list[int]) -> Any:  # noqa: D102
        flags[1] = flags[0]
        if name is None:
            return _File(self, _Inode())  # SQLite's own scratch paper
        file_name = str(name.filename() if isinstance(name, apsw.URIFilename) else name)
        inode = self._seen.get(file_name)
        if inode is None:
            if not flags[0] & apsw.SQLITE_OPEN_CREATE or self.fault == "read_only":
                raise apsw.CantOpenError(f"no file {file_name}")
            inode = self._rename(file_name, _Inode())
        return _File(self, inode)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: D102
        if self.before_sync is not None:
            self.before_sync()
        if filename not in self._seen:
            raise _io_error(apsw.SQLITE_IOERR_DELETE_NOENT)
        if self.fault == "read_only":
            raise apsw.ReadOnlyError("the disk is read-only")
        self._rename(filename, None)
        if syncdir and self.fault != "forgets_all":
            self._sync_names(len(self._renames))

    def xAccess(self, pathname: str, flags: int) -> bool:  # noqa: D102
        return pathname in self._seen

    def xFullPathname(self, name: str) -> str:  # noqa: D102
        return name

    def about_to_write(self, inode: _Inode, end: int) -> None:
        """Gives whoever watches the word, then raises what a disk raises that takes no write up to `end` now."""
        if self.before_write is not None:
            self.before_write()
        if self.fault == "read_only":
            raise apsw.ReadOnlyError("the disk is read-only")
        if self.fault == "full" and end > _size(inode.seen):
            raise apsw.FullError("the disk is full")

    def sync(self, inode: _Inode) -> None:
        """Makes a file durable, with its name, as far as the disk is well."""
        if self.before_sync is not None:
            self.before_sync()
        self.syncs += 1
        if self.fault == "forgets_all":
            return
        if self.fault == "sync_fails":
            inode.give_up()
            raise _io_error(apsw.SQLITE_IOERR_FSYNC)
        inode.sync()
        if self._renames:
            named = [number for number, (_, renamed) in enumerate(self._renames, 1) if renamed is inode]
            self._sync_names(max(named, default=0))

    def write_anew(self, name: str) -> None:
        """Writes the bytes that the program sees once more and syncs them; does nothing when there is no such file."""
        inode = self._seen.get(name)
        if inode is not None:
            self.about_to_write(inode, 0)
            inode.write_anew()
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

    __slots__ = ("_disk", "_inode")

    def __init__(self, disk: Disk, inode: _Inode) -> None:
        self._disk = disk
        self._inode = inode

    def xRead(self, amount: int, offset: int) -> bytes:
        blocks = self._inode.seen
        first, start = divmod(offset, BLOCK_BYTES)
        if start + amount <= BLOCK_BYTES:
            return blocks[first][start : start + amount] if first < len(blocks) else b""
        found = b"".join(blocks[first : (offset + amount - 1) // BLOCK_BYTES + 1])
        return found[start : start + amount]

    def xWrite(self, data: bytes, offset: int) -> None:
        self._disk.about_to_write(self._inode, offset + len(data))
        self._inode.write(offset, data)

    def xTruncate(self, newsize: int) -> None:
        self._disk.about_to_write(self._inode, newsize)
        self._inode.resize(newsize)

    def xSync(self, flags: int) -> None:
        self._disk.sync(self._inode)

    def xFileSize(self) -> int:
        return _size(self._inode.seen)

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


class _Chance(apsw.VFS):
    """A file system that is only asked for random numbers."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        super().__init__("chance", "", makedefault=True)

    def xRandomness(self, numbytes: int) -> bytes:
        return self._dice.randbytes(numbytes)


def same_salts(seed: int) -> None:
    """From here on the random numbers of apsw's SQLite, the salts in its logs, are those of `seed`: the same writes then
    make the same images."""
    chance = _Chance(seed)
    apsw.randomness(0)  # forget the numbers that are there
    apsw.randomness(1)
    chance.unregister()


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
        self._execute = self._connection.cursor().execute
        # One connection alone needs no memory shared with others, which this file system has none of.
        self.execute("PRAGMA locking_mode=EXCLUSIVE")

    def execute(self, sql: str, parameters: Parameters = (), /) -> Iterable[Any]:
        """Runs one statement."""
        try:
            # All rows at once: errors are then raised here, and no statement stays open.
            return list(self._execute(sql, parameters))
        except apsw.Error as error:
            raise _translated(error) from error

    def abandon(self) -> None:
        """Ends the connection as if its program had been killed: nothing more is written."""
        self._connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        self.close()

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
