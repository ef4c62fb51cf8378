"""The fault model: what may go wrong, how often, and what is promised all the same. Written before any injection.

*Power.* The machine may lose its power before any byte that it sends, whenever it hears something, before any write and any
sync of its disk, and again while it recovers. Alone (a killed program: the disk keeps what was written), with its disk, or
together with all devices.

*Disk* (`sim/disk.py`). What was not synced at a power cut is there or not, sector by sector and in any combination, the last
one perhaps torn. It may be full, read-only, or fail a sync (what was written is then never there, though the program sees
it); it may be slow, so that time passes in a commit. It keeps what it has synced.

*Devices.* Each may lose its power on its own in any state and be back a few seconds later; its cable may be out for a while.
A note in a validator's transport then goes into the box or out to the front, and it tells of it once. Its path may jam, its
box may be full or taken out. A printer may run out of paper in mid-receipt, its cover may be opened, its cutter may block,
its head may be hot. A change giver may jam, be empty, or lose its memory of what it paid. Units differ in what their firmware
can tell (`sim/kiosk.py`, `Fittings`).

*Lines* (`sim/wire.py`). A piece may come late, twice, damaged in one bit, cut in two or not at all. Bytes keep their order.
What goes to the printer comes late or cut, but whole: its language has no check sum, so no program can know what a damaged
line put on paper. A scanner's cable may add noise.

*Drawer* (`sim/devices/drawer.py`). That of a window may be stuck, its cable may be out, it may be opened with the key and left
open.

*Clocks.* The wall clock may step forth or back by minutes, and may have lost the time at a start (a dead battery) until NTP
sets it right. Elapsed time only goes forward.

*Broker* (`sim/reporting.py`). It may be away, slow, deliver twice, and restart with or without what it had stored.

*People* (`sim/people`) walk away, cancel late, put the next note in while the first moves, show three codes, a used or
copied one, pull a note back, insert paper; staff open the door, take the box, press everything. At a window the collector
gives wrong change, counts wrongly, types wrong numbers, presses twice or as somebody else, and takes a false note for a good one.

Faults never exceed what the design promises to survive: a note does not turn into another one, and two boxes of notes are never
swapped unseen. What strikes while nobody is there finds a terminal at rest, so most of them wait for the next payer. Each has a
rate in the profiles below, and can be injected alone; `sim/strikes.py` does it.
"""

from typing import Literal

import msgspec

from sim.wire import Faults as LineFaults

ProfileName = Literal["calm", "rough", "cruel"]


class Profile(msgspec.Struct, frozen=True):
    """How often each fault strikes: `lines` for each piece that is sent, all others per day of the terminal's life."""

    lines: LineFaults = LineFaults()
    kill: float = 0.0
    power_cut: float = 0.0
    blackout: float = 0.0
    validator_reboot: float = 0.0
    printer_reboot: float = 0.0
    giver_reboot: float = 0.0
    unplug: float = 0.0
    jam: float = 0.0
    box_full: float = 0.0
    box_pulled: float = 0.0
    swap: float = 0.0
    cheat: float = 0.0
    paper: float = 0.0
    cover: float = 0.0
    cutter: float = 0.0
    head_hot: float = 0.0
    giver_jam: float = 0.0
    giver_empty: float = 0.0
    giver_forgets: float = 0.0
    scanner_noise: float = 0.0
    door: float = 0.0
    clock_step: float = 0.0
    dead_rtc: float = 0.0
    disk_full: float = 0.0
    disk_read_only: float = 0.0
    disk_fails: float = 0.0
    disk_slow: float = 0.0
    broker_away: float = 0.0
    broker_slow: float = 0.0
    broker_twice: float = 0.0
    broker_restart: float = 0.0
    broker_forgets: float = 0.0
    consumer_away: float = 0.0
    meddler: float = 0.0
    drawer_stuck: float = 0.0
    drawer_cable: float = 0.0
    drawer_key: float = 0.0
    wrong_change: float = 0.0


ABOUT: dict[str, str] = {
    "lines": "pieces come late, twice, damaged, cut or not at all (rates are for each piece: loss)",
    "kill": "the program dies; the machine and its disk stay well",
    "power_cut": "the machine loses power, and what its disk had not synced",
    "blackout": "the same, and all devices with it",
    "validator_reboot": "the validator loses power for a moment",
    "printer_reboot": "the printer does",
    "giver_reboot": "the change giver does, if it can be, while it pays",
    "unplug": "some cable is out for a while",
    "jam": "something gets stuck in the validator, and is cleared by hand",
    "box_full": "no further note has room",
    "box_pulled": "the cash box is taken out, whatever is under way, and put back empty",
    "swap": "staff put another validator in",
    "cheat": "somebody pulls a note back, or puts paper in",
    "paper": "the roll ends, perhaps in mid-receipt",
    "cover": "the printer is opened",
    "cutter": "the cutter blocks",
    "head_hot": "the print head must cool down",
    "giver_jam": "a coin is stuck in the change giver",
    "giver_empty": "it has nothing left",
    "giver_forgets": "it does not know any more what it paid last",
    "scanner_noise": "a loose cable",
    "door": "the service door is opened for a moment",
    "clock_step": "NTP, or a hand",
    "dead_rtc": "the next power cut takes the time along, until NTP comes",
    "disk_full": "the disk takes nothing new",
    "disk_read_only": "the disk takes nothing at all",
    "disk_fails": "a sync fails: what was written is never there",
    "disk_slow": "each sync takes up to two seconds",
    "broker_away": "nobody answers",
    "broker_slow": "acknowledgements take seconds",
    "broker_twice": "messages come twice",
    "broker_restart": "the broker starts anew, with what it had stored",
    "broker_forgets": "the same, with nothing of it",
    "consumer_away": "who listens at the broker is switched off",
    "meddler": "somebody with the key presses, opens and pulls everything",
    "drawer_stuck": "the drawer of a window does not open by itself for a while",
    "drawer_cable": "its cable is out for a while",
    "drawer_key": "somebody opens it with the key",
    "wrong_change": "the collector gives too much or too little change",
}
"""One line for each."""

PROFILES: dict[ProfileName, Profile] = {
    "calm": Profile(),
    "rough": Profile(
        lines=LineFaults(loss=0.001, duplicate=0.0005, flip=0.001, split=0.05, truncate=0.0005, delay_ms=20),
        kill=2, power_cut=2, blackout=2, validator_reboot=2, printer_reboot=1, giver_reboot=1, unplug=3,
        jam=1, box_full=0.2, box_pulled=0.5, swap=0.1, cheat=3, paper=2, cover=2, cutter=0.5, head_hot=0.5,
        giver_jam=0.5, giver_empty=1, giver_forgets=0.2, scanner_noise=2, door=1, clock_step=1, dead_rtc=0.2,
        disk_full=0.2, disk_read_only=0.1, disk_fails=0.1, disk_slow=1,
        broker_away=2, broker_slow=2, broker_twice=1, broker_restart=1, broker_forgets=0.2, consumer_away=0.5, meddler=0.5,
        drawer_stuck=1, drawer_cable=0.5, drawer_key=1, wrong_change=3,
    ),
    "cruel": Profile(
        lines=LineFaults(loss=0.01, duplicate=0.005, flip=0.01, split=0.2, truncate=0.005, delay_ms=40),
        kill=40, power_cut=40, blackout=40, validator_reboot=30, printer_reboot=20, giver_reboot=20, unplug=30,
        jam=10, box_full=3, box_pulled=8, swap=4, cheat=15, paper=20, cover=20, cutter=6, head_hot=6,
        giver_jam=8, giver_empty=10, giver_forgets=4, scanner_noise=20, door=10, clock_step=5, dead_rtc=6,
        disk_full=6, disk_read_only=3, disk_fails=6, disk_slow=10,
        broker_away=10, broker_slow=10, broker_twice=10, broker_restart=6, broker_forgets=6, consumer_away=6, meddler=8,
        drawer_stuck=8, drawer_cable=6, drawer_key=8, wrong_change=20,
    ),
}  # fmt: skip

OF_KIOSKS = frozenset(
    {"validator_reboot", "giver_reboot", "jam", "box_full", "box_pulled", "swap", "cheat", "giver_jam", "giver_empty",
     "giver_forgets", "door", "meddler"}
)  # fmt: skip
OF_WINDOWS = frozenset({"drawer_stuck", "drawer_cable", "drawer_key", "wrong_change"})
"""What only the one kind of terminal can suffer."""

FAULTS: tuple[str, ...] = tuple(field.replace("_", "-") for field in Profile.__struct_fields__)
"""All faults by the names that `--only` takes."""


def told() -> str:
    """All faults, how often they strike in each profile, and what they are."""
    names = [name for name in PROFILES if name != "calm"]
    lines = [f"{'':<18}" + "".join(f"{name:>8}" for name in names) + "   a day"]
    for name, about in ABOUT.items():
        rates = [getattr(PROFILES[profile], name) for profile in names]
        shown = "".join(f"{rate.loss if isinstance(rate, LineFaults) else rate:>8g}" for rate in rates)
        lines.append(f"{name.replace('_', '-'):<18}{shown}   {about}")
    return "\n".join(lines)


def only(fault: str) -> Profile:
    """The cruel profile with nothing but this fault in it, and what it needs to show."""
    name = fault.replace("-", "_")
    rates = {name: getattr(PROFILES["cruel"], name)}
    if name == "dead_rtc":
        rates["power_cut"] = PROFILES["cruel"].power_cut  # it shows at the next start
    return Profile(**rates)
