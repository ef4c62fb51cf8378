"""Configuration files: the example loads, and whatever is wrong is said in one line with file, key and reason."""

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.config import Config, describe, load
from terminal.config.sections import OPTIONAL_SECTIONS
from terminal.errors import ConfigError
from terminal.fees.parking import ParkingTariff
from terminal.fees.schedule.model import ScheduleTariff

WINDOW = (Path(__file__).parents[2] / "docs/examples/window.toml").read_text("utf-8")
EXAMPLE = (Path(__file__).parents[2] / "docs/examples/kiosk.toml").read_text("utf-8")
KEY = b"0123456789abcdef, and more"

SMALLEST = """
[terminal]
id = "k01"
site = "lot-a"
currency = "CNY"
timezone = "Asia/Shanghai"
data_dir = "data"
[validator]
protocol = "ssp"
port = "validator"
[scanner]
port = "evdev:/dev/input/by-id/scanner"
[printer]
port = "usb:04b8:0202"
[tickets]
key_file = "ticket.key"
[tariffs.T1]
kind = "parking"
free_minutes = 15
per_hour_minor = 500
day_cap_minor = 4000
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a ticket key in it, from where files are named as users name them."""
    (tmp_path / "ticket.key").write_bytes(KEY + b"\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(text: str | bytes) -> Config:
    """The configuration that this text makes as `k.toml`."""
    Path("k.toml").write_bytes(text.encode() if isinstance(text, str) else text)
    return load("k.toml")


def complaint(text: str | bytes) -> str:
    """What is said about a wrong text, which is always one line that begins with the file."""
    with pytest.raises(ConfigError) as caught:
        read(text)
    line = str(caught.value)
    assert line.splitlines() == [line]
    assert line.startswith("k.toml: ")
    return line.removeprefix("k.toml: ")


def edited(section: str, line: str) -> str:
    """The smallest configuration with a line put first into a section, in place of one that sets the same key."""
    key = line.partition("=")[0].strip()
    out, here = [], False
    for old in SMALLEST.splitlines():
        if old.startswith("["):
            here = old == f"[{section}]"
        if here and old.partition("=")[0].strip() == key:
            continue
        out.append(old)
        if old == f"[{section}]":
            out.append(line)
    if f"[{section}]" not in out:
        out += [f"[{section}]", line]
    return "\n".join(out)


def test_example(folder: Path) -> None:
    """The example of the documentation loads, and means what it says."""
    config = read(EXAMPLE)
    assert config.terminal.id == "k01"
    assert config.pins is not None
    assert config.pins.barrier == 17
    assert config.pins.drawer is None
    assert config.mqtt is not None
    assert (config.mqtt.address, config.mqtt.tls) == (("broker", 1883), False)
    assert config.web is not None
    assert config.web.address == ("127.0.0.1", 8080)
    assert config.ticket_key == KEY


def test_example_of_a_window(folder: Path) -> None:
    """The example of a staffed window loads, needs no validator, and its rules are those that it says."""
    config = read(WINDOW)
    rules = config.rules().window
    assert rules is not None
    assert (rules.methods, rules.drawer_sensor) == (("cash", "pos", "wechat"), True)
    assert (rules.first_receipt_no, rules.last_receipt_no) == (500_001, 599_999)
    assert rules.alone_up_to_minor == {"difference": 1000, "change": 1000}
    assert config.devices() == ("scanner", "printer")
    text = describe(config)
    for part in ("terminal   w01 at lot-a, window", "validator  none", "receipts 500001 to 599999", "pos, wechat"):
        assert part in text


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('[drawer]\nvia = "printer"\nsensor = "open_high"', "", "drawer: missing; a window has a cash drawer"),
        ('[staff]\noperators_file = "operators.toml"', "[kiosk]\n#", "staff.operators_file: missing"),
        ('"pos", "wechat"', '"cash"', "window.methods: must not name cash"),
        ("first_receipt_no = 500001", "first_receipt_no = 600000", "window.last_receipt_no: must not be below"),
        ("difference = 1000", "differences = 1000", "window.alone_up_to_minor.differences: must be one of"),
        ("change = 1000", "change = -1", "window.alone_up_to_minor"),
    ],
)
def test_a_window_that_can_not_be(folder: Path, old: str, new: str, says: str) -> None:
    """What a window must have, and what its keys owe to each other, each in one line."""
    assert old in WINDOW
    with pytest.raises(ConfigError) as error:
        read(WINDOW.replace(old, new))
    assert says in str(error.value)


def test_defaults(folder: Path) -> None:
    """All that may be left out is left out here: its sections are absent, its keys have their defaults."""
    config = read(SMALLEST)
    assert {name for name in OPTIONAL_SECTIONS if getattr(config, name) is None} == OPTIONAL_SECTIONS - {
        "kiosk",
        "window",
        "validator",
    }
    assert (config.kiosk.credit_limit_minor, config.kiosk.payment_timeout_s) == (2000, 60)
    assert (config.terminal.role, config.terminal.language) == ("kiosk", "zh-CN")
    assert (config.printer.columns, config.scanner.terminators) == (48, "\r\n")


def test_empty_sections_have_defaults(folder: Path) -> None:
    """A section that is there but empty is not the same as one that is absent."""
    config = read(SMALLEST + "[web]\n[drawer]\n[pins]\n[kiosk]\n")
    assert config.web is not None
    assert config.drawer is not None
    assert config.drawer.via == "printer"
    assert config.pins is not None


LOT = (Path(__file__).parents[2] / "docs/examples/tariffs/lot-a.toml").read_text("utf-8")


def test_a_tariff_has_a_file_of_its_own(folder: Path) -> None:
    """It is found from the folder of the configuration, and travels with the rules."""
    Path("lot.toml").write_text(LOT, "utf-8")
    config = read(SMALLEST + '[tariffs.T2]\nfile = "lot.toml"\n')
    tariff = config.rules().tariffs["T2"]
    assert isinstance(tariff, ScheduleTariff)
    assert "2026-10-01" in tariff.special.holidays
    assert "make-up workdays known" in describe(config)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (LOT.replace('currency = "CNY"', 'currency = "EUR"'), "tariffs.T2: its currency is"),
        (LOT.replace("Asia/Shanghai", "Europe/Berlin"), "tariffs.T2: its timezone is"),
        (LOT.replace("minutes = 60", "minutes = 0", 1), "lot.toml: versions[0]"),
        ("", "lot.toml: kind: missing"),
    ],
)
def test_a_wrong_tariff_file_is_refused_whole(folder: Path, wrong: str, complaint: str) -> None:
    """The complaint names the tariff, or the place in its file."""
    Path("lot.toml").write_text(wrong, "utf-8")
    with pytest.raises(ConfigError, match=re.escape(complaint)):
        read(SMALLEST + '[tariffs.T2]\nfile = "lot.toml"\n')


def test_rules(folder: Path) -> None:
    """The rules carry what decisions depend on; the barrier counts as a device when it is wired."""
    rules = read(edited("validator", "accept_minor = [1000, 2000]")).rules()
    assert rules.tariffs == {"T1": ParkingTariff(15, 500, 4000)}
    assert rules.devices == ("validator", "scanner", "printer")
    assert rules.accept_minor == (1000, 2000)
    assert read(edited("pins", "barrier = 17")).rules().devices[-1] == "barrier"
    assert read(edited("pins", "door = 17")).rules().devices[-1] == "printer"


def test_relative_paths(folder: Path) -> None:
    """Paths count from the file's folder, wherever the program was started; links and URLs are left as they are."""
    (folder / "conf").mkdir()
    (folder / "conf" / "link").symlink_to("/dev/null")
    (folder / "conf" / "ticket.key").write_bytes(KEY)
    (folder / "conf" / "k.toml").write_text(edited("scanner", 'port = "link"'))
    config = load("conf/k.toml")
    assert config.terminal.data_dir == folder / "conf" / "data"
    assert config.validator is not None
    assert config.validator.port == f"{folder}/conf/validator"
    assert config.scanner.port == f"{folder}/conf/link"
    assert config.printer.port == "usb:04b8:0202"


@pytest.mark.parametrize(
    ("section", "line", "said"),
    [
        ("kiosk", "payment_timeout_s = 0", "kiosk.payment_timeout_s: must be at least 5 (is 0)"),
        ("kiosk", "payment_timeout_s = 3601", "kiosk.payment_timeout_s: must be at most 3600 (is 3601)"),
        ("kiosk", "payment_timeout_s = 5.0", "kiosk.payment_timeout_s: must be a whole number from 5 to 3600 (is 5.0)"),
        ("kiosk", "payment_timeout_s = true", "must be a whole number from 5 to 3600 (is true)"),
        ("kiosk", "credit_limit_minor = -1", "kiosk.credit_limit_minor: must be at least 0 (is -1)"),
        ("kiosk", f"credit_limit_minor = {10**30}", "must be at most 100000000"),
        ("kiosk", "patience_s = 1", "kiosk.patience_s: unknown"),
        ("printer", "colums = 42", "printer.colums: unknown; did you mean printer.columns?"),
        ("printers", "columns = 42", "printers: unknown; did you mean printer?"),
        ("terminal", 'id = "K 1"', 'terminal.id: must be 1 to 32 letters, digits or hyphens (is "K 1")'),
        ("terminal", 'id = "K1\\n"', 'terminal.id: must be 1 to 32 letters, digits or hyphens (is "K1\\n")'),
        ("terminal", f'site = "{"x" * 33}"', "terminal.site: must be 1 to 32"),
        ("terminal", 'role = "window"', "validator: a window takes no notes by itself"),
        ("terminal", 'role = "till"', 'terminal.role: must be one of kiosk, window (is "till")'),
        ("terminal", 'currency = "RMB"', "terminal.currency: must be one of CNY, USD"),
        ("terminal", 'timezone = "Peking"', "terminal.timezone: must be a time zone like Asia/Shanghai"),
        ("terminal", 'timezone = "../../etc/passwd"', "terminal.timezone: must be a time zone like Asia/Shanghai"),
        ("terminal", 'timezone = "Asia"', "terminal.timezone: must be a time zone like Asia/Shanghai"),
        ("terminal", 'language = "fr"', 'terminal.language: must be one of en, zh-CN (is "fr")'),
        ("terminal", 'data_dir = ""', 'terminal.data_dir: must be a path (is "")'),
        ("terminal", 'data_dir = "a\\u0000b"', "terminal.data_dir: must be a path"),
        ("validator", 'protocol = "mdb"', 'validator.protocol: must be one of ssp (is "mdb")'),
        ("validator", 'port = ""', 'validator.port: must be a port (is "")'),
        ("validator", 'port = "evdev:/dev/input/event0"', "validator.port: must be a path or begin with hwgrep:"),
        ("validator", 'port = "ftp://host"', "validator.port: must be a path or begin with hwgrep:"),
        ("validator", "accept_minor = [1000, 0]", "validator.accept_minor: must be a list of at most 16 values"),
        ("validator", "address = 126", "validator.address: must be at most 125 (is 126)"),
        ("scanner", 'port = "validator"', "scanner.port: is the same as validator.port"),
        ("scanner", 'port = "evdev:event0"', "scanner.port: must be evdev: and an absolute path"),
        ("scanner", 'prefix = "\\u4e2d"', "scanner.prefix: must be at most 16 ASCII characters"),
        ("printer", 'port = "usb:printer"', "printer.port: must be usb:VID:PID in hexadecimal digits"),
        ("printer", 'port = "tcp://host"', "printer.port: must be tcp://host:port"),
        ("printer", 'port = "tcp://host:99999"', "printer.port: must be tcp://host:port"),
        ("printer", "columns = 31", "printer.columns: must be at least 32 (is 31)"),
        ("printer", "baudrate = 1200", "printer.baudrate: must be one of 9600, 19200, 38400, 57600, 115200 (is 1200)"),
        ("printer", 'answers = "yes"', 'printer.answers: must be true or false (is "yes")'),
        ("printer", 'profile = "none"', "printer.profile: is not known to python-escpos"),
        ("printer", 'font = "no.ttc"', "printer.font: "),
        ("drawer", 'via = "gpio"', "pins.drawer: missing; drawer.via is gpio"),
        ("pins", "drawer = 5", "pins.drawer: is set, but drawer.via is not gpio"),
        ("pins", "drawer_sensor = 5", "pins.drawer_sensor: is set, but there is no section [drawer]"),
        ("pins", "barrier = 28", "pins.barrier: must be at most 27 (is 28)"),
        ("pins", "barrier = 4\ndoor = 4", "pins.door: is the same as pins.barrier (is 4)"),
        ("mqtt", 'url = "http://broker"', "mqtt.url: must be mqtt://host:port or mqtts://host:port"),
        ("mqtt", 'url = "mqtt://"', "mqtt.url: must be mqtt://host:port"),
        ("mqtt", 'url = "mqtt://broker:x"', "mqtt.url: must be mqtt://host:port"),
        ("mqtt", 'url = "mqtt://broker/topic"', "mqtt.url: must be mqtt://host:port"),
        ("mqtt", 'url = "mqtt://[broker"', "mqtt.url: must be mqtt://host:port"),
        ("mqtt", 'username = "me"', "mqtt.url: missing"),
        ("mqtt", 'url = "mqtts://b"\ncert_file = "ticket.key"', "mqtt.key_file: missing; mqtt.cert_file is set"),
        ("mqtt", 'url = "mqtt://b"\npassword_file = "ticket.key"', "mqtt.username: missing; mqtt.password_file is set"),
        ("mqtt", 'url = "mqtt://b"\nca_file = "ticket.key"', "mqtt.ca_file: is set, but mqtt.url is not mqtts://"),
        ("mqtt", 'url = "mqtts://b"\nca_file = "ca.pem"', "mqtt.ca_file: "),
        ("web", 'listen = "0.0.0.0:80"', "web.listen: must be an address of this machine alone"),
        ("web", 'listen = ":80"', "web.listen: must be host:port"),
        ("web", 'listen = "127.0.0.1"', "web.listen: must be host:port"),
        ("web", 'listen = "example.org:80"', "web.listen: must be an address of this machine alone"),
        ("tickets", 'key_file = "no.key"', "tickets.key_file: "),
        ("tickets", 'key_file = "."', "tickets.key_file: "),
        ("tariffs.T1", 'kind = "flat"', 'tariffs.T1.kind: must be one of parking (is "flat")'),
        ("tariffs.T1", "free_minutes = -1", "tariffs.T1.free_minutes: must be at least 0 (is -1)"),
        ("tariffs.T1", "per_week_minor = 1", "tariffs.T1.per_week_minor: unknown"),
        ("tariffs.T2", "free_minutes = 1", "tariffs.T2.kind: missing"),
        ("tariffs.T2", 'kind = "parking"', "tariffs.T2.free_minutes: missing"),
        ("tariffs.T2", "kind = []", "tariffs.T2.kind: must be one of parking (is [])"),
        (
            "tariffs.T2",
            'kind = "schedule"',
            "tariffs.T2.kind: schedule has a file of its own; name it with tariffs.T2.file",
        ),
        ("tariffs.T2", 'file = "t.toml"\nkind = "parking"', "tariffs.T2.kind: unknown"),
        ('tariffs."T 2"', 'kind = "parking"', "tariffs.T 2: the name must be 1 to 32 letters, digits or hyphens"),
    ],
)
def test_complaints(folder: Path, section: str, line: str, said: str) -> None:
    """Each wrong value is named by its dotted key, with what it should be."""
    assert said in complaint(edited(section, line))


@pytest.mark.parametrize("section", ["terminal", "validator", "scanner", "printer", "tickets", "tariffs.T1"])
def test_missing_keys_and_sections(folder: Path, section: str) -> None:
    """A needed section, and each key in it that has no default, is asked for by name."""
    whole, _, rest = SMALLEST.partition(f"[{section}]\n")
    own = rest.partition("[")[0].splitlines()
    others = rest.removeprefix("\n".join(own)).lstrip("\n")
    assert complaint(whole + others).startswith(f"{section.partition('.')[0]}: missing")
    for line in own:
        kept = [other for other in own if other != line]
        said = complaint("\n".join([whole, f"[{section}]", *kept, others]))
        assert said == f"{section}.{line.partition(' ')[0]}: missing"


@pytest.mark.parametrize("text", ["terminal = 1", "tariffs = 1", "[tariffs]\nT1 = 1", "[[drawer]]"])
def test_sections_must_be_sections(folder: Path, text: str) -> None:
    """A value where a section belongs is said to be just that."""
    name = tomllib.loads(text).popitem()[0]
    rest = "\n".join(f"[{part}" for part in SMALLEST.split("\n[") if part and not part.startswith(name))
    said = complaint(f"{text}\n{rest}")
    assert said.startswith(name)
    assert "section" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[terminal\n", "line 1"),
        ("[terminal]\nid = k01\n", "line 2, column 6"),
        ("[terminal]\nid = 1\nid = 2\n", "line 3"),
        (b"[terminal]\nid = \xff", "is no UTF-8 text (at byte 16)"),
        ("", "terminal: missing"),
    ],
)
def test_broken_files(folder: Path, text: str | bytes, said: str) -> None:
    """A file that is no TOML is told by line and column."""
    assert said in complaint(text)


def test_no_file(folder: Path) -> None:
    """A file that is not there, or is a folder, is told in words."""
    for path in ("no.toml", "."):
        with pytest.raises(ConfigError, match=r"can not be read: (No such file|Is a directory)"):
            load(path)


@pytest.mark.parametrize("listen", ["127.0.0.1:8080", "127.3.2.1:1", "[::1]:8080", "localhost:80"])
def test_loopback(folder: Path, listen: str) -> None:
    """Any address of this machine alone will do for the page."""
    assert read(edited("web", f'listen = "{listen}"')).web is not None


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"0123456789abcdef", b"0123456789abcdef"),
        (b"0123456789abcdef\n", b"0123456789abcdef"),
        (b"0123456789abcdef\n\n", b"0123456789abcdef\n"),
        (b"0123456789abcdef\r\n", b"0123456789abcdef\r"),
        (bytes(4096) + b"\n", bytes(4096)),
    ],
)
def test_ticket_key(folder: Path, content: bytes, key: bytes) -> None:
    """The key is the file's bytes, with exactly one trailing newline stripped."""
    (folder / "ticket.key").write_bytes(content)
    assert read(SMALLEST).ticket_key == key


@pytest.mark.parametrize("content", [b"", b"\n", bytes(4097)])
def test_useless_ticket_key(folder: Path, content: bytes) -> None:
    """No key at all, or what must be some other file, is refused."""
    (folder / "ticket.key").write_bytes(content)
    assert "must hold 1 to 4096 bytes" in complaint(SMALLEST)


def test_secrets_stay_secret(folder: Path) -> None:
    """Neither the key nor a password shows up in what is printed of a configuration, right or wrong."""
    config = read(SMALLEST)
    for text in (repr(config), str(config), f"{config}", describe(config), str(config.ticket_key)):
        assert KEY.decode() not in text
    assert "hunter2" not in complaint(edited("mqtt", 'url = "mqtt://me:hunter2@broker"'))


def test_describe(folder: Path) -> None:
    """What would be opened, and how it would price, is said line by line."""
    text = describe(read(EXAMPLE))
    for part in (
        "terminal   k01 at lot-a, kiosk, CNY, Asia/Shanghai, zh-CN",
        "validator  ssp on /dev/fee-terminal/validator, takes all notes that it knows",
        "pins       barrier 17, door 27, cancel 22, lamp_ready 23, lamp_busy 24",
        "mqtt       mqtt://broker:1883, topics fee/lot-a/k01/…",
        "tariff T1  free_minutes 15, per_hour_minor 500, day_cap_minor 4000",
    ):
        assert part in text
    assert "takes 10.00, 20.00" in describe(read(edited("validator", "accept_minor = [1000, 2000]")))


scalars = st.one_of(
    st.integers(), st.booleans(), st.floats(), st.text(max_size=20), st.lists(st.integers(), max_size=3)
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_anywhere(folder: Path, data: st.DataObject) -> None:
    """Whatever value any key has, the file is either taken or refused in one line that names that key."""
    tables = tomllib.loads(EXAMPLE)
    section = data.draw(st.sampled_from(sorted(tables.keys() - {"tariffs"})))
    key = data.draw(st.sampled_from(sorted(tables[section])))
    value = data.draw(scalars)
    lines = EXAMPLE.splitlines()
    start = lines.index(next(line for line in lines if line.startswith(f"[{section}]")))
    place = next(n for n, line in enumerate(lines) if n > start and line.startswith(f"{key} "))
    lines[place] = f"{key} = {toml(value)}"
    text = "\n".join(lines)
    try:
        read(text)
    except ConfigError as error:
        said = str(error)
        assert said.splitlines() == [said]
        assert said.startswith(f"k.toml: {section}.{key}: ") or "is the same as" in said


def toml(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(char):08x}" for char in value) + '"'
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    return str(value).lower()


def test_a_file_is_no_data_directory(folder: Path) -> None:
    """The mistake is found by `check`, not by the first start."""
    (folder / "journal").write_bytes(b"")
    assert "terminal.data_dir: is not a folder" in complaint(
        re.sub(r'data_dir = "[^"]*"', 'data_dir = "journal"', SMALLEST)
    )
