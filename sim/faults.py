"""The fault model: what may go wrong, how often, and what is promised all the same. Written before any injection.

*Power.* The machine may lose its power between any two bytes that it sends or hears, before and after any sync of its disk,
and again while it recovers. Alone (a killed program: the disk keeps what was written), with its disk (`sim/disk.py`: what was
not synced is there or not, in any combination), or together with all devices.

*Devices.* Each may lose its power on its own in any state, and be back a few seconds later; its cable may be out for a while.
A note in a validator's transport then goes into the box or out to the front, and it tells of it once. Its path may jam, its
box may be taken out. The printer may run out of paper in mid-receipt, its cover may be opened, its cutter may block.

*Lines.* A piece may come late, twice, damaged in one bit, cut in two or not at all. Bytes keep their order. What goes to the
printer comes late or cut, but whole: its language has no check sum, so no program can know what a damaged line put on paper.

*Clocks.* The wall clock may step forth or back by minutes. Elapsed time never does.

*People* are not faults; what they do wrong is in `people.py`.

Faults never exceed what the design promises to survive: a disk keeps what it has synced, a note does not turn into another
one, and two boxes of notes are never swapped unseen. Each fault has a rate in the profiles below, and can be injected alone.
"""

import msgspec

from sim.wire import Faults as LineFaults


class Profile(msgspec.Struct, frozen=True):
    """How often each fault strikes: `lines` for each piece that is sent, all others per day of the terminal's life."""

    lines: LineFaults = LineFaults()
    kill: float = 0.0
    """The program dies; the machine and its disk stay well."""
    power_cut: float = 0.0
    """The machine loses power, and what its disk had not synced."""
    blackout: float = 0.0
    """As `power_cut`, and all devices with it."""
    validator_reboot: float = 0.0
    printer_reboot: float = 0.0
    unplug: float = 0.0
    """The cable of some device is out for a while."""
    jam: float = 0.0
    """Something gets stuck in the validator, and is cleared by hand."""
    paper: float = 0.0
    """The roll ends, perhaps in mid-receipt, and a new one is put in."""
    cover: float = 0.0
    """The printer's cover is opened and closed."""
    clock_step: float = 0.0


PROFILES: dict[str, Profile] = {
    "calm": Profile(),
    "rough": Profile(
        lines=LineFaults(loss=0.001, duplicate=0.0005, flip=0.001, split=0.05, delay_ms=20),
        kill=2, power_cut=2, blackout=2, validator_reboot=2, printer_reboot=1, unplug=3, jam=1, paper=2, cover=2,
        clock_step=1,
    ),
    "cruel": Profile(
        lines=LineFaults(loss=0.01, duplicate=0.005, flip=0.01, split=0.2, delay_ms=40),
        kill=40, power_cut=40, blackout=40, validator_reboot=30, printer_reboot=20, unplug=30, jam=10, paper=20, cover=20,
        clock_step=5,
    ),
}  # fmt: skip

FAULTS: tuple[str, ...] = tuple(field.replace("_", "-") for field in Profile.__struct_fields__)
"""All faults by the names that `--only` takes."""


def only(fault: str) -> Profile:
    """The cruel profile with nothing but this fault in it."""
    name = fault.replace("-", "_")
    return Profile(**{name: getattr(PROFILES["cruel"], name)})
