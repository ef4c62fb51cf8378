"""Whether two pictures of paper look alike, so that another version of a font or of its rasteriser is no difference.

Both are blurred a little, so that it does not matter which dot exactly is black. Then they are laid under grids of tiles, three
letters wide and one line tall, and for each tile the ink that differs is divided by the ink that is there. Letters a dot thicker,
thinner or further on come to 0.42 at most; a line that is missing, however short, or another QR code, to 0.54 and more. One
digit instead of another is too little to be seen so: figures are compared as text (`tests/hw/golden`).
"""

from itertools import product

from PIL import Image, ImageChops, ImageFilter

LIMIT = 0.5
"""Pictures that differ by less look alike."""
_BLUR = 2
_TILE = (36, 24)
_GRIDS = tuple(product((0, 18), (0, 12)))
"""Each grid is shifted so far: what is cut in two by one of them is whole in another."""
_SPECK = 4
"""So much ink (of 255) is taken to be everywhere: a few dots on white are not a big difference."""


def on_white(picture: Image.Image) -> Image.Image:
    """The paper on a white table, in grey."""
    whole = Image.new("L", picture.size, 255)
    whole.paste(picture.convert("L"), (0, 0), picture.getchannel("A"))
    return whole


def difference(one: Image.Image, other: Image.Image) -> float:
    """0: the same dots; 1: something stands where nothing does, or the paper has another size. It is that of the worst tile."""
    if one.size != other.size:
        return 1.0
    inks = [ImageChops.invert(on_white(picture)).filter(ImageFilter.GaussianBlur(_BLUR)) for picture in (one, other)]
    differs, there = (how(*inks) for how in (ImageChops.difference, ImageChops.lighter))
    return max(
        ink / (whole + _SPECK)
        for grid in _GRIDS
        for ink, whole in zip(_tiles(differs, grid), _tiles(there, grid), strict=True)
    )


def _tiles(picture: Image.Image, grid: tuple[int, int]) -> bytes:
    """The mean of each tile."""
    across, down = (-(-whole // tile) for whole, tile in zip(picture.size, _TILE, strict=True))
    return ImageChops.offset(picture, *grid).resize((across, down), Image.Resampling.BOX).tobytes()
