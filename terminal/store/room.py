"""Whether the disk will take what is to come, asked before a payer is asked for money."""

import errno
import os
from pathlib import Path
from typing import Literal

Room = Literal["ok", "full", "read_only"]

RESERVE_BYTES = 16 << 20
"""Free space below which no new money is taken: enough for the log, a checkpoint and the sale that is open."""

PROBE = "probe"
"""A file that is written and removed again."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def room(data_dir: Path, *, probe: bool = False) -> Room:
    """What `data_dir` can take: `ok`, `full` (below the reserve), or `read_only` (it refuses writes for any reason).

    With `probe` it also writes and syncs a few bytes, which finds quotas and failing disks; that costs a sync.
    """
    try:
        disk = os.statvfs(data_dir)
        if disk.f_flag & os.ST_RDONLY:
            return "read_only"
        no_inodes = disk.f_files > 0 and disk.f_favail == 0
        if disk.f_bavail * disk.f_frsize < RESERVE_BYTES or no_inodes:
            return "full"
        if probe:
            _write(data_dir / PROBE)
    except OSError as error:
        return "full" if error.errno in _FULL else "read_only"
    return "ok"


def _write(path: Path) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
    try:
        os.write(handle, bytes(4096))
        os.fsync(handle)
    finally:
        os.close(handle)
        path.unlink()
