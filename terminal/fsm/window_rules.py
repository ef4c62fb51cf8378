"""The rules of a staffed window: the part of `Rules` that a kiosk does not have."""

import msgspec


class WindowRules(msgspec.Struct, frozen=True):
    """Amounts in minor units."""

    methods: tuple[str, ...] = ("cash",)
    """How can be paid; all but cash happen outside this terminal and carry a reference."""
    alone_up_to_minor: dict[str, int] = {}
    """The site's own amounts for `terminal.shift.approvals`."""
    drawer_max_minor: int = 300_000
    """More should not lie in a drawer: the page asks for a drop."""
    first_receipt_no: int = 1
    last_receipt_no: int = 999_999_999
    """The range of numbers that was given to this terminal."""
    drawer_sensor: bool = False
    """The drawer tells whether it is open."""
