"""People, as plans: generators that act on the world and yield for how many milliseconds they wait.

A person knows only what the screen shows. Most pay and go; some walk away, cancel late, hold a used ticket before the scanner,
or put the next note in while the first still moves.
"""

from collections.abc import Iterator

from sim.world import NOTES_MINOR, VirtualWorld
from terminal.fsm.events import CancelPressed
from terminal.fsm.policy import TAKING_MONEY

HOUR_MS = 3_600_000
PATIENCE = 40
"""So many looks at the screen, a second and a half apart, before somebody gives up."""
LOOK_MS = 1_500


def payer(world: VirtualWorld) -> Iterator[int]:
    """Somebody drives up with a ticket, and does what people do until the terminal is free again."""
    dice = world.dice
    code = world.ticket(int(dice.choice((0.1, 0.9, 1.5, 2.2, 5.0, 30.0)) * HOUR_MS))
    ticket_id = code.split(".")[1]
    for _ in range(PATIENCE):
        world.scanner.scan(code)
        yield LOOK_MS
        if _is_mine(world, ticket_id):
            break
    for _ in range(PATIENCE):
        screen = world.screen
        if screen is not None and not _is_mine(world, ticket_id):
            break  # paid, cancelled, or never begun
        whim = dice.random()
        if whim < 0.02:
            return  # walks away
        if whim < 0.05 and world.pump is not None:
            world.pump.inbox.append(CancelPressed())
        elif screen is not None and screen.state in TAKING_MONEY:
            world.insert(dice.choice(NOTES_MINOR[:5]))
        yield dice.choice((300, LOOK_MS, LOOK_MS))
    if dice.random() < 0.1:
        world.scanner.scan(code)  # once more, with the used ticket
        yield LOOK_MS


def _is_mine(world: VirtualWorld, ticket_id: str) -> bool:
    screen = world.screen
    if screen is None or screen.sale is None or screen.sale.ticket_id != ticket_id:
        return False
    return not screen.sale.paid and screen.state in TAKING_MONEY


def mechanic(world: VirtualWorld) -> Iterator[int]:
    """Puts right whatever stands in the way, every few minutes."""
    while True:
        yield 120_000
        heal(world)


def heal(world: VirtualWorld) -> None:
    """Cables in, paths clear, paper in, covers shut."""
    for cable in world.cables.values():
        cable.plugged = True
    if world.mechanics.jammed:
        world.mechanics.clear_jam(world.now_ms)
    if world.paper.no_paper:
        world.paper.load_paper()
    world.paper.close_cover()
    world.board.advance(world.now_ms)
