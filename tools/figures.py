"""Matplotlib's backend in a page's process: a shown figure becomes an output.

Chosen by MPLBACKEND=module://tools.figures. As in a notebook, `plt.show()`
shows all open figures and closes them, and so does the end of a block.
"""

import base64
import io
import sys
from collections.abc import Callable

from matplotlib.backends.backend_agg import FigureCanvasAgg

# Twice the dots of the page, so that lines are sharp on dense screens.
DOTS_PER_PIXEL = 2

# Set by the page's process: takes each figure as it is shown.
emit: Callable[[dict], object] = [].append


class FigureCanvas(FigureCanvasAgg):
    """Agg's canvas; pyplot asks it for what to do on `plt.show()`."""


def show(*args, **kwargs) -> None:
    """Hand over all open figures, then close them."""
    from matplotlib import pyplot

    for number in pyplot.get_fignums():
        emit(picture(pyplot.figure(number)))
    pyplot.close("all")


def close_block() -> None:
    """Show what a block has drawn and not shown."""
    if "matplotlib.pyplot" in sys.modules:
        show()


def picture(figure) -> dict:
    """A Matplotlib figure as an output: PNG in base64, size in CSS pixels."""
    buffer = io.BytesIO()
    figure.savefig(
        buffer,
        format="png",
        dpi=figure.dpi * DOTS_PER_PIXEL,
        bbox_inches="tight",
        metadata={"Software": None},
    )
    return picture_file(buffer.getvalue(), DOTS_PER_PIXEL)


def picture_file(content: bytes, dots_per_pixel: int = 1) -> dict:
    """The bytes of a picture file as an output.

    Raises:
        PIL.UnidentifiedImageError: the bytes are not a picture.
    """
    from PIL import Image

    with Image.open(io.BytesIO(content)) as image:
        width, height = (round(side / dots_per_pixel) for side in image.size)
        return {
            "type": "figure",
            "format": image.format.lower(),
            "data": base64.b64encode(content).decode(),
            "width": width,
            "height": height,
        }
