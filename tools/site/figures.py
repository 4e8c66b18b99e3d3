"""Which figures may be shown with light and dark exchanged, where the theme is dark."""

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageChops

# Shares of a figure's pixels. Between them lie, in the figures of this site: lines and bars on
# white on one side; digits, photos and colour maps, whose brightness means something, on the other.
_PAPER, _GREY = 0.5, 0.06


@lru_cache(256)
def is_plot(content: bytes) -> bool:
    """Whether a picture is a drawing on white: mostly paper, and little of the rest is grey."""
    with Image.open(io.BytesIO(content)) as image:
        if getattr(image, "is_animated", False):
            return False
        red, green, blue = image.convert("RGB").split()
    darkest = ImageChops.darker(ImageChops.darker(red, green), blue)
    lightest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    colour = np.asarray(ImageChops.subtract(lightest, darkest))
    low = np.asarray(darkest)
    grey = (colour < 12) & (low < 240)
    return (low > 250).mean() > _PAPER and grey.mean() < _GREY
