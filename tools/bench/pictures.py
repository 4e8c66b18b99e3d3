"""Pictures of every kind through examples/predict.py: how many digits of 100 come out right.

The digits are test pictures of the data in use, enlarged and laid on paper in ways that people
report. Each is prepared and read by the model that the repository has. A picture may be refused
with a sentence, or read with a warning; what must not happen is a wrong digit without a word.
"""

import sys
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image, ImageFilter

from tools.bench import Row
from tools.engine import current
from tools.pages import ROOT

sys.path.insert(0, str(ROOT / "examples"))  # where these programs find each other

COUNT = 100
Picture = np.ndarray  # grey, 0 black to 255 white


def measure() -> Iterator[Row]:
    """A row for each kind: right, refused, doubted, and silently wrong."""
    import digit_image
    import predict

    with np.load(current().source.path) as file:
        digits, labels = file["x_test"][:COUNT], file["y_test"][:COUNT]
    model = predict.open_model(predict.MODEL)
    for name, (draw, goal) in KINDS.items():
        rng = np.random.default_rng(0)
        right = refused = doubted = silent = 0
        for digit, label in zip(digits, labels, strict=True):
            try:
                pixels = digit if draw is None else digit_image.prepare(draw(digit, rng))
            except digit_image.PictureError:
                refused += 1
                continue
            row = model(pixels[None])[0]
            right += row.argmax() == label
            if row.argmax() != label:
                doubted += row.max() < predict.SURE
                silent += row.max() >= predict.SURE
        good = refused if goal is None else right
        yield Row(
            name,
            f"{right} right, {refused} refused, {doubted} wrong with a warning, "
            f"{silent} wrong without",
            "at least 90 refused" if goal is None else f"at least {goal} right",
            good >= (90 if goal is None else goal),
        )


def _ink(digit, height: int) -> Picture:
    """The digit cropped to its ink, this high, 0..1, with sharp strokes as of a pen."""
    rows, columns = np.nonzero(digit > 40)
    digit = digit[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    width = max(1, round(height * digit.shape[1] / digit.shape[0]))
    image = Image.fromarray(digit).resize((width, height), Image.Resampling.BICUBIC)
    ink = np.asarray(image.filter(ImageFilter.GaussianBlur(height / 40)), float) / 255
    return np.clip((ink - 0.35) / 0.3, 0, 1)


def _lay(digit, rng, size=(240, 320), height=(90, 150), margin=12) -> Picture:
    """The ink of a digit somewhere on a sheet, 0..1."""
    ink = _ink(digit, int(rng.integers(*height)))
    ink = ink[:, : size[1] - 2 * margin]
    sheet = np.zeros(size)
    top = rng.integers(margin, size[0] - ink.shape[0] - margin + 1)
    left = rng.integers(margin, size[1] - ink.shape[1] - margin + 1)
    sheet[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return sheet


def _photo(ink, rng, paper=225, pen=60, noise=3.0) -> Picture:
    """Dark ink on paper, with noise."""
    grey = paper - (paper - pen) * ink + rng.normal(0, noise, ink.shape)
    return grey.clip(0, 255)


def plain(digit, rng):
    return _photo(_lay(digit, rng), rng)


def shaded(digit, rng):
    grey = plain(digit, rng)
    x, y = np.linspace(0, 1, 320), np.linspace(0, 1, 240)[:, None]
    return grey * (1 - 0.5 * x - 0.15 * y * y)


def cropped(digit, rng):
    return _photo(_ink(digit, 140), rng)


def close_crop(digit, rng):
    ink = np.pad(_ink(digit, 140), 7)
    return _photo(ink, rng)


def framed(digit, rng):
    grey = plain(digit, rng)
    grey[:2] = grey[-2:] = 10
    grey[:, :2] = grey[:, -2:] = 10
    return grey


def screenshot(digit, rng):
    grey = plain(digit, rng)
    grey[:14] = 40
    grey[:, 300:] = 90
    return grey


def dark_table(digit, rng):
    sheet = _photo(_lay(digit, rng, (180, 200), (70, 120)), rng)
    table = 45 + rng.normal(0, 4, (260, 340))
    table[40:220, 70:270] = sheet
    return table.clip(0, 255)


def turned_sheet(digit, rng):
    image = Image.fromarray(dark_table(digit, rng).astype(np.uint8))
    return np.asarray(image.rotate(8, Image.Resampling.BICUBIC, fillcolor=45), float)


def pale(digit, rng):
    return _photo(_lay(digit, rng), rng, paper=215, pen=165)


def thick(digit, rng):
    image = Image.fromarray((_lay(digit, rng) * 255).astype(np.uint8))
    ink = np.asarray(image.filter(ImageFilter.MaxFilter(7)), float) / 255
    return _photo(ink, rng)


def thin(digit, rng):
    image = Image.fromarray((_lay(digit, rng, margin=16) * 255).astype(np.uint8))
    ink = np.asarray(image.filter(ImageFilter.MinFilter(5)), float) / 255
    return _photo(ink, rng)


def boxed(digit, rng):
    ink = _lay(digit, rng, margin=45, height=(90, 140))
    ink[25:28, 25:-25] = ink[-28:-25, 25:-25] = 1
    ink[25:-25, 25:28] = ink[25:-25, -28:-25] = 1
    return _photo(ink, rng)


def strip(digit, rng):
    return _photo(_lay(digit, rng, (100, 1600), (84, 85), 8), rng)


def small(digit, rng):
    return _photo(_lay(digit, rng, (480, 640), (44, 60)), rng, noise=5)


def shadow(digit, rng):
    grey = plain(digit, rng)
    grey[:, int(rng.integers(60, 260)) :] *= 0.5
    return grey


def specks(digit, rng):
    ink = _lay(digit, rng)
    for y, x in zip(rng.integers(5, 230, 12), rng.integers(5, 310, 12), strict=True):
        ink[y : y + 3, x : x + 3] = 0.8
    return _photo(ink, rng)


def two(digit, rng):
    other = _ink(digit, 100)[:, :120]
    ink = _lay(digit, rng, (240, 180), (90, 110), 8)
    side = np.zeros((240, 140))
    side[70:170, 10 : 10 + other.shape[1]] = other
    return _photo(np.hstack([ink, side]), rng)


def lined(digit, rng):
    ink = _lay(digit, rng, height=(100, 150))
    ink[15::30] = ink[16::30] = 0.6
    return _photo(ink, rng)


def cut_off(digit, rng):
    return _photo(np.pad(_ink(digit, 140)[:100], ((40, 0), (60, 60))), rng)


def blank(digit, rng):
    return _photo(np.zeros((240, 320)), rng, noise=6) * np.linspace(1, 0.6, 320)


def own(digit, rng):
    return digit.astype(float)


# Each with how many must be right; None if they must be refused.
KINDS: dict[str, tuple[Callable | None, int | None]] = {
    "MNIST's, not prepared": (None, 95),
    "MNIST's, prepared": (own, 95),
    "plain": (plain, 95),
    "in a lamp's light": (shaded, 95),
    "half in a shadow": (shadow, 90),
    "white on black": (lambda digit, rng: 255 - plain(digit, rng), 95),
    "pale pencil": (pale, 90),
    "thick pen": (thick, 85),
    "thin pen": (thin, 85),
    "cropped to the ink": (cropped, 85),
    "margin of 7 pixels": (close_crop, 90),
    "black frame of 2 pixels": (framed, 90),
    "edges of a screenshot": (screenshot, 90),
    "sheet on a dark table": (dark_table, 90),
    "turned sheet on a dark table": (turned_sheet, 85),
    "in a printed box": (boxed, 85),
    "strip of 1600x100": (strip, 90),
    "small on a large sheet": (small, 90),
    "dust on the sheet": (specks, 90),
    "two digits": (two, None),
    "lined paper": (lined, None),
    "cut off at the edge": (cut_off, None),
    "blank": (blank, None),
}
