"""Social cards: what a chat shows of a link to a page. Made here, with fonts of this machine."""

import io
import re
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

# The site's own ten digits beside each other: white ink on squares of 14 by 14 pixels.
DIGITS, SIDE = Path(__file__).with_name("theme") / "assets/digits.png", 14

SIZE = (1200, 630)
_NIGHT, _PAPER, _SHINE = "#06242a", "#ffffff", "#f6a35c"

# Hangul needs a font of the machine; Matplotlib brings one for Latin letters.
_HANGUL = "Noto Serif CJK KR, Noto Sans CJK KR, Noto Serif CJK JP, Noto Sans CJK JP, NanumMyeongjo,"
_HANGUL += "NanumGothic, Apple SD Gothic Neo, Malgun Gothic, AppleGothic"
_LEFT, _TEXT, _RIGHT = 90, 520, 1120  # of the digit, of the words, their end


def card(title: str, above: str, name: str, digit: int) -> bytes | None:
    """The card of a page as a PNG; None if this machine has no font for its words.

    Args:
        title: of the page.
        above: a line over it.
        name: of the site.
        digit: drawn beside it.
    """
    path = _font_for(f"{title}{above}{name}")
    try:
        small = ImageFont.truetype(path, 30) if path else None
    except OSError:  # a font that Pillow cannot read
        small = None
    if small is None:
        return None
    picture = Image.new("RGB", SIZE, _NIGHT)
    tile = _tile(digit, 27, 2)
    picture.paste(tile, (_LEFT, (SIZE[1] - tile.height) // 2))
    draw = ImageDraw.Draw(picture)
    for size in (76, 66, 56, 48):
        font = ImageFont.truetype(path, size)
        lines = _wrap(title, font)
        if len(lines) <= 3:
            break
    top = SIZE[1] // 2 - len(lines) * size * 0.65
    draw.text((_TEXT, top - 70), above, "#9fd0d8", small)
    draw.multiline_text((_TEXT, top), "\n".join(lines), _PAPER, font, spacing=size * 0.3)
    draw.rectangle([_TEXT, 530, _TEXT + 26, 556], fill=_SHINE)
    draw.text((_TEXT + 44, 523), name, _PAPER, small)
    file = io.BytesIO()
    picture.quantize(64, Image.Quantize.FASTOCTREE).save(file, "PNG", optimize=True)
    return file.getvalue()


def _tile(digit, cell, gap):
    """A digit in white on night, each of its pixels a square with a gap around it."""
    with Image.open(DIGITS) as strip:
        digits = np.asarray(strip.getchannel("A"))
    picture = Image.new("RGB", (SIDE * cell, SIDE * cell), _NIGHT)
    draw = ImageDraw.Draw(picture)
    night, paper = (np.array(ImageColor.getrgb(colour)) for colour in (_NIGHT, _PAPER))
    for (row, column), ink in np.ndenumerate(digits[:, digit * SIDE :][:, :SIDE]):
        share = 0.07 + 0.93 * ink / 255  # an empty cell can be seen, too
        colour = tuple(int(value) for value in night + (paper - night) * share)
        x, y = column * cell, row * cell
        draw.rectangle([x, y, x + cell - 1 - gap, y + cell - 1 - gap], fill=colour)
    return picture


def _wrap(text, font):
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > _RIGHT - _TEXT:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


@cache
def _hangul_font():
    from matplotlib.font_manager import fontManager

    known = {}
    for font in fontManager.ttflist:
        weight = font.weight if isinstance(font.weight, int) else 700 * (font.weight == "bold")
        known.setdefault(font.name, []).append((weight, font.fname))
    names = (name.strip() for name in _HANGUL.split(","))
    return next((max(known[name])[1] for name in names if name in known), None)


@cache
def _latin_font():
    import matplotlib

    return str(Path(matplotlib.get_data_path(), "fonts/ttf/DejaVuSerif-Bold.ttf"))


def _font_for(text):
    return _hangul_font() if re.search("[가-힣]", text) else _latin_font()
