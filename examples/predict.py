"""Read the digit in each picture file: photos, scans and drawings, dark on light or the reverse.

    python examples/predict.py three.png photos/*.jpg
    python examples/predict.py --model runs/train/cnn.keras --json three.png > answers.json

Each picture shows one digit, with some paper around it. It is made like MNIST's pictures first:
grey, the paper taken away, cropped, shrunk to a box of 20x20 pixels, its centre of mass laid on
pixel 14, 14 of 28x28. --show prints what came out, which is what the model sees; --raw leaves all
of this out, for pictures of MNIST itself. The model is the int8 one in examples/models unless
--model names a .keras or .tflite file that takes pixels 0..255, (28, 28) or (28, 28, 1), and
answers ten logits or probabilities. TensorFlow is imported for a .keras file alone.

The model knows nothing but digits, and is often sure of one when it is shown something else.

Exit codes: 0 all pictures read, 1 some could not be read (the others are answered), 2 a wrong
option, or the model cannot be used, 130 Ctrl-C.
"""

import argparse
import contextlib
import io
import json
import os
import sys
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

SIDE, BOX, CENTRE = 28, 20, 14  # of MNIST's pictures: side, the digit's longer side, its centre
LONGEST = 400  # pixels of a picture's longer side to work with
SMALL = 64  # a picture with a shorter one is a drawing: its paper is even, and has no noise
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "PPM", "TIFF", "WEBP")
BYTES, PIXELS = 100_000_000, 70_000_000  # no picture may have more
GREY = np.array([0.299, 0.587, 0.114])  # of red, green and blue: ITU-R BT.601, as Pillow's "L"
MODEL = Path(__file__).parent / "models" / "mnist_int8.tflite"

Reader = Callable[[np.ndarray], np.ndarray]


class PictureError(Exception):
    """A picture cannot be read; the message is the end of a sentence that begins with its name."""


class ModelError(Exception):
    """The model cannot be used; the message is one sentence for the user."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence, without the usage."""

    def error(self, message: str):
        self.exit(2, f"{self.prog}: {message}\n")


def parse(argv: list[str] | None) -> argparse.Namespace:
    """Read the options; leaves with code 2 and a sentence if one is wrong."""
    parser = Parser(prog="predict.py", description=__doc__.split("\n")[0], allow_abbrev=False)
    add = parser.add_argument
    add("pictures", nargs="+", metavar="PICTURE", help="a picture file; - is standard input")
    add("--model", type=Path, default=MODEL, help=f"a .keras or .tflite file ({MODEL.name})")
    add("--raw", action="store_true", help="the pictures are 28x28, light on dark: take them as is")
    add("--show", action="store_true", help="print each picture as the model sees it")
    add("--json", action="store_true", help="print a list with an object for each picture")
    return parser.parse_intermixed_args(argv)  # options may stand between pictures


# From a file to grey pixels.


def contents(name: str) -> bytes:
    """The bytes of a file, or of standard input; raises PictureError."""
    try:
        if name == "-":
            content = sys.stdin.buffer.read(BYTES + 1)
        elif Path(name).is_dir():
            raise PictureError("is a folder: name the pictures in it")
        elif Path(name).exists() and not Path(name).is_file():
            raise PictureError("is not a file")
        else:
            with open(name, "rb") as file:
                content = file.read(BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte
        reason = getattr(error, "strerror", None) or error
        raise PictureError(f"cannot be read: {reason}") from None
    if not content:
        raise PictureError("is empty: there is no picture in it")
    if len(content) > BYTES:
        raise PictureError(f"has more than {BYTES // 10**6} MB: save the picture smaller")
    return content


def read_picture(content: bytes) -> np.ndarray:
    """The grey pixels of a picture file, upright: float (height, width), 0 black to 255 white.

    A large picture is reduced on the way. Raises PictureError, and nothing else, whatever the
    bytes are.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as a damaged date in a photo
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                width, height = image.size
                if width * height > PIXELS:
                    raise PictureError(f"has {width}x{height} pixels: save the picture smaller")
                image.draft("L", (2 * LONGEST, 2 * LONGEST))  # a JPEG need not be decoded whole
                image.load()
                return to_grey(image)
    except PictureError:
        raise
    except UnidentifiedImageError:
        kinds = ", ".join(FORMATS)
        text = f"is no picture that can be read ({kinds}): save it as PNG or JPEG"
    except Image.DecompressionBombError:
        text = "promises far too many pixels: save the picture smaller"
    except Exception:  # a damaged file raises whatever its content provokes
        text = "is damaged or cut short: copy or save the picture again"
    raise PictureError(text) from None


def to_grey(image: Image.Image) -> np.ndarray:
    """The pixels of an opened picture; see `read_picture`."""
    if image.mode.startswith("I;16"):  # 16 bits a pixel: the upper eight are enough
        image = with_orientation(image, Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)))
    elif image.mode in ("I", "F"):  # numbers of any size: from the least to the largest
        values = np.asarray(image, np.float32)
        if not np.isfinite(values).all():
            raise PictureError("has pixels that are no finite numbers: save it as PNG")
        values = (values - values.min()) * (255 / max(np.ptp(values), 1e-6))
        image = with_orientation(image, Image.fromarray(values.astype(np.uint8)))
    else:
        mode = "RGBA" if image.has_transparency_data else "L"
        image = with_orientation(image, image.convert(mode))
    if max(image.size) > 2 * LONGEST:
        image = image.reduce(max(image.size) // LONGEST)
    pixels = np.asarray(image, float)
    if image.mode != "RGBA":
        return pixels
    opacity = pixels[..., 3] / 255
    on_black = pixels[..., :3] @ GREY * opacity
    on_white = on_black + 255 * (1 - opacity)
    return on_white if np.ptp(on_white) > 10 else on_black  # white ink needs a dark paper


def with_orientation(image: Image.Image, grey: Image.Image) -> Image.Image:
    """`grey` turned as the camera noted it in `image` (EXIF), if it did so readably."""
    with contextlib.suppress(Exception):
        grey.getexif()[0x0112] = image.getexif().get(0x0112, 1)
        return ImageOps.exif_transpose(grey)
    return grey


# From grey pixels to what the model expects.


def shares(new: int, old: int) -> np.ndarray:
    """The share of each old pixel of a row in each new one, (new, old); its rows add up to 1."""
    edges, pixels = np.linspace(0, old, new + 1), np.arange(old)
    left = np.maximum(edges[:-1, None], pixels)
    right = np.minimum(edges[1:, None], pixels + 1)
    return np.maximum(right - left, 0) * new / old


def scale_to(picture: np.ndarray, longest: int) -> np.ndarray:
    """The picture with this longer side: each new pixel is the mean of those that it covers."""
    factor = longest / max(picture.shape)
    height, width = (max(1, round(side * factor)) for side in picture.shape)
    rows, columns = picture.shape
    return shares(height, rows) @ picture @ shares(width, columns).T


def paper_of(grey: np.ndarray) -> np.ndarray:
    """The brightness of the paper alone, with light and shade: the same shape as `grey`.

    A surface of second degree, fitted to all pixels. Those that are far off count less in the next
    round (iteratively reweighted least squares), so that the ink does not bend it.
    """

    def terms(height: int, width: int) -> np.ndarray:
        y, x = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)
        parts = np.broadcast_arrays(1.0, x, y, x * x, x * y, y * y)
        return np.stack(parts, axis=-1)

    if max(grey.shape) < SMALL:
        return np.full(grey.shape, np.median(grey))
    small = scale_to(grey, 32)
    places, light = terms(*small.shape).reshape(-1, 6), small.ravel()
    weights = np.ones(len(light))
    for _ in range(10):
        weighted = places.T * weights
        surface = np.linalg.lstsq(weighted @ places, weighted @ light, rcond=None)[0]
        weights = 1 / (np.abs(places @ surface - light) + 1)
    return terms(*grey.shape) @ surface


def ink_of(grey: np.ndarray) -> np.ndarray:
    """How much ink each pixel has: 0 for the paper, but for its noise, and more for a stroke.

    The few pixels that differ much are the ink, darker or lighter: the cube lets them decide.
    """
    ink = paper_of(grey) - grey
    return ink if (ink**3).sum() >= 0 else -ink


def soften(ink: np.ndarray) -> np.ndarray:
    """Each pixel as the mean of the 3x3 around it."""
    height, width = ink.shape
    wide = np.pad(ink, 1, mode="edge")
    return sum(wide[i : i + height, j : j + width] for i in range(3) for j in range(3)) / 9


def crop(ink: np.ndarray) -> np.ndarray:
    """The part with the digit, from 0 (paper) to 1 (full ink); PictureError if there is none."""
    soft, noise = ink, 0.0
    if max(ink.shape) >= SMALL:
        soft = soften(ink)
        noise = 1.5 * np.median(np.abs(soft))  # its standard deviation, were it normal
    full = np.sort(soft, axis=None)[-max(1, soft.size // 1000) :].mean()
    if full < max(10, 6 * noise):
        raise PictureError("has no digit on it: nothing stands out from the paper in even light")
    found = soft > max(0.35 * full, 5 * noise)
    rows, columns = np.flatnonzero(found.any(axis=1)), np.flatnonzero(found.any(axis=0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.clip((ink / full - 0.15) / 0.7, 0, 1)


def centre(digit: np.ndarray) -> np.ndarray:
    """The digit, (20, 20) at most, in 28x28 pixels, with its centre of mass on pixel 14, 14.

    Moved by whole pixels, as MNIST's are: none of its centres is more than half a pixel off.
    """
    picture, corner = np.zeros((SIDE, SIDE)), []
    for axis in (0, 1):
        ink = digit.sum(axis=1 - axis)
        mass = (ink * np.arange(len(ink))).sum() / ink.sum()
        corner.append(int(np.clip(round(CENTRE - mass), 0, SIDE - len(ink))))
    (top, left), (height, width) = corner, digit.shape
    picture[top : top + height, left : left + width] = digit
    return picture


def prepare(grey: np.ndarray) -> np.ndarray:
    """Make a picture like MNIST's.

    Args:
        grey: (height, width) of any size, 0..255, one digit of any size, dark on light or light
            on dark.

    Returns:
        uint8 (28, 28), light on black.

    Raises:
        PictureError: nothing stands out from the paper.
    """
    if max(grey.shape) > LONGEST:
        grey = scale_to(grey, LONGEST)
    digit = scale_to(crop(ink_of(grey)), BOX)
    return np.round(centre(digit / digit.max()) * 255).astype(np.uint8)


def take(name: str, raw: bool) -> np.ndarray:
    """The picture of a file as the model expects it, uint8 (28, 28); raises PictureError."""
    grey = read_picture(contents(name))
    if not raw:
        return prepare(grey)
    if grey.shape != (SIDE, SIDE):
        height, width = grey.shape
        raise PictureError(f"is {width}x{height}, and --raw takes 28x28: leave --raw out")
    return np.round(grey).astype(np.uint8)


# From that to an answer.


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Hide what TensorFlow and LiteRT print to stderr, whatever their log level."""
    sys.stderr.flush()
    stderr, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(null)


def said(error: Exception) -> str:
    """The first line of what an error says, as the end of a sentence."""
    text = (str(error).strip() or type(error).__name__).splitlines()[0].strip()
    return text[:300].rstrip(" .:") + "."


def open_model(path: Path) -> Reader:
    """A function from pictures, uint8 (n, 28, 28), to probabilities, float (n, 10).

    Raises ModelError if the file is no model, or one for something else.
    """
    kinds = {".tflite": open_tflite, ".keras": open_keras}
    if path.suffix not in kinds:
        raise ModelError(f"{path} is neither a .keras nor a .tflite file: let --model name one.")
    if path.exists() and not path.is_file():
        raise ModelError(f"{path} is not a file: let --model name one.")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}.") from None
    answer = kinds[path.suffix](path, content)
    # Answers to three pictures tell probabilities from logits.
    black = np.zeros((SIDE, SIDE), np.uint8)
    samples = answer(np.stack([black, black + 255, np.eye(SIDE, dtype=np.uint8) * 255]))
    if not np.isfinite(samples).all():
        raise ModelError(f"{path} answers numbers that are not finite: train the model again.")
    # Probabilities of int8 are rounded to 1/256 each.
    if (samples >= 0).all() and np.allclose(samples.sum(axis=1), 1, atol=0.05):
        return answer
    return lambda pictures: softmax(answer(pictures))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities from logits, (n, 10) both."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def wrong_model(path: Path, takes: tuple, answers: tuple) -> ModelError:
    """The error for a model that is for something else."""
    return ModelError(
        f"{path} takes {takes} and answers {answers}: a model from 28x28 pixels to ten digits "
        "is needed."
    )


def open_tflite(path: Path, content: bytes) -> Reader:
    """What a .tflite file answers, one picture at a time; raises ModelError."""
    from ai_edge_litert.interpreter import Interpreter
    from check_tflite import check

    # Damaged bytes could crash LiteRT, and this program with it.
    for finding in check(content):
        if finding.rule in ("empty", "not-tflite", "damaged"):
            text = finding.text[0].lower() + finding.text[1:]
            raise ModelError(f"{path} is not a model that can be used: {text}")

    def run(picture: np.ndarray) -> np.ndarray:
        interpreter.set_tensor(takes["index"], picture.reshape(takes["shape"]))
        interpreter.invoke()
        return interpreter.get_tensor(gives["index"])[0]

    try:
        with quiet():
            interpreter = Interpreter(model_content=content)
            interpreter.allocate_tensors()
        takes, gives = interpreter.get_input_details(), interpreter.get_output_details()
        shapes = [tuple(map(int, details["shape"])) for details in (takes[0], gives[0])]
        fits = shapes[0] in ((1, SIDE, SIDE), (1, SIDE, SIDE, 1)) and shapes[1] == (1, 10)
        if not fits or len(takes) + len(gives) != 2:
            raise wrong_model(path, *shapes)
        (takes,), (gives,) = takes, gives
        if takes["dtype"] not in (np.int8, np.uint8, np.float32):
            raise ModelError(f"{path} takes {takes['dtype'].__name__}, not int8, uint8 or float32.")
        with quiet():
            run(np.zeros((SIDE, SIDE), takes["dtype"]))
    except (RuntimeError, ValueError) as error:
        raise ModelError(f"{path} cannot be run by LiteRT: {said(error)}") from None

    def answer(pictures: np.ndarray) -> np.ndarray:
        (scale, zero), (scale_out, zero_out) = takes["quantization"], gives["quantization"]
        pixels = pictures.astype(np.float32)
        if scale:
            limits = np.iinfo(takes["dtype"])
            pixels = np.clip(np.round(pixels / scale) + zero, limits.min, limits.max)
        answers = [run(picture) for picture in pixels.astype(takes["dtype"])]
        answers = np.array(answers, float).reshape(-1, 10)
        return (answers - zero_out) * scale_out if scale_out else answers

    return answer


def open_keras(path: Path, content: bytes) -> Reader:
    """What a .keras file answers; raises ModelError."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise ModelError(
            f"{path} is no .keras file, or not a whole one: let --model name what "
            'model.save("name.keras") wrote.'
        )
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with quiet():
            import keras

            model = keras.saving.load_model(path, compile=False)
    except Exception as error:  # a foreign file raises whatever its content provokes
        raise ModelError(f"{path} cannot be loaded by Keras: {said(error)}") from None
    shapes = getattr(model, "input_shape", None), getattr(model, "output_shape", None)
    fits = shapes[0] in ((None, SIDE, SIDE), (None, SIDE, SIDE, 1)) and shapes[1] == (None, 10)
    if not fits:
        raise wrong_model(path, *shapes)

    def answer(pictures: np.ndarray) -> np.ndarray:
        pixels = pictures.astype(np.float32).reshape(-1, *model.input_shape[1:])
        parts = [model(pixels[i : i + 256], training=False) for i in range(0, len(pixels), 256)]
        return np.concatenate([keras.ops.convert_to_numpy(part) for part in parts])

    return answer


# The answers for the user.


def printable(name: str) -> str:
    """A file's name on one line, without what a terminal would act on."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)


def as_text(picture: np.ndarray) -> str:
    """A picture, uint8 (28, 28), in letters, without its empty margin above and below."""
    inked = np.flatnonzero(picture.any(axis=1))
    picture = picture[inked[0] : inked[-1] + 1] if inked.size else picture[:1]
    return "\n".join(
        "".join(" .:oO@"[pixel // 43] * 2 for pixel in row).rstrip() for row in picture
    )


def show(name: str, row: np.ndarray, picture: np.ndarray | None) -> None:
    """Print a line of the table, and the picture if there is one."""
    first, second = row.argsort()[::-1][:2]
    print(f"{first:5}{row[first]:13.1%}   {second} {row[second]:6.1%}   {printable(name)}")
    if picture is not None:
        print(as_text(picture))


def main(argv: list[str] | None = None) -> int:
    """Run the program; returns its exit code."""
    options = parse(argv)
    results, pictures = [], []
    try:
        answer = open_model(options.model)
        for name in options.pictures:
            try:
                pictures.append(take(name, options.raw))
                results.append({"file": name})
            except PictureError as error:
                text = f"{printable('standard input' if name == '-' else name)} {error}."
                print(f"predict.py: {text}", file=sys.stderr)
                results.append({"file": name, "error": text})
        rows = answer(np.stack(pictures)) if pictures else np.zeros((0, 10))
    except ModelError as error:
        print(f"predict.py: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    read = [result for result in results if "error" not in result]
    for result, row in zip(read, rows, strict=True):
        result |= {"digit": int(row.argmax()), "probabilities": row.tolist()}
    if options.json:
        print(json.dumps(results, indent=2))
    elif read:
        print("digit  probability   second     picture")
        for result, row, picture in zip(read, rows, pictures, strict=True):
            show(result["file"], row, picture if options.show else None)
    return int(len(read) < len(results))


if __name__ == "__main__":
    sys.exit(main())
