"""Which figures turn with the theme, and which text outputs keep their columns."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tools.pages import Page
from tools.site.figures import is_plot
from tools.site.outputs import PageOutputs


def _png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels.astype("uint8")).save(file, "PNG")
    return file.getvalue()


def _paper():
    return np.full((100, 100, 3), 255)


def test_a_line_on_paper_is_a_plot():
    picture = _paper()
    picture[40:60] = (31, 119, 180)  # Matplotlib's blue
    picture[:, :2] = 0  # an axis
    assert is_plot(_png(picture))


@pytest.mark.parametrize("ink", [0, 128])
def test_digits_are_none(ink):
    picture = _paper()
    picture[30:70, 40:60] = ink
    assert not is_plot(_png(picture))


def test_colour_maps_and_photos_are_none():
    picture = _paper()
    picture[:, :80] = (68, 1, 84)
    assert not is_plot(_png(picture))
    assert not is_plot(_png(np.arange(30000).reshape(100, 100, 3) % 256))


@pytest.mark.parametrize(
    ("text", "aligned"),
    [
        ("Epoch 1/5\n1500/1500 - 3s - 2ms/step - loss: 0.3", False),
        ("a sentence.\nAnother one.", False),
        ("Python     3.11\nKeras  3.15", True),
        ("┃ Layer ┃", True),
        ("[[0 1]\n [2 3]]", True),
    ],
)
def test_columns_are_not_torn_apart(text, aligned):
    page = Page(Path("docs/en/page.md"), "")
    shown = PageOutputs(page, [], {}, None, "")._shown(
        {"output_type": "stream", "name": "stdout", "text": text}
    )
    assert shown == {"kind": "text" + " run-aligned" * aligned, "text": text}
