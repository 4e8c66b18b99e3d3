# %% active="py"
"""Read the digit in each picture file: photos, scans and drawings.

    python examples/predict.py three.png photos/*.jpg
    python examples/predict.py --model runs/train/cnn.keras three.png
    python examples/predict.py --json three.png > answers.json

Each picture shows one digit, dark on light or the reverse, with some
paper around it. It is made like MNIST's pictures first: grey, the paper
taken away, cropped, shrunk to a box of 20x20 pixels, its centre of mass
laid on pixel 14, 14 of 28x28. --show prints what came out, which is
what the model sees; --raw leaves all of this out, for pictures of MNIST
itself.

The model is the int8 one in examples/models unless --model names a
.keras or .tflite file that takes pixels 0..255, (28, 28) or
(28, 28, 1), and answers ten logits or probabilities. TensorFlow is
imported for a .keras file alone.

The model knows nothing but digits, and is often sure of one when it is
shown something else.

Exit codes: 0 all pictures read, 1 some could not be read (the others
are answered), 2 a wrong option, or the model cannot be used, 130
Ctrl-C.
"""

# %% [markdown] lang="en"
# # Read your own pictures { #predict }
#
# `predict.py` reads the digit in each picture file that you name: photos,
# scans and drawings. The page [Your own digits](../own-digits.md) explains
# each step of the preparation. Here you see them as a program, with what a
# program needs beyond them: files of any kind and size, models of any
# kind, and a sentence about each file that cannot be read.
#
# It needs no training. The repository has a trained model of 110 kB, and
# LiteRT runs it without TensorFlow.

# %% [markdown] lang="ko"
# # 내가 찍은 사진 읽기 { #predict }
#
# `predict.py`는 사진이든 스캔한 것이든 그림이든, 파일 이름을 주면 거기에 쓴 숫자를 읽습니다. 준비 과정은
# [내가 쓴 숫자](../own-digits.md)에서 한 단계씩 설명합니다. 여기서는 그것을 프로그램으로 보고, 프로그램에 더 필요한 것도
# 봅니다. 어떤 종류, 어떤 크기의 파일이든 다루고, 어떤 모델이든 불러오고, 읽지 못하는 파일은 까닭을 한 문장으로
# 알려 줍니다.
#
# 훈련은 하지 않아도 됩니다. 저장소에 훈련을 마친 110kB짜리 모델이 있고, LiteRT가 TensorFlow 없이 실행합니다.

# %%
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

# Of MNIST's pictures: the side, the digit's longer side, its centre.
SIDE, BOX, CENTRE = 28, 20, 14
LONGEST = 400  # pixels of a picture's longer side to work with
# A picture with a shorter one is a drawing: its paper is even, and has
# no noise.
SMALL = 64
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "PPM", "TIFF", "WEBP")
BYTES, PIXELS = 100_000_000, 70_000_000  # no picture may have more
# Of red, green and blue: ITU-R BT.601, as Pillow's "L".
GREY = np.array([0.299, 0.587, 0.114])
# Beside this program; a notebook stands beside the folder examples.
HERE = Path(globals().get("__file__", "examples/predict.py")).parent
MODEL = HERE / "models" / "mnist_int8.tflite"

Reader = Callable[[np.ndarray], np.ndarray]

# %% [markdown] lang="en"
# ## The options { #options }
#
# Two kinds of errors are told apart. A `PictureError` is about one
# picture; the others are still read. A `ModelError` ends the program,
# because nothing can be read without a model.

# %% [markdown] lang="ko"
# ## 옵션 { #options }
#
# 오류는 두 가지로 나눕니다. `PictureError`는 사진 한 장의 문제이므로 나머지는 계속 읽습니다. `ModelError`가 나면
# 프로그램을 끝냅니다. 모델이 없으면 아무것도 읽을 수 없기 때문입니다.


# %%
class PictureError(Exception):
    """A picture cannot be read.

    The message is the end of a sentence that begins with its name.
    """


class ModelError(Exception):
    """The model cannot be used; the message is one sentence."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence, without the usage."""

    def error(self, message: str):
        self.exit(2, f"{self.prog}: {message}\n")


def parse(argv: list[str] | None) -> argparse.Namespace:
    """Read the options; a wrong one ends the program with code 2."""
    parser = Parser(
        "predict.py",
        description="Read the digit in each picture file: photos, "
        "scans and drawings, dark on light or the reverse.",
        allow_abbrev=False,
    )
    option = parser.add_argument
    option(
        "pictures",
        nargs="+",
        metavar="PICTURE",
        help="a picture file; - is standard input",
    )
    option(
        "--model",
        type=Path,
        default=MODEL,
        help=f"a .keras or .tflite file ({MODEL.name})",
    )
    option(
        "--raw",
        action="store_true",
        help="the pictures are 28x28, light on dark: take them as is",
    )
    option(
        "--show",
        action="store_true",
        help="print each picture as the model sees it",
    )
    option(
        "--json",
        action="store_true",
        help="print a list with an object for each picture",
    )
    # Options may stand between pictures.
    return parser.parse_intermixed_args(argv)


# %% [markdown] lang="en"
# ## From a file to grey pixels { #files }
#
# A file may be anything: a folder, an empty file, a text, a photo cut
# short, a small file that unpacks to gigabytes. Each of these has a
# sentence of its own. Formats are taken from a list, and a picture that
# promises too many pixels is refused before it is unpacked.

# %% [markdown] lang="ko"
# ## 파일에서 흑백 픽셀까지 { #files }
#
# 파일은 무엇이든 될 수 있습니다. 폴더일 수도 있고, 빈 파일이나 텍스트일 수도 있고, 중간에서 끊긴 사진이나 풀면 몇 기가바이트가
# 되는 작은 파일일 수도 있습니다. 저마다 알려 주는 문장이 따로 있습니다. 목록에 있는 형식만 받고, 픽셀이 너무 많다고 적힌
# 이미지는 풀기 전에 거절합니다.


# %%
def contents(name: str) -> bytes:
    """The bytes of a file, or of standard input.

    Raises PictureError.
    """
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
    # ValueError: a name with a zero byte.
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise PictureError(f"cannot be read: {reason}") from None
    if not content:
        raise PictureError("is empty: there is no picture in it")
    if len(content) > BYTES:
        most = f"{BYTES // 10**6} MB"
        raise PictureError(
            f"has more than {most}: save the picture smaller"
        )
    return content


def read_picture(content: bytes) -> np.ndarray:
    """The grey pixels of a picture file, upright.

    Returns float (height, width), 0 black to 255 white. A large picture
    is reduced on the way. Raises PictureError, and nothing else,
    whatever the bytes are.
    """
    try:
        with warnings.catch_warnings():
            # Such as a damaged date in a photo.
            warnings.simplefilter("ignore")
            return open_picture(content)
    except PictureError:
        raise
    except UnidentifiedImageError:
        kinds = ", ".join(FORMATS)
        text = f"is no picture that can be read ({kinds}): "
        text += "save it as PNG or JPEG"
    except Image.DecompressionBombError:
        text = "promises far too many pixels: save the picture smaller"
    # A damaged file raises whatever its content provokes.
    except Exception:
        text = "is damaged or cut short: copy or save the picture again"
    raise PictureError(text) from None


def open_picture(content: bytes) -> np.ndarray:
    """The same; raises whatever Pillow raises."""
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        width, height = image.size
        if width * height > PIXELS:
            raise PictureError(
                f"has {width}x{height} pixels: save the picture smaller"
            )
        # A JPEG need not be decoded whole.
        image.draft("L", (2 * LONGEST, 2 * LONGEST))
        image.load()
        return to_grey(image)


# %% [markdown] lang="en"
# Pixels come in many kinds: 16 bits, real numbers, a palette, a
# transparent background. Transparent paper is taken for white, unless
# the ink would not be seen on it: then it is black. And a phone held
# sideways notes in the file which side is up (*EXIF*), so the picture is
# turned.

# %% [markdown] lang="ko"
# 픽셀에도 여러 종류가 있습니다. 16비트, 실수, 팔레트, 투명한 배경이 모두 있습니다. 투명한 종이는 흰색으로 보고, 그러면
# 잉크가 보이지 않을 때만 검은색으로 봅니다. 휴대폰을 옆으로 들고 찍으면 어느 쪽이 위인지 파일에 적히므로(*EXIF*), 그에 맞게
# 이미지를 돌립니다.


# %%
def to_grey(image: Image.Image) -> np.ndarray:
    """The pixels of an opened picture; see `read_picture`."""
    if image.mode.startswith("I;16"):
        # 16 bits a pixel: the upper eight are enough.
        image = turned_as(image, np.asarray(image) >> 8)
    elif image.mode in ("I", "F"):
        # Numbers of any size: from the least to the largest.
        values = np.asarray(image, np.float32)
        if not np.isfinite(values).all():
            raise PictureError(
                "has pixels that are no finite numbers: save it as PNG"
            )
        values = values - values.min()
        values *= 255 / max(np.ptp(values), 1e-6)
        image = turned_as(image, values)
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
    # White ink needs a dark paper.
    return on_white if np.ptp(on_white) > 10 else on_black


def turned_as(image: Image.Image, values: np.ndarray) -> Image.Image:
    """These pixels, 0 to 255, turned as noted in `image`."""
    return with_orientation(
        image, Image.fromarray(values.astype(np.uint8))
    )


def with_orientation(
    image: Image.Image, grey: Image.Image
) -> Image.Image:
    """`grey` turned as the camera noted it in `image`.

    That is in its EXIF data, if these can be read.
    """
    with contextlib.suppress(Exception):
        grey.getexif()[0x0112] = image.getexif().get(0x0112, 1)
        return ImageOps.exif_transpose(grey)
    return grey


# %% [markdown] lang="en"
# ## Shrink without breaking strokes { #shrink }
#
# Each new pixel is the mean of all old ones that it covers: see
# [Fit it into 20×20](../own-digits.md#box).

# %% [markdown] lang="ko"
# ## 획이 끊어지지 않게 줄이기 { #shrink }
#
# 새 픽셀은 그 자리에 있던 옛 픽셀 모두의 평균입니다. [20×20 상자에 넣기](../own-digits.md#box)를 보세요.


# %%
def shares(new: int, old: int) -> np.ndarray:
    """The share of each old pixel of a row in each new one.

    Returns (new, old), whose rows add up to 1.
    """
    edges, pixels = np.linspace(0, old, new + 1), np.arange(old)
    left = np.maximum(edges[:-1, None], pixels)
    right = np.minimum(edges[1:, None], pixels + 1)
    return np.maximum(right - left, 0) * new / old


def scale_to(picture: np.ndarray, longest: int) -> np.ndarray:
    """The picture with this longer side.

    Each new pixel is the mean of those that it covers.
    """
    factor = longest / max(picture.shape)
    height, width = (
        max(1, round(side * factor)) for side in picture.shape
    )
    rows, columns = picture.shape
    return shares(height, rows) @ picture @ shares(width, columns).T


# %% [markdown] lang="en"
# ## Take the paper away { #paper }
#
# The brightness of the paper is a smooth surface that is fitted to the
# pixels, as in [Step 2](../own-digits.md#paper). What differs from it is
# the ink, whether darker or lighter. Only a small copy of the picture is
# fitted, which is quick and just as good.

# %% [markdown] lang="ko"
# ## 종이 빼기 { #paper }
#
# [2단계](../own-digits.md#paper)에서처럼 종이의 밝기를 픽셀에 맞춘 매끄러운 곡면으로 나타냅니다. 더 어둡든 더 밝든 거기에서
# 벗어난 것이 잉크입니다. 곡면은 작게 줄인 이미지에 맞춥니다. 빠르고 결과도 나쁘지 않습니다.


# %%
def paper_of(grey: np.ndarray) -> np.ndarray:
    """The brightness of the paper alone, in the shape of `grey`.

    A surface of second degree, fitted to all pixels. Those that are far
    off count less in the next round (iteratively reweighted least
    squares), so that the ink does not bend it.
    """

    def terms(height: int, width: int) -> np.ndarray:
        y = np.linspace(-1, 1, height)[:, None]
        x = np.linspace(-1, 1, width)
        parts = np.broadcast_arrays(1.0, x, y, x * x, x * y, y * y)
        return np.stack(parts, axis=-1)

    if max(grey.shape) < SMALL:
        return np.full(grey.shape, np.median(grey))
    small = scale_to(grey, 32)
    places, light = terms(*small.shape).reshape(-1, 6), small.ravel()
    weights = np.ones(len(light))
    for _ in range(10):
        weighted = places.T * weights
        surface = np.linalg.lstsq(
            weighted @ places, weighted @ light, rcond=None
        )[0]
        weights = 1 / (np.abs(places @ surface - light) + 1)
    return terms(*grey.shape) @ surface


def ink_of(grey: np.ndarray) -> np.ndarray:
    """How much ink each pixel has.

    0 for the paper, but for its noise, and more for a stroke. The few
    pixels that differ much are the ink, darker or lighter: the cube
    lets them decide.
    """
    ink = paper_of(grey) - grey
    return ink if (ink**3).sum() >= 0 else -ink


# %% [markdown] lang="en"
# ## Crop and centre { #crop }
#
# `crop` finds the digit, or says that nothing stands out from the paper.
# `centre` lays its centre of mass on pixel 14, 14. These are steps
# [3](../own-digits.md#crop) and [5](../own-digits.md#centre).

# %% [markdown] lang="ko"
# ## 잘라 내고 가운데에 놓기 { #crop }
#
# `crop`은 숫자를 찾거나, 종이에서 눈에 띄는 것이 없다고 알려 줍니다. `centre`는 무게 중심을 픽셀 (14, 14)에 놓습니다.
# [3단계](../own-digits.md#crop)와 [5단계](../own-digits.md#centre)입니다.


# %%
def soften(ink: np.ndarray) -> np.ndarray:
    """Each pixel as the mean of the 3x3 around it."""
    height, width = ink.shape
    wide = np.pad(ink, 1, mode="edge")
    shifted = (
        wide[i : i + height, j : j + width]
        for i in range(3)
        for j in range(3)
    )
    return sum(shifted) / 9


def crop(ink: np.ndarray) -> np.ndarray:
    """The part with the digit, from 0 (paper) to 1 (full ink).

    Raises PictureError if there is none.
    """
    soft, noise = ink, 0.0
    if max(ink.shape) >= SMALL:
        soft = soften(ink)
        # Its standard deviation, were it normal.
        noise = 1.5 * np.median(np.abs(soft))
    most = max(1, soft.size // 1000)
    full = np.sort(soft, axis=None)[-most:].mean()
    if full < max(10, 6 * noise):
        raise PictureError(
            "has no digit on it: nothing stands out from the paper "
            "in even light"
        )
    found = soft > max(0.35 * full, 5 * noise)
    rows = np.flatnonzero(found.any(axis=1))
    columns = np.flatnonzero(found.any(axis=0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.clip((ink / full - 0.15) / 0.7, 0, 1)


def centre(digit: np.ndarray) -> np.ndarray:
    """The digit, (20, 20) at most, in 28x28 pixels.

    Its centre of mass lies on pixel 14, 14. Moved by whole pixels, as
    MNIST's are: none of its centres is more than half a pixel off.
    """
    picture, corner = np.zeros((SIDE, SIDE)), []
    for axis in (0, 1):
        ink = digit.sum(axis=1 - axis)
        mass = (ink * np.arange(len(ink))).sum() / ink.sum()
        place = np.clip(round(CENTRE - mass), 0, SIDE - len(ink))
        corner.append(int(place))
    (top, left), (height, width) = corner, digit.shape
    picture[top : top + height, left : left + width] = digit
    return picture


def prepare(grey: np.ndarray) -> np.ndarray:
    """Make a picture like MNIST's.

    Args:
        grey: (height, width) of any size, 0..255, one digit of any
            size, dark on light or light on dark.

    Returns:
        uint8 (28, 28), light on black.

    Raises:
        PictureError: nothing stands out from the paper.
    """
    if max(grey.shape) > LONGEST:
        grey = scale_to(grey, LONGEST)
    digit = scale_to(crop(ink_of(grey)), BOX)
    picture = centre(digit / digit.max())
    return np.round(picture * 255).astype(np.uint8)


def take(name: str, raw: bool) -> np.ndarray:
    """The picture of a file as the model expects it.

    Returns uint8 (28, 28); raises PictureError.
    """
    grey = read_picture(contents(name))
    if not raw:
        return prepare(grey)
    if grey.shape != (SIDE, SIDE):
        height, width = grey.shape
        raise PictureError(
            f"is {width}x{height}, and --raw takes 28x28: "
            "leave --raw out"
        )
    return np.round(grey).astype(np.uint8)


# %% [markdown] lang="en"
# ## From pixels to an answer { #answer }
#
# `open_model` turns a file into a function from pictures to probabilities.
# Some models answer logits and others probabilities; the answers to three
# test pictures tell which it is.

# %% [markdown] lang="ko"
# ## 픽셀에서 답까지 { #answer }
#
# `open_model`은 파일을 함수로 바꿉니다. 이미지를 넣으면 확률을 내놓는 함수입니다. 로짓으로 답하는 모델도 있고 확률로 답하는
# 모델도 있습니다. 시험용 이미지 세 장에 답하게 해 보면 어느 쪽인지 알 수 있습니다.


# %%
@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Hide what is printed to stderr, by C++ code too."""
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
    """The first line of an error's text, as the end of a sentence."""
    text = str(error).strip() or type(error).__name__
    line = text.splitlines()[0].strip()
    return line[:300].rstrip(" .:") + "."


def open_model(path: Path) -> Reader:
    """A function from pictures to probabilities.

    Pictures: uint8 (n, 28, 28). Probabilities: float (n, 10). Raises
    ModelError if the file is no model, or one for something else.
    """
    kinds = {".tflite": open_tflite, ".keras": open_keras}
    if path.suffix not in kinds:
        raise ModelError(
            f"{path} is neither a .keras nor a .tflite file: "
            "let --model name one."
        )
    if path.exists() and not path.is_file():
        raise ModelError(f"{path} is not a file: let --model name one.")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"{path} cannot be read: {error.strerror}."
        ) from None
    answer = kinds[path.suffix](path, content)
    # Answers to three pictures tell probabilities from logits.
    black = np.zeros((SIDE, SIDE), np.uint8)
    line = np.eye(SIDE, dtype=np.uint8) * 255
    samples = answer(np.stack([black, black + 255, line]))
    if not np.isfinite(samples).all():
        raise ModelError(
            f"{path} answers numbers that are not finite: "
            "train the model again."
        )
    # Probabilities of int8 are rounded to 1/256 each.
    add_up = np.allclose(samples.sum(axis=1), 1, atol=0.05)
    if (samples >= 0).all() and add_up:
        return answer
    return lambda pictures: softmax(answer(pictures))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities from logits, (n, 10) both."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def wrong_model(path: Path, takes: tuple, answers: tuple) -> ModelError:
    """The error for a model that is for something else."""
    return ModelError(
        f"{path} takes {takes} and answers {answers}: a model from "
        "28x28 pixels to ten digits is needed."
    )


# %% [markdown] lang="en"
# A `.tflite` file is run by LiteRT. Before that the reader of
# [check_tflite.py](check_tflite.py) looks at it, because damaged bytes
# could crash LiteRT and the program with it. An int8 model takes whole
# numbers: the scale and the zero point in the file say which.

# %% [markdown] lang="ko"
# `.tflite` 파일은 LiteRT가 실행합니다. 그 전에 [check_tflite.py](check_tflite.py)가 파일을 읽어 봅니다. 망가진 파일은
# LiteRT와 함께 프로그램까지 죽일 수 있기 때문입니다. int8 모델은 정수를 받으며, 어떤 정수를 넣을지는 파일에 있는 스케일과
# 영점으로 정합니다.


# %%
def open_tflite(path: Path, content: bytes) -> Reader:
    """What a .tflite file answers; raises ModelError.

    It takes one picture at a time.
    """
    from ai_edge_litert.interpreter import Interpreter

    from check_tflite import check

    # Damaged bytes could crash LiteRT, and this program with it.
    for finding in check(content):
        if finding.rule in ("empty", "not-tflite", "damaged"):
            text = finding.text[0].lower() + finding.text[1:]
            raise ModelError(
                f"{path} is not a model that can be used: {text}"
            )

    def run(picture: np.ndarray) -> np.ndarray:
        picture = picture.reshape(takes["shape"])
        interpreter.set_tensor(takes["index"], picture)
        interpreter.invoke()
        return interpreter.get_tensor(gives["index"])[0]

    try:
        with quiet():
            interpreter = Interpreter(model_content=content)
            interpreter.allocate_tensors()
        takes = interpreter.get_input_details()
        gives = interpreter.get_output_details()
        shapes = [
            tuple(map(int, details["shape"]))
            for details in (takes[0], gives[0])
        ]
        pictures = ((1, SIDE, SIDE), (1, SIDE, SIDE, 1))
        fits = shapes[0] in pictures and shapes[1] == (1, 10)
        if not fits or len(takes) + len(gives) != 2:
            raise wrong_model(path, *shapes)
        (takes,), (gives,) = takes, gives
        kind = takes["dtype"]
        if kind not in (np.int8, np.uint8, np.float32):
            raise ModelError(
                f"{path} takes {kind.__name__}, "
                "not int8, uint8 or float32."
            )
        with quiet():
            run(np.zeros((SIDE, SIDE), kind))
    except (RuntimeError, ValueError) as error:
        raise ModelError(
            f"{path} cannot be run by LiteRT: {said(error)}"
        ) from None

    def answer(pictures: np.ndarray) -> np.ndarray:
        pixels = pictures.astype(np.float32)
        scale, zero = takes["quantization"]
        if scale:
            least, most = np.iinfo(kind).min, np.iinfo(kind).max
            pixels = np.round(pixels / scale) + zero
            pixels = np.clip(pixels, least, most)
        answers = [run(picture) for picture in pixels.astype(kind)]
        answers = np.array(answers, float).reshape(-1, 10)
        scale, zero = gives["quantization"]
        return (answers - zero) * scale if scale else answers

    return answer


# %% [markdown] lang="en"
# A `.keras` file needs Keras, which is imported here, where it is needed.

# %% [markdown] lang="ko"
# `.keras` 파일에는 Keras가 필요합니다. 그래서 Keras는 필요한 이 자리에서야 불러옵니다.


# %%
def open_keras(path: Path, content: bytes) -> Reader:
    """What a .keras file answers; raises ModelError."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise ModelError(
            f"{path} is no .keras file, or not a whole one: "
            'let --model name what model.save("name.keras") wrote.'
        )
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with quiet():
            import keras

            model = keras.saving.load_model(path, compile=False)
    # A foreign file raises whatever its content provokes.
    except Exception as error:
        raise ModelError(
            f"{path} cannot be loaded by Keras: {said(error)}"
        ) from None
    takes = getattr(model, "input_shape", None)
    answers = getattr(model, "output_shape", None)
    fits = takes in ((None, SIDE, SIDE), (None, SIDE, SIDE, 1))
    if not fits or answers != (None, 10):
        raise wrong_model(path, takes, answers)

    def answer(pictures: np.ndarray) -> np.ndarray:
        pixels = pictures.astype(np.float32)
        pixels = pixels.reshape(-1, *model.input_shape[1:])
        parts = [
            model(pixels[start : start + 256], training=False)
            for start in range(0, len(pixels), 256)
        ]
        return np.concatenate(
            [keras.ops.convert_to_numpy(part) for part in parts]
        )

    return answer


# %% [markdown] lang="en"
# ## The answers { #answers }
#
# A line of the table has the digit, its probability and the second best.
# `--show` draws each picture with letters, so that it can be seen in any
# terminal. `printable` keeps a file's name from doing something to the
# terminal.

# %% [markdown] lang="ko"
# ## 답 보여 주기 { #answers }
#
# 표의 한 줄에는 숫자와 그 확률, 둘째로 확률이 큰 숫자가 있습니다. `--show`는 어느 터미널에서나 볼 수 있도록 이미지를 문자로
# 그립니다. `printable`은 파일 이름에 든 문자가 터미널을 건드리지 못하게 합니다.


# %%
def printable(name: str) -> str:
    """A file's name on one line, without what a terminal acts on."""
    return "".join(
        letter if letter.isprintable() else "?" for letter in name
    )


def as_text(picture: np.ndarray) -> str:
    """A picture, uint8 (28, 28), in letters.

    Its empty margin above and below is left out.
    """
    inked = np.flatnonzero(picture.any(axis=1))
    if inked.size:
        picture = picture[inked[0] : inked[-1] + 1]
    else:
        picture = picture[:1]
    return "\n".join(
        "".join(" .:oO@"[pixel // 43] * 2 for pixel in row).rstrip()
        for row in picture
    )


def show(
    name: str, row: np.ndarray, picture: np.ndarray | None
) -> None:
    """Print a line of the table, and the picture if there is one."""
    first, second = row.argsort()[::-1][:2]
    print(
        f"{first:5}{row[first]:13.1%}   {second} {row[second]:6.1%}"
        f"   {printable(name)}"
    )
    if picture is not None:
        print(as_text(picture))


# %% [markdown] lang="en"
# ## The program { #program }
#
# All pictures are taken first, and then asked about in one go. Sentences
# about files go to standard error, so that `> answers.json` writes answers
# alone.

# %% [markdown] lang="ko"
# ## 프로그램 { #program }
#
# 먼저 사진을 모두 읽은 다음 한꺼번에 물어봅니다. 파일에 관한 문장은 표준 오류(standard error)로 내보냅니다. 그래서
# `> answers.json`이라고 하면 파일에는 답만 들어갑니다.


# %%
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
                shown = "standard input" if name == "-" else name
                text = f"{printable(shown)} {error}."
                print(f"predict.py: {text}", file=sys.stderr)
                results.append({"file": name, "error": text})
        rows = np.zeros((0, 10))
        if pictures:
            rows = answer(np.stack(pictures))
    except ModelError as error:
        print(f"predict.py: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    read = [result for result in results if "error" not in result]
    for result, row in zip(read, rows, strict=True):
        result["digit"] = int(row.argmax())
        result["probabilities"] = row.tolist()
    if options.json:
        print(json.dumps(results, indent=2))
    elif read:
        print("digit  probability   second     picture")
        for result, row, picture in zip(
            read, rows, pictures, strict=True
        ):
            seen = picture if options.show else None
            show(result["file"], row, seen)
    return int(len(read) < len(results))


# %% [markdown] lang="en"
# ## Run it { #run }
#
# Three digits to read: a 2 in black on white, a 3 in chalk on a
# blackboard, and a 7 with a blue pen on yellowish paper that gets darker
# to the right. Each is a line that a pen follows, drawn with Pillow.

# %% [markdown] lang="ko"
# ## 실행하기 { #run }
#
# 읽을 숫자 세 개를 그립니다. 흰 종이에 검게 쓴 2, 칠판에 분필로 쓴 3, 오른쪽으로 갈수록 어두워지는 노르스름한 종이에 파란
# 펜으로 쓴 7입니다. 펜이 지나가는 선을 Pillow로 그립니다.

# %% active="ipynb" caption_en="The three pictures, as they are in the files." caption_ko="파일에 든 이미지 세 장입니다." alt_en="Three pictures with one digit each: a black 2 on white, a light 3 on dark green, and a blue 7 on yellowish paper that gets darker to the right." alt_ko="숫자가 하나씩 있는 이미지 세 장입니다. 흰 바탕에 검은 2, 짙은 초록 바탕에 밝은 3, 오른쪽으로 갈수록 어두워지는 노르스름한 종이에 파란 7입니다."
# import matplotlib.pyplot as plt
# from PIL import ImageDraw, ImageFilter
#
# PENS = {
#     "two.png": [(64, 74), (79, 48), (109, 46), (127, 70), (112, 104),
#                 (64, 156), (135, 152)],
#     "three.png": [(154, 55), (188, 41), (217, 62), (202, 93),
#                   (176, 99), (210, 108), (221, 134), (188, 159),
#                   (154, 141)],
#     "seven.jpg": [(162, 84), (231, 84), (186, 199)],
# }
# COLOURS = {  # paper and ink
#     "two.png": ((255, 255, 255), (0, 0, 0)),
#     "three.png": ((40, 70, 55), (225, 230, 220)),
#     "seven.jpg": ((240, 230, 205), (50, 60, 130)),
# }
#
#
# def draw(name):
#     ink = Image.new("L", (320, 240))
#     ImageDraw.Draw(ink).line(PENS[name], 255, 10, joint="curve")
#     ink = np.asarray(ink.filter(ImageFilter.GaussianBlur(1))) / 255
#     paper, pen = np.array(COLOURS[name], float)
#     picture = paper + ink[..., None] * (pen - paper)
#     if name == "seven.jpg":
#         picture *= np.linspace(1, 0.5, 320)[:, None]
#     Image.fromarray(picture.astype(np.uint8)).save(name)
#
#
# fig, axes = plt.subplots(1, 3, figsize=(9, 2.4), layout="constrained")
# for name, ax in zip(PENS, axes):
#     draw(name)
#     ax.imshow(Image.open(name))
#     ax.set_title(name)
#     ax.axis("off")
# plt.show()

# %% active="ipynb"
# command = "two.png three.png seven.jpg"
# assert main(command.split()) == 0

# %% [markdown] lang="en"
# All three are read. Neither the colours nor the light, the size nor the
# place of a digit matter, because `prepare` takes them away. `--show`
# prints what is left, the picture that the model sees.

# %% [markdown] lang="ko"
# 세 개를 모두 맞게 읽었습니다. 숫자의 색과 밝기, 크기와 자리는 문제가 되지 않습니다. `prepare`가 모두 없애기 때문입니다.
# `--show`는 남은 것, 곧 모델이 보는 이미지를 출력합니다.

# %% active="ipynb"
# command = "seven.jpg --show"
# assert main(command.split()) == 0

# %% [markdown] lang="en"
# Light ink on black, 20 pixels high, as in MNIST. The shadow is gone.
#
# Now a file that only calls itself a picture. The program answers the
# other one and ends with exit code 1. The sentence about the file goes to
# standard error, which is not shown on this page.

# %% [markdown] lang="ko"
# MNIST에서처럼 검은 바탕에 밝은 잉크이고, 높이는 20픽셀입니다. 그늘은 사라졌습니다.
#
# 이제 이름만 이미지인 파일을 줍니다. 프로그램은 나머지 하나에는 답하고 종료 코드 1로 끝납니다. 파일에 관한 문장은 표준 오류로
# 나가므로 이 페이지에는 보이지 않습니다.

# %% active="ipynb"
# Path("letter.png").write_text("three\n")
# command = "two.png letter.png"
# assert main(command.split()) == 1

# %% [markdown] lang="en"
# With `--json` the sentence is among the answers as well, and other
# programs can read it.

# %% [markdown] lang="ko"
# `--json`을 주면 그 문장이 답과 함께 나오므로 다른 프로그램도 읽을 수 있습니다.

# %% active="ipynb"
# command = "letter.png --json"
# assert main(command.split()) == 1

# %% [markdown] lang="en"
# The functions can be called one by one, too. Here each of the three files
# is prepared and asked about with the model that the program has.

# %% [markdown] lang="ko"
# 함수를 하나씩 불러 쓸 수도 있습니다. 파일 세 개를 준비해서 프로그램에 들어 있는 모델에 물어봅니다.

# %% active="ipynb" caption_en="What the model sees of the three pictures, with its answers." caption_ko="이미지 세 장을 모델이 보는 그대로 그리고, 위에 모델의 답을 적었습니다." alt_en="Three small pictures in MNIST's form, white on black: a 2, a 3 and a 7. Above each stands an answer with its probability." alt_ko="MNIST처럼 검은 바탕에 흰 숫자 2, 3, 7이 있는 작은 이미지 세 장입니다. 저마다 위에 답과 확률이 적혀 있습니다."
# pictures = np.stack([take(name, raw=False) for name in PENS])
# answers = open_model(MODEL)(pictures)
#
# fig, axes = plt.subplots(1, 3, figsize=(7, 2.6), layout="constrained")
# for ax, picture, row in zip(axes, pictures, answers):
#     ax.imshow(picture, cmap="gray")
#     ax.set_title(f"{row.argmax()} ({row.max():.0%})")
#     ax.axis("off")
# plt.show()
#
# assert answers.argmax(axis=1).tolist() == [2, 3, 7]
# assert (pictures.any(axis=2).sum(axis=1) == 20).all()  # rows with ink

# %% [markdown] lang="en"
# Put your own photos in the place of the three. If an answer is strange,
# look at what the model sees first: [Where it goes
# wrong](../own-digits.md#wrong) has the usual reasons. The model was made
# with [edge_tpu.py](edge_tpu.py); `--model` names one of your own, such as
# the one that [train.py](train.py) writes.

# %% [markdown] lang="ko"
# 세 파일 대신 직접 찍은 사진을 넣어 보세요. 답이 이상하면 모델이 보는 것부터 살펴보세요. 흔한 까닭은 [틀리는 사진
# 살펴보기](../own-digits.md#wrong)에 있습니다. 이 모델은 [edge_tpu.py](edge_tpu.py)로 만들었습니다.
# [train.py](train.py)로 만든 것 같은 여러분의 모델을 쓰려면 `--model`을 주세요.

# %% active="py"
if __name__ == "__main__":
    sys.exit(main())
