"""From a picture file to gray pixels, for files of any kind.

`load` turns a photo upright, puts transparent ink on paper, and refuses
with a sentence what cannot be read.
"""

import io
import sys
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from digit_image import PictureError, shrink

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "PPM", "TIFF", "WEBP", "AVIF")
BYTES, PIXELS = 100_000_000, 70_000_000  # the most of a picture
HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


def load(name: str) -> np.ndarray:
    """The gray pixels of a picture file, or of standard input ("-").

    Returns float (height, width), 0 black to 255 white, upright; a
    large picture is reduced. Raises PictureError.
    """
    content = read_bytes(name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a wrong date in a photo
            return decode(content)
    except PictureError:
        raise
    except UnidentifiedImageError:
        reason = "is not a picture that this program reads: "
        reason += (
            f"save it as PNG or JPEG (it reads {', '.join(FORMATS)})"
        )
        if content[4:8] == b"ftyp" and content[8:12] in HEIC:
            reason = "is a HEIC photo, whatever its name says: save it "
            reason += "as JPEG (iPhone: Settings, Camera, Formats, "
            reason += "Most Compatible)"
    except Image.DecompressionBombError:
        reason = "has far too many pixels: save a smaller picture"
    # A damaged file may raise anything.
    except Exception:
        reason = "is damaged or incomplete: copy or save it again"
    raise PictureError(reason) from None


def read_bytes(name: str) -> bytes:
    """The content of a file; raises PictureError."""
    path = Path(name)
    try:
        if name == "-":
            content = sys.stdin.buffer.read(BYTES + 1)
        elif path.is_dir():
            raise PictureError("is a folder: name the pictures in it")
        elif path.exists() and not path.is_file():
            raise PictureError("is not a file: name a picture file")
        else:
            with path.open("rb") as file:
                content = file.read(BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a zero byte
        reason = getattr(error, "strerror", None) or error
        raise PictureError(
            f"cannot be read ({reason}): check the name"
        ) from None
    if not content:
        raise PictureError("is empty: copy or save the picture again")
    if len(content) > BYTES:
        raise PictureError("has over 100 MB: save a smaller picture")
    return content


def decode(content: bytes) -> np.ndarray:
    """The pixels of `load`; raises whatever Pillow raises."""
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        image.draft("L", (800, 800))  # a JPEG need not be decoded whole
        width, height = image.size
        if width * height > PIXELS:
            raise PictureError(
                f"has {width}x{height} pixels: save a smaller picture"
            )
        image.load()
        turned = image.getexif().get(0x0112, 1)
        if image.mode in ("I", "F") or image.mode.startswith("I;16"):
            image = eight_bits(np.asarray(image), image.mode)
        elif image.has_transparency_data:
            image = on_paper(image.convert("RGBA"))
        else:
            image = image.convert("L")
    image.getexif()[0x0112] = turned  # how the camera was held
    image = ImageOps.exif_transpose(image)
    return shrink(np.asarray(image, np.float32))


def eight_bits(values: np.ndarray, mode: str) -> Image.Image:
    """Numbers of more than 8 bits a pixel, from 0 to 255.

    Scanners put 10 or 12 bits into 16: the largest value tells how many
    are in use. Other numbers go from the least to the largest.
    """
    values = values.astype(np.float64)
    if not np.isfinite(values).all():
        raise PictureError(
            "has pixels that are not numbers: save a PNG"
        )
    least, most = values.min(), values.max()
    if mode.startswith("I;16"):
        least, most = 0, 2 ** max(8, int(most).bit_length()) - 1
    values = (values - least) * (255 / max(most - least, 1e-6))
    return Image.fromarray(values.astype(np.uint8))


def on_paper(image: Image.Image) -> Image.Image:
    """A transparent RGBA picture on white, or on black if it is white."""
    for paper in ("white", "black"):
        sheet = Image.new("RGBA", image.size, paper)
        gray = Image.alpha_composite(sheet, image).convert("L")
        least, most = gray.getextrema()
        if most - least > 10:
            break
    return gray
