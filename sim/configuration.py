"""The configurations that simulated terminals are run with, as text: the least, and those of the rig with all there is."""

from string import Template
from typing import Literal

Role = Literal["kiosk", "window"]
"""What a terminal is."""

_LEAST = Template("""
[terminal]
id = "$terminal_id"
site = "$site"
role = "$role"
currency = "$currency"
timezone = "$timezone"
language = "$language"
data_dir = "$data_dir"

[scanner]
port = "scanner"

[printer]
port = "printer"

[tickets]
key_file = "ticket.key"
""")

_VALIDATOR = """
[validator]
protocol = "ssp"
port = "validator"
"""

T1 = """
[tariffs.T1]
kind = "parking"
free_minutes = 15
per_hour_minor = 500
day_cap_minor = 4000
"""
"""The plainest tariff."""

_SITE = {"site": "lot-a", "currency": "CNY", "timezone": "Asia/Shanghai", "language": "zh-CN", "data_dir": "data"}

_KIOSK = Template("""
[drawer]
via = "printer"

[pins]
barrier = $barrier
door = $door
cancel = $cancel

[kiosk]
credit_limit_minor = 2000
payment_timeout_s = 60
""")

_WINDOW = Template("""
[drawer]
via = "printer"
sensor = "open_high"

[pins]
barrier = $barrier

[window]
methods = ["pos"]
first_receipt_no = 1001
last_receipt_no = 1500
""")

_RIG = Template("""
[web]
listen = "127.0.0.1:$web_port"
plate_search = true
$framed
[staff]
operators_file = "operators.toml"

[tariffs.T2]
file = "tariff-t2.toml"

[services.card]
name_zh = "门禁卡"
name_en = "Access card"
price_minor = 2000

[dues]
""")

_BROKER = Template("""
[mqtt]
url = "$url"
""")

T2 = """\
# A tariff with a file of its own; docs/tariffs.md tells what else one can say.
kind = "schedule"
title = { zh-CN = "演示停车场", en = "Demo car park" }
currency = "CNY"
timezone = "Asia/Shanghai"
classes = [{ id = "small", name = { zh-CN = "小型车", en = "Small vehicles" } }]

[[versions]]
valid_from = 2026-01-01
free_minutes = 15
period_cap_minor = 6000        # at most 60.00 in 24 hours
exit_grace_minutes = 15        # after paying

[[versions.rates]]
name = { zh-CN = "停车", en = "Parking" }
units = [{ minutes = 30, minor = 400 }]
"""
"""The tariff that the rig has in a file of its own."""


def least(
    terminal_id: str = "k01",
    *,
    site: str = "lot-a",
    currency: str = "CNY",
    timezone: str = "Asia/Shanghai",
    language: str = "en",
    data_dir: str = "data",
) -> str:
    """The least that a kiosk can be configured with, but for a tariff; devices and key lie beside the file."""
    head = _LEAST.substitute(
        role="kiosk",
        terminal_id=terminal_id,
        site=site,
        currency=currency,
        timezone=timezone,
        language=language,
        data_dir=data_dir,
    )
    return head + _VALIDATOR


def at_rig(role: Role, pins: dict[str, int], web_port: int, mqtt_url: str | None, framed_by: str | None) -> str:
    """What `fee-terminal-sim rig` writes. `pins`: the BCM numbers of `barrier`, `door` and `cancel`."""
    if role == "kiosk":
        head, fittings = least(language="zh-CN"), _KIOSK
    else:
        head, fittings = _LEAST.substitute(_SITE, role="window", terminal_id="w01"), _WINDOW
    framed = f'framed_by = "{framed_by}"\n' if framed_by else ""
    return (
        "# Made once by `fee-terminal-sim rig`; change what you like.\n"
        + head
        + T1
        + fittings.substitute(pins)
        + _RIG.substitute(web_port=web_port, framed=framed)
        + (_BROKER.substitute(url=mqtt_url) if mqtt_url else "")
    )
