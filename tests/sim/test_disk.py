"""The disk that forgets, against the plainest model of it: a row of bytes for each file."""

import itertools
import random
from collections.abc import Iterator
from typing import Any

import apsw
import pytest

from sim.disk import BLOCK_BYTES, SECTOR_BYTES, Disk, Image, in_blocks, whole

CREATE = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_MAIN_DB


@pytest.fixture
def disk() -> Iterator[Disk]:
    """An empty disk."""
    made = Disk("disk-test")
    yield made
    made.unregister()


def opened(disk: Disk, name: str = "f") -> Any:
    """A file on the disk, as SQLite has it open."""
    return disk.xOpen(name, [CREATE, 0])


def overwrite(plain: bytearray, offset: int, data: bytes) -> None:
    """What a write means."""
    plain.extend(bytes(max(0, offset - len(plain))))
    plain[offset : offset + len(data)] = data


def resize(plain: bytearray, size: int) -> None:
    """What a change of length means."""
    del plain[size:]
    plain.extend(bytes(size - len(plain)))


def after(plain: bytearray, changes: list[tuple[int, bytes | None]]) -> bytearray:
    """The bytes after writes and new lengths, one after the other."""
    for offset, data in changes:
        if data is None:
            resize(plain, offset)
        elif data:
            overwrite(plain, offset, data)
    return plain


def bytes_of(image: Image) -> dict[str, bytes]:
    """All files of an image."""
    return {name: whole(content) for name, content in image.items()}


@pytest.mark.parametrize("seed", range(20))
def test_blocks_say_what_plain_bytes_say(disk: Disk, seed: int) -> None:
    """Random writes, lengths, syncs that work or fail, and restarts: what is seen and what is durable is never another."""
    dice = random.Random(seed)
    file, seen, durable = opened(disk), bytearray(), bytearray()
    changes: list[tuple[int, bytes | None]] = []

    for _ in range(200):
        size = dice.choice((1, 24, SECTOR_BYTES, BLOCK_BYTES, BLOCK_BYTES, BLOCK_BYTES + 24, 3 * BLOCK_BYTES))
        offset = dice.choice((0, 32, BLOCK_BYTES, len(seen), dice.randint(0, len(seen) + 9_000)))
        if dice.random() < 0.5:
            offset -= offset % BLOCK_BYTES
        match dice.randrange(8):
            case 0:
                file.xTruncate(offset)
                changes.append((offset, None))
                resize(seen, offset)
            case 1 | 2:
                disk.fault = dice.choice(("none", "none", "sync_fails", "forgets_all"))
                if disk.fault == "none":
                    after(durable, changes)
                if disk.fault == "sync_fails":
                    with pytest.raises(apsw.IOError):
                        file.xSync(0)
                else:
                    file.xSync(0)
                if disk.fault != "forgets_all":
                    changes.clear()
                disk.fault = "none"
            case 3 if dice.random() < 0.2:
                disk.write_anew("f")
                after(durable, changes)
                overwrite(durable, 0, bytes(seen))
                changes.clear()
            case 4 if dice.random() < 0.2:
                disk.start(disk.seen())
                file, durable = opened(disk), bytearray(seen)
                changes.clear()
            case _:
                data = dice.randbytes(size)
                file.xWrite(data, offset)
                changes.append((offset, data))
                overwrite(seen, offset, data)
        assert file.xFileSize() == len(seen)
        assert whole(disk.seen()["f"]) == seen
        assert all(len(block) == BLOCK_BYTES for block in disk.seen()["f"][:-1])
        at, amount = dice.randint(0, len(seen) + 10), dice.choice((1, 16, BLOCK_BYTES, BLOCK_BYTES + 24))
        assert file.xRead(amount, at) == seen[at : at + amount]
        nothing_kept = next(iter(disk.moment().states(2, dice)))
        assert whole(nothing_kept.get("f", ())) in (durable, b"")


def test_every_subset_of_what_was_not_synced_may_be_left(disk: Disk) -> None:
    """Two writes, one of them over two edges of sectors, and a new length are five pieces: all outcomes, and no others."""
    file = opened(disk)
    file.xWrite(bytes(2000), 0)
    file.xSync(0)
    file.xWrite(b"a" * 600, 500)
    file.xTruncate(700)
    file.xWrite(b"b" * 8, 100)
    pieces: list[tuple[int, bytes | None]] = [
        (500, b"a" * 12),
        (512, b"a" * 512),
        (1024, b"a" * 76),
        (700, None),
        (100, b"b" * 8),
    ]
    entire, torn = set(), set()
    for kept in itertools.product((False, True), repeat=len(pieces)):
        left = list(itertools.compress(pieces, kept))
        entire.add(bytes(after(bytearray(2000), left)))
        if left and left[-1][1] is not None:
            torn |= {
                bytes(after(bytearray(2000), [*left[:-1], (left[-1][0], left[-1][1][:torn_at])]))
                for torn_at in range(SECTOR_BYTES)
            }
    moment, dice = disk.moment(), random.Random(1)
    assert moment.unsure == len(pieces)
    told = {whole(image["f"]) for _ in range(40) for image in moment.states(32, dice)}
    assert entire <= told <= entire | torn
    one_by_one = {whole(moment.any_state(dice)["f"]) for _ in range(2000)}
    assert entire <= one_by_one <= entire | torn


def test_any_state_follows_the_dice_alone(disk: Disk) -> None:
    """The same seed gives the same image, and many seeds give many."""
    file = opened(disk)
    file.xWrite(bytes(range(256)) * 40, 0)
    moment = disk.moment()
    images = [bytes_of(moment.any_state(random.Random(seed))) for seed in range(100)]
    assert images == [bytes_of(moment.any_state(random.Random(seed))) for seed in range(100)]
    assert len({str(image) for image in images}) > 30


def test_a_moment_and_an_image_stay_as_they_were(disk: Disk) -> None:
    """What the program writes later changes neither; a file that was not touched is shared, not copied."""
    file, other = opened(disk), opened(disk, "g")
    for one in (file, other):
        one.xWrite(b"old" * 5000, 0)
        one.xSync(0)
    file.xWrite(b"new", 0)
    moment, before = disk.moment(), disk.seen()
    file.xWrite(b"later", 0)
    file.xTruncate(1)
    file.xSync(0)
    left = list(moment.states(2, random.Random(1)))
    assert {whole(image["f"])[:4] for image in left} == {b"oldo", b"newo"}
    assert whole(before["f"])[:4] == b"newo"
    assert all(one is two for image in left for one, two in zip(image["g"], before["g"], strict=True))


def test_names_reach_the_disk_in_order_and_with_a_sync(disk: Disk) -> None:
    """A new file may be missing after a cut until it was synced, and a removed one may be back."""
    dice = random.Random(1)
    opened(disk, "first").xSync(0)
    opened(disk, "second")
    opened(disk, "third")
    disk.xDelete("first", False)
    left = {frozenset(disk.moment().any_state(dice)) for _ in range(100)}
    assert left == {
        frozenset({"first"}), frozenset({"first", "second"}),
        frozenset({"first", "second", "third"}), frozenset({"second", "third"}),
    }  # fmt: skip
    disk.xDelete("second", True)
    assert {frozenset(disk.moment().any_state(dice)) for _ in range(100)} == {frozenset({"third"})}


def test_a_full_disk_takes_what_makes_no_file_longer(disk: Disk) -> None:
    """Old blocks may be overwritten and files cut; of a write that needs room nothing is written, and it can be undone."""
    file = opened(disk)
    file.xWrite(b"x" * 100, 0)
    disk.fault = "full"
    file.xWrite(b"y" * 10, 90)
    with pytest.raises(apsw.FullError):
        file.xWrite(b"z" * 11, 90)
    with pytest.raises(apsw.FullError):
        file.xTruncate(101)
    assert whole(disk.seen()["f"]) == b"x" * 90 + b"y" * 10
    file.xTruncate(50)
    disk.fault = "none"
    file.xWrite(b"z" * 11, 45)
    assert whole(disk.seen()["f"]) == b"x" * 45 + b"z" * 11


def test_a_read_only_disk_takes_nothing(disk: Disk) -> None:
    """No write, no new length, no new file, no file less; what is there is read as before."""
    file = opened(disk)
    file.xWrite(b"x" * 100, 0)
    disk.fault = "read_only"
    for refused in (
        lambda: file.xWrite(b"y", 0),
        lambda: file.xTruncate(1),
        lambda: disk.xDelete("f", True),
        lambda: disk.write_anew("f"),
    ):
        with pytest.raises(apsw.ReadOnlyError):
            refused()
    with pytest.raises(apsw.CantOpenError):
        opened(disk, "g")
    assert bytes_of(disk.seen()) == {"f": b"x" * 100}


def test_whoever_watches_is_told_before_a_change(disk: Disk) -> None:
    """`before_write` and `before_sync` see the disk as it was; taken off, they are told no more."""
    file = opened(disk)
    told: list[tuple[str, bytes]] = []
    disk.before_write = lambda: told.append(("write", whole(disk.seen()["f"])))
    disk.before_sync = lambda: told.append(("sync", whole(disk.seen()["f"])))
    file.xWrite(b"ab", 0)
    file.xTruncate(1)
    file.xSync(0)
    disk.before_write = disk.before_sync = None
    file.xWrite(b"cd", 0)
    assert told == [("write", b""), ("write", b"ab"), ("sync", b"a")]


def test_bytes_and_blocks_are_two_ways_to_say_the_same() -> None:
    """Any bytes come back whole, and equal bytes are equal contents."""
    for size in (0, 1, BLOCK_BYTES, BLOCK_BYTES + 1, 3 * BLOCK_BYTES):
        data = random.Random(size).randbytes(size)
        assert whole(in_blocks(data)) == data
        assert len({in_blocks(data), in_blocks(random.Random(size).randbytes(size))}) == 1
