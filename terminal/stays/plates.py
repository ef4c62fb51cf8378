"""Plates: how they are written, compared and hidden. Pure.

A Chinese plate (GA 36-2018) is a province, the letter of the issuing office and a serial of 5, whose last character may be
挂 学 警 港 澳; a new-energy plate has a serial of 6, with the letter of its kind of drive in front (small cars) or at the end
(large ones). In no serial stands an I or an O: there they are read as 1 and 0. Any other plate is a foreign or a special one,
and only its characters are known.

Whoever searches must bring something of the plate: at least `TYPED_LEAST` characters, or the whole of a shorter one. In what is
shown then, each character that was not typed is a dot.
"""

import re
from typing import Literal

PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
ENDINGS = "挂学警港澳"
SPECIAL = "使领"
"""Of embassies and consulates."""
TYPED_LEAST = 4
LONGEST = 12
HIDDEN = "•"

Style = Literal["CN", "any"]

_LETTER = "A-HJ-NP-Z"
_DRIVE = "A-HJK"
"""A to E: purely electric; F to K: not purely."""
_USUAL = rf"[{PROVINCES}][{_LETTER}][{_LETTER}0-9]{{4}}[{_LETTER}0-9{ENDINGS}]"
_NEW_ENERGY = rf"[{PROVINCES}][{_LETTER}](?:[{_DRIVE}][{_LETTER}0-9][0-9]{{4}}|[0-9]{{5}}[{_DRIVE}])"
_GRAMMAR = {
    "CN": re.compile(rf"{_USUAL}|{_NEW_ENERGY}"),
    "any": re.compile(rf"[A-Z0-9{PROVINCES}{ENDINGS}{SPECIAL}]{{2,{LONGEST}}}"),
}
_NEW_ENERGY_GRAMMAR = re.compile(_NEW_ENERGY)
_LEFT_OUT = " \t\u00a0\u3000.·•・‧∙-‐‑‒–—－．"
_WRITING = (
    {chr(code + 0xFEE0): chr(code).upper() for code in range(0x21, 0x7F)}
    | {chr(code): chr(code).upper() for code in range(ord("a"), ord("z") + 1)}
    | dict.fromkeys(_LEFT_OUT, "")
)
_TABLE = str.maketrans(_WRITING)
_ALIKE = str.maketrans("IO", "10")


def normalise(text: str) -> str:
    """The one way to write a plate: half width, capitals, without spaces, dots and hyphens. Everything else stays.

    In the serial of what begins with a province an I is a 1 and an O is a 0: cameras and people take one for the other.
    """
    plain = text.translate(_TABLE)
    return plain[:2] + plain[2:].translate(_ALIKE) if plain[:1] in PROVINCES else plain


def is_plate(text: str, style: Style) -> bool:
    """Whether a normalised text can be a plate: a Chinese one of the standard, or `any` (2 to 12 of a plate's characters)."""
    return _GRAMMAR[style].fullmatch(text) is not None


def is_new_energy(plate: str) -> bool:
    """Whether it is a Chinese new-energy plate."""
    return _NEW_ENERGY_GRAMMAR.fullmatch(plate) is not None


def matches(plate: str, typed: str) -> bool:
    """Whether what somebody typed is enough of this plate; with or without the province."""
    return _part(plate, typed) is not None


def mask(plate: str, typed: str) -> str:
    """The plate with only what was typed to be seen, at its first place; all dots when it does not match."""
    part = _part(plate, typed)
    if part is None:
        return HIDDEN * len(plate)
    before = plate.index(part)
    return HIDDEN * before + part + HIDDEN * (len(plate) - before - len(part))


def _part(plate: str, typed: str) -> str | None:
    """What was typed, as it stands on this plate; None: it does not, or is too little."""
    part = normalise(typed)
    if part not in plate and plate[:1] in PROVINCES:
        part = part.translate(_ALIKE)
    enough = len(part) >= TYPED_LEAST or part == plate
    return part if enough and part in plate else None
