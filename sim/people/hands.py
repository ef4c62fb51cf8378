"""What hands do to the kiosk's devices, whoever's they are."""

from sim.world import VirtualWorld


def pull_back(world: VirtualWorld) -> None:
    """A note on a string."""
    world.mechanics.pull_back(world.now_ms)
    world.rouse("validator")


def remove_box(world: VirtualWorld) -> None:
    """Take the cash box out, if it is there."""
    if world.mechanics.box_present:
        world.mechanics.remove_box(world.now_ms)
        world.rouse("validator")


def replace_box(world: VirtualWorld) -> None:
    """Put the cash box in, if it is not."""
    if not world.mechanics.box_present:
        world.mechanics.box_capacity = world.box_capacity
        world.mechanics.replace_box(world.now_ms)
        world.rouse("validator")


def open_cover(world: VirtualWorld) -> None:
    """The printer's cover."""
    world.paper.open_cover()
    world.printer_moved()


def heal(world: VirtualWorld) -> None:
    """Cables in, paths clear, boxes and paper in, covers and doors shut: whatever needs it."""
    mechanics, paper, giver = world.mechanics, world.paper, world.change_giver
    for name, cable in world.cables.items():
        if not cable.plugged:
            cable.plugged = True
            world.rouse(name)
    if mechanics.jammed and _is_told(world, "validator", "jam"):
        mechanics.clear_jam(world.now_ms)
        world.rouse("validator")
    if mechanics.box_full:
        remove_box(world)
    replace_box(world)
    if paper.near_end and (_is_told(world, "printer", "paper_out") or world.at_rest()):
        paper.load_paper()
        world.printer_moved()
    if paper.stopped:
        paper.close_cover()
        paper.clear_cutter()
        paper.cool_down()
        world.printer_moved()
    if giver.jammed:
        giver.clear_jam(world.now_ms)
    giver.refill()
    giver.remember()  # staff read its mechanical counters
    world.stir()


def needs_opening(world: VirtualWorld) -> bool:
    """What stands in the way is reached by the service door."""
    mechanics, paper = world.mechanics, world.paper
    return mechanics.jammed or mechanics.box_full or not mechanics.box_present or paper.stopped


def _is_told(world: VirtualWorld, device: str, problem: str) -> bool:
    """The screen tells of a problem. Paths are cleared and rolls are changed by hand only then: of a note that is taken out, or
    laid into the box, while the terminal knows of no jam nobody could know, nor of a receipt that was torn in two."""
    return world.screen is not None and problem in world.screen.devices.get(device, ())
