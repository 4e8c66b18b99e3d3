"""The digits of the site's own look: drawn with strokes, then seen on a coarse grid, as in MNIST.

Style sheet, social cards and icons take them from here. They are drawn and not taken from a
data set, so that they are the same on each machine and belong to nobody else.
"""

import io
from functools import cache

import numpy as np
from PIL import Image, ImageDraw

SIDE = 14  # cells of the grid

NIGHT, PAPER, SHINE = "#06242a", "#ffffff", "#f6a35c"

# Strokes through points (x, y) on a square of 28, a quarter of it margin; "/" parts strokes.
_STROKES = [
    "14 5 8.5 9 8 16 12 22.5 17 21.5 20 14 18.5 7 14 5",
    "10 8.5 15 5 / 15 5 14 23",
    "8.5 9.5 12 5.5 17 6 18.5 10 14 16 8 22.5 / 8 22.5 20 22",
    "9 6.5 14 5 18 8.5 12 13 / 12 13 18.5 15.5 18 20.5 13 23 8 21",
    "11.5 5 7.5 15 / 7.5 15 20.5 14.5 / 17 7 15.5 23.5",
    "19.5 5.5 11 5.5 / 11 5.5 9.5 12.5 / 9.5 12.5 15 11.5 19 16 17 21.5 12.5 23 8 21",
    "17.5 5 11.5 9 8.5 16 10.5 22 15.5 22.5 18.5 18.5 16 14.5 11.5 15.5 9 19",
    "8 6 20 5.5 / 20 5.5 15.5 13 12.5 23",
    "18.5 8 14.5 5 10 7.5 12.5 12 17.5 16 18 21 13 23 9 20.5 11 15.5 16.5 11.5 18.5 8",
    "18.5 8.5 14 5 9.5 8.5 11.5 13 16 12.5 18.5 8.5 / 18.5 8.5 18 15 15.5 23.5",
]
_ZOOM, _PEN = 16, 1.45  # pixels and radius of the pen, by a unit of that square


@cache
def grid(digit: int) -> np.ndarray:
    """The ink of a digit, (SIDE, SIDE), uint8, 255 where the pen was."""
    picture = Image.new("L", (28 * _ZOOM, 28 * _ZOOM))
    draw = ImageDraw.Draw(picture)
    for stroke in _STROKES[digit].split("/"):
        for x, y in _curve(np.array(stroke.split(), float).reshape(-1, 2)):
            box = [x - _PEN, y - _PEN, x + _PEN, y + _PEN]
            draw.ellipse([value * _ZOOM for value in box], fill=255)
    return np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BOX))


def _curve(points):
    """Points close to each other on a Catmull-Rom spline through the given ones."""
    ends = 2 * points[0] - points[1], 2 * points[-1] - points[-2]
    padded = np.vstack([ends[0], points, ends[1]])
    t = np.linspace(0, 1, 60)[:, np.newaxis]
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        yield from 0.5 * (
            2 * b
            + (c - a) * t
            + (2 * a - 5 * b + 4 * c - d) * t**2
            + (3 * b - a - 3 * c + d) * t**3
        )


def tile(digit: int, cell: int, gap: int = 1) -> Image.Image:
    """A digit in white on night, RGB, each of its cells a square with a gap around it."""
    picture = Image.new("RGB", (SIDE * cell, SIDE * cell), NIGHT)
    draw = ImageDraw.Draw(picture)
    night, paper = (np.array(Image.new("RGB", (1, 1), one)).ravel() for one in (NIGHT, PAPER))
    for (row, column), ink in np.ndenumerate(grid(digit)):
        share = 0.07 + 0.93 * ink / 255  # an empty cell can be seen, too
        colour = tuple(int(value) for value in night + (paper - night) * share)
        x, y = column * cell, row * cell
        draw.rectangle([x, y, x + cell - 1 - gap, y + cell - 1 - gap], fill=colour)
    return picture


def strip() -> bytes:
    """All ten digits beside each other as a PNG, for the style sheet: white ink, a cell a pixel."""
    ink = np.hstack([grid(digit) for digit in range(10)])
    return png(Image.merge("LA", [Image.new("L", ink.shape[::-1], 255), Image.fromarray(ink)]))


def icons() -> dict[str, bytes]:
    """What browsers ask for by name, and cannot be SVG."""
    icon = tile(5, 12)
    ico = io.BytesIO()
    icon.save(ico, "ICO", sizes=[(32, 32)])
    framed = Image.new("RGB", (180, 180), NIGHT)
    framed.paste(icon, (6, 6))
    return {"favicon.ico": ico.getvalue(), "assets/apple-touch-icon.png": png(framed)}


def png(picture: Image.Image) -> bytes:
    """A picture as a PNG file."""
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()
