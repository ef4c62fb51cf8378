"""The operators' file: what it says, what is wrong with it, who may read it, and that it is replaced whole."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.errors import ConfigError
from terminal.staff.operators import Operator, Operators, exposure, good_shown_name
from terminal.staff.pins import make_hash

HASH = make_hash("2580")
GOOD = f'[chen]\nname = "陈师傅"\nrole = "technician"\npin = "{HASH}"\n'


def test_writing_and_reading_again(tmp_path: Path) -> None:
    """The same people, in the same order, in a file that only its owner reads; nothing else is left in the folder."""
    file = tmp_path / "operators.toml"
    people = {
        "chen": Operator("chen", "陈师傅", "technician", HASH),
        "b-2": Operator("b-2", 'Q"u\\o', "auditor", HASH),
    }
    Operators(people).write(file)
    assert Operators.read(file).known == people
    assert file.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["operators.toml"]


def test_who_is_known(tmp_path: Path) -> None:
    """Name and PIN together, or nobody."""
    file = tmp_path / "operators.toml"
    file.write_text(GOOD)
    operators = Operators.read(file)
    found = operators.check("chen", "2580")
    assert found is not None and (found.shown_name, found.role) == ("陈师傅", "technician")
    assert operators.check("chen", "2581") is None
    assert operators.check("nobody", "2580") is None
    assert HASH not in repr(found)


def test_no_file_names_nobody(tmp_path: Path) -> None:
    """A new terminal has none."""
    assert Operators.read(tmp_path / "operators.toml").known == {}


def test_a_file_that_others_can_read_is_told(tmp_path: Path) -> None:
    """It is used nevertheless: nobody shall stand before an open machine for that."""
    file = tmp_path / "operators.toml"
    assert exposure(file) == ""
    file.write_text(GOOD)
    file.chmod(0o644)
    assert "chen" in Operators.read(file).known
    assert "mode 644" in exposure(file) and "600" in exposure(file)
    file.chmod(0o600)
    assert exposure(file) == ""


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (GOOD.replace("technician", "boss"), "chen.role: must be one of"),
        (GOOD.replace(HASH, "2580"), "chen.pin: is no argon2id hash"),
        (GOOD.replace("[chen]", "[chén]"), "no valid TOML"),
        (GOOD.replace("[chen]", '["ch en"]'), "must be 1 to 32"),
        (GOOD.replace("陈师傅", ""), "chen.name"),
        (GOOD.replace("role", "rule"), "did you mean chen.role"),
        (GOOD + "badge = -1\n", "chen.badge: must be a number"),
        (GOOD + "colour = 1\n", "chen.colour: unknown"),
        ("chen = 1", "must be a section"),
        ("[chen]\nname = 1\nrole = 1\npin = 1", "must be a text"),
        ("[chen", "no valid TOML"),
    ],
)
def test_a_wrong_file_is_one_line(tmp_path: Path, content: str, says: str) -> None:
    """File, key and reason; never a PIN or its hash."""
    file = tmp_path / "operators.toml"
    file.write_text(content)
    with pytest.raises(ConfigError) as raised:
        Operators.read(file)
    line = str(raised.value)
    assert "\n" not in line and "2580" not in line and HASH not in line
    assert says.lower() in line.lower()


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=32).filter(good_shown_name))
def test_any_name_that_can_be_shown_survives(tmp_path: Path, shown: str) -> None:
    """Quotes, backslashes, any script."""
    file = tmp_path / "operators.toml"
    Operators({"chen": Operator("chen", shown, "auditor", HASH)}).write(file)
    assert Operators.read(file).known["chen"].shown_name == shown
