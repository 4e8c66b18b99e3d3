"""examples/predict.py: pictures of every kind, models of every kind, and what neither of them is.

The digits are drawn by the tests, or MNIST's own. Most runs are in this process.
"""

import contextlib
import io
import json
import random
import struct
import subprocess
import sys
import warnings
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from examples import mnist_data

EXAMPLES = Path(__file__).parents[1] / "examples"
PROGRAM = EXAMPLES / "predict.py"
# A pen's way through the digits, in a box of 100 x 160; those that the model is sure of.
STROKES = {
    2: [(5, 45), (25, 10), (65, 8), (90, 40), (70, 85), (5, 155), (100, 150)],
    3: [(5, 20), (50, 2), (90, 30), (70, 70), (35, 78), (80, 90), (95, 125), (50, 158), (5, 135)],
    4: [(35, 2), (5, 95), (100, 95), (72, 95), (85, 25), (68, 158)],
    7: [(2, 5), (95, 5), (35, 158)],
}


@pytest.fixture(scope="module")
def program():
    """The program as a module, which finds its neighbours as a script does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLES)
        import predict

        yield predict


@pytest.fixture(scope="module")
def images():
    """Test images, uint8 (n, 28, 28), and labels of the data in use."""
    return mnist_data.load(print)[1]


def draw(digit: int, size=(320, 240), at=(60, 40), height=120, pen=10) -> Image.Image:
    """The ink of a digit, 0 to 255, with rounded ends and corners."""
    image = Image.new("L", size)
    scale = height / 160
    points = [(at[0] + x * scale, at[1] + y * scale) for x, y in STROKES[digit]]
    ImageDraw.Draw(image).line(points, 255, pen, joint="curve")
    return image.filter(ImageFilter.GaussianBlur(1))


def on_paper(digit: int, **place) -> Image.Image:
    """A digit in dark grey on light grey."""
    return draw(digit, **place).point(lambda ink: 220 - ink * 6 // 10)


class Run:
    """What a run of the program in this process returned and printed."""

    def __init__(self, program, *arguments):
        stdout, stderr = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
            try:
                self.code = program.main([str(argument) for argument in arguments])
            except SystemExit as error:  # an option is wrong
                self.code = error.code
        self.stdout, self.stderr = stdout.getvalue(), stderr.getvalue()

    @property
    def digits(self) -> list[int]:
        """The answers of the table."""
        return [int(line.split()[0]) for line in self.stdout.splitlines()[1:]]

    @property
    def json(self) -> list[dict]:
        return json.loads(self.stdout)

    def refuses(self, *words: str, code: int = 1) -> None:
        """It ended with this code and one sentence that has these words."""
        assert self.code == code, self.stderr
        assert self.stderr.count("\n") == 1 and self.stderr.startswith("predict.py: ")
        assert self.stderr.endswith(".\n")
        assert all(word in self.stderr for word in words), self.stderr


# What comes out.


def test_table(program, tmp_path):
    for digit in STROKES:
        on_paper(digit).save(tmp_path / f"{digit}.png")
    run = Run(program, *(tmp_path / f"{digit}.png" for digit in STROKES))
    assert run.code == 0 and not run.stderr
    assert run.digits == list(STROKES)
    header, *lines = run.stdout.splitlines()
    assert header.split() == ["digit", "probability", "second", "picture"]
    for line, digit in zip(lines, STROKES, strict=True):
        assert line.endswith(f"{digit}.png") and line.split()[1].endswith("%")


def test_json_has_all_probabilities(program, tmp_path):
    on_paper(3).save(tmp_path / "three.png")
    (result,) = Run(program, tmp_path / "three.png", "--json").json
    assert set(result) == {"file", "digit", "probabilities"}
    assert result["file"] == str(tmp_path / "three.png") and result["digit"] == 3
    assert len(result["probabilities"]) == 10
    assert int(np.argmax(result["probabilities"])) == 3
    # int8 and back: steps of 1/256.
    assert all((value * 256).is_integer() for value in result["probabilities"])
    assert sum(result["probabilities"]) == pytest.approx(1, abs=0.05)


def test_show_prints_what_the_model_sees(program, tmp_path):
    on_paper(7).save(tmp_path / "seven.png")
    run = Run(program, tmp_path / "seven.png", "--show")
    rows = run.stdout.splitlines()[2:]
    assert len(rows) == 20 and rows[0].strip() and rows[-1].strip()
    assert 28 < max(map(len, rows)) <= 56  # two letters a pixel
    assert len(rows[0].split()[0]) > 2 * len(rows[-1].split()[0])  # the top of a 7


def test_options_may_stand_between_pictures(program, tmp_path):
    for digit in (3, 7):
        on_paper(digit).save(tmp_path / f"{digit}.png")
    run = Run(program, tmp_path / "3.png", "--json", tmp_path / "7.png")
    assert [result["digit"] for result in run.json] == [3, 7]


# The preparation.


def test_prepared_like_mnist(program):
    for digit in STROKES:
        picture = program.prepare(np.asarray(on_paper(digit), float))
        assert picture.shape == (28, 28) and picture.dtype == np.uint8
        assert picture.max() == 255 and picture[0].max() == 0  # paper is exactly 0
        rows, columns = np.nonzero(picture)
        assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
        places = np.arange(28)
        for axis in (0, 1):
            mass = (picture.sum(axis=axis) * places).sum() / picture.sum()
            assert abs(mass - 14) < 0.55


@pytest.mark.parametrize(
    "place",
    [{"at": (2, 2), "height": 50, "pen": 3}, {"at": (200, 100), "height": 130}, {"pen": 22}],
)
def test_size_place_and_pen_do_not_matter(program, place):
    answer = program.open_model(program.MODEL)
    greys = [np.asarray(on_paper(digit, **place), float) for digit in STROKES]
    rows = answer(np.stack([program.prepare(grey) for grey in greys]))
    assert rows.argmax(axis=1).tolist() == list(STROKES)


def test_light_on_dark_is_the_same(program):
    grey = np.asarray(on_paper(4), float)
    assert np.array_equal(program.prepare(grey), program.prepare(255 - grey))


@pytest.mark.parametrize("noise", [0, 8])
def test_shade_is_taken_away(program, noise):
    even = np.asarray(on_paper(3), float)
    height, width = even.shape
    x, y = np.linspace(0, 1, width), np.linspace(0, 1, height)[:, None]
    lit = even * (1 - 0.5 * x - 0.15 * y * y)
    assert lit[0, 0] > 200 and lit[-1, -1] < 100  # paper there is as dark as ink here
    lit += np.random.default_rng(0).normal(0, noise, lit.shape) if noise else 0
    before, after = program.prepare(even).astype(float), program.prepare(lit).astype(float)
    overlap = (before * after).sum() / np.sqrt((before**2).sum() * (after**2).sum())
    assert overlap > 0.9


def test_scaling_takes_means(program):
    halves = [[0.4, 0.4, 0.2, 0, 0], [0, 0, 0.2, 0.4, 0.4]]
    assert np.allclose(program.shares(2, 5), halves)
    picture = np.arange(12.0).reshape(3, 4)
    assert program.scale_to(picture, 8).mean() == pytest.approx(picture.mean())
    assert np.array_equal(program.scale_to(picture, 4), picture)


def test_preparing_mnist_costs_little(program, images):
    """Its digits are as they should be, so the preparation must leave them nearly so."""
    pictures, labels = images[0][:300], images[1][:300]
    answer = program.open_model(program.MODEL)
    prepared = np.stack([program.prepare(picture.astype(float)) for picture in pictures])
    raw_right = (answer(pictures).argmax(axis=1) == labels).mean()
    right = (answer(prepared).argmax(axis=1) == labels).mean()
    assert right > raw_right - 0.02
    assert raw_right > 0.7  # of the offline digits; 0.99 of MNIST


def test_small_digits_off_the_centre_need_it(program, images):
    """Squeezed to 28x28 they are lost; prepared they are read."""
    rng, right, squeezed = np.random.default_rng(0), 0, 0
    answer = program.open_model(program.MODEL)
    for picture, label in zip(images[0][:50], images[1][:50], strict=True):
        sheet = np.full((140, 140), 255.0)
        top, left = rng.integers(0, 90, 2)
        sheet[top : top + 50, left : left + 50] -= program.scale_to(picture.astype(float), 50)
        both = np.stack([program.prepare(sheet), 255 - program.scale_to(sheet, 28).astype("uint8")])
        first, second = answer(both).argmax(axis=1)
        right, squeezed = right + (first == label), squeezed + (second == label)
    assert right > 37 and squeezed < 25


# Pictures of every kind.

KINDS = {
    "three.jpg": lambda image: image,
    "three.bmp": lambda image: image.convert("RGB"),
    "three.gif": lambda image: image,
    "three.tif": lambda image: image,
    "three.webp": lambda image: image,
    "three.pgm": lambda image: image,
    "palette.png": lambda image: image.convert("RGB").quantize(16),
    "bits.png": lambda image: image.point(lambda grey: 255 * (grey > 150)).convert("1"),
    "deep.png": lambda image: Image.fromarray(np.asarray(image, np.uint16) * 256),
    "numbers.tif": lambda image: Image.fromarray(np.asarray(image, np.int32) * 100_000),
    "float.tif": lambda image: Image.fromarray(np.asarray(image, np.float32) / 255),
    "print.jpg": lambda image: image.convert("CMYK"),
    "large.png": lambda image: image.resize((4000, 3000)),
    "large.jpg": lambda image: image.resize((4000, 3000)),
    "tiny.png": lambda image: image.crop((40, 20, 200, 180)).resize((28, 28)),
    "name with spaces \u2713\n.png": lambda image: image,
}


@pytest.mark.parametrize("name", KINDS)
def test_kind(program, tmp_path, name):
    KINDS[name](on_paper(3)).save(tmp_path / name)
    run = Run(program, tmp_path / name)
    assert run.code == 0 and not run.stderr
    assert run.digits == [3]


@pytest.mark.parametrize("ink", ["black", "white"])
def test_transparent_paper(program, tmp_path, ink):
    image = Image.new("RGBA", (320, 240), ink)
    image.putalpha(draw(3))
    image.save(tmp_path / "drawing.png")
    assert Run(program, tmp_path / "drawing.png").digits == [3]


def test_transparent_colour_of_a_palette(program, tmp_path):
    image = draw(4).point(lambda ink: int(ink > 100), "P")
    image.putpalette([0, 0, 0, 0, 0, 0])  # black on black, but the first is transparent
    image.save(tmp_path / "drawing.gif", transparency=0)
    assert Run(program, tmp_path / "drawing.gif").digits == [4]


@pytest.mark.parametrize("suffix", ["jpg", "png"])
@pytest.mark.parametrize(
    "orientation, turn",
    [(3, Image.Transpose.ROTATE_180), (6, Image.Transpose.ROTATE_90),
     (8, Image.Transpose.ROTATE_270)],
)  # fmt: skip
def test_turned_as_the_camera_noted(program, tmp_path, suffix, orientation, turn):
    exif = Image.Exif()
    exif[0x0112] = orientation
    on_paper(7).transpose(turn).save(tmp_path / f"photo.{suffix}", exif=exif)
    assert Run(program, tmp_path / f"photo.{suffix}").digits == [7]


def test_raw_takes_pixels_as_they_are(program, tmp_path, images):
    for index in range(20):
        Image.fromarray(images[0][index]).save(tmp_path / f"{index}.png")
    files = [tmp_path / f"{index}.png" for index in range(20)]
    seen = [program.take(str(file), raw=True) for file in files]
    assert np.array_equal(seen, images[0][:20])
    run = Run(program, "--raw", *files)
    answer = program.open_model(program.MODEL)
    assert run.digits == answer(images[0][:20]).argmax(axis=1).tolist()


# What is no picture.


def damaged(kind: str) -> bytes:
    """The bytes of a file that cannot be read as a picture."""
    file = io.BytesIO()
    on_paper(3).save(file, "JPEG" if kind == "jpeg cut short" else "PNG")
    whole = file.getvalue()
    return {
        "empty": b"",
        "text": b"three\n",
        "random": random.Random(0).randbytes(5000),
        "png cut short": whole[: len(whole) // 2],
        "jpeg cut short": whole[: len(whole) // 2],
        "png flipped": whole[:60] + bytes([whole[60] ^ 255]) + whole[61:],
        "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 28 28\nshowpage\n",
    }[kind]


@pytest.mark.parametrize(
    "kind, word",
    [("empty", "is empty"), ("text", "is no picture"), ("random", "is no picture"),
     ("png cut short", "damaged or cut short"), ("jpeg cut short", "damaged or cut short"),
     ("png flipped", "damaged or cut short"), ("postscript", "is no picture")],
)  # fmt: skip
def test_no_picture(program, tmp_path, kind, word):
    (tmp_path / "photo.png").write_bytes(damaged(kind))
    run = Run(program, tmp_path / "photo.png")
    run.refuses("photo.png", word)
    assert not run.stdout


def test_the_others_are_still_answered(program, tmp_path):
    on_paper(3).save(tmp_path / "three.png")
    on_paper(7).save(tmp_path / "seven.png")
    (tmp_path / "no.png").write_bytes(b"no")
    files = [tmp_path / name for name in ("three.png", "no.png", "gone.png", "seven.png")]
    run = Run(program, *files, tmp_path)
    assert run.code == 1 and run.digits == [3, 7]
    sentences = run.stderr.splitlines()
    assert len(sentences) == 3
    for sentence, word in zip(sentences, ("no.png", "gone.png", "is a folder"), strict=True):
        assert word in sentence

    run = Run(program, "--json", *files)
    assert [result.get("digit") for result in run.json] == [3, None, None, 7]
    assert ["error" in result for result in run.json] == [False, True, True, False]


@pytest.mark.parametrize("shade", [0, 128, 255, "noise"])
def test_blank_paper(program, tmp_path, shade):
    pixels = np.full((240, 320), 200 if shade == "noise" else shade, float)
    if shade == "noise":
        pixels += np.random.default_rng(0).normal(0, 8, pixels.shape) - np.arange(320) / 4
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(tmp_path / "blank.png")
    Run(program, tmp_path / "blank.png").refuses("blank.png", "no digit on it")


def test_transparent_all_over(program, tmp_path):
    Image.new("RGBA", (100, 100)).save(tmp_path / "blank.png")
    Run(program, tmp_path / "blank.png").refuses("no digit on it")


@pytest.mark.parametrize(
    "side, word", [(10_000, "10000x10000 pixels"), (30_000, "too many pixels")]
)
def test_decompression_bomb(program, tmp_path, side, word):
    """A small file that promises many pixels is refused before it is unpacked."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(10_000))
    file = tmp_path / "bomb.png"
    file.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )
    Run(program, file).refuses("bomb.png", word)


def test_raw_of_another_size(program, tmp_path):
    on_paper(3).save(tmp_path / "three.png")
    Run(program, "--raw", tmp_path / "three.png").refuses("320x240", "leave --raw out")


def test_not_a_number(program, tmp_path):
    pixels = np.asarray(on_paper(3), np.float32).copy()
    pixels[5, 5] = np.nan
    Image.fromarray(pixels).save(tmp_path / "nan.tif")
    Run(program, tmp_path / "nan.tif").refuses("no finite numbers")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP"])
def test_damaged_bytes_never_raise_another_error(program, form):
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    extra = {"exif": exif} if form in ("PNG", "JPEG", "TIFF", "WEBP") else {}
    on_paper(3, size=(96, 80), at=(10, 10), height=60, pen=5).save(file, form, **extra)
    whole, rng = file.getvalue(), random.Random(0)
    for _ in range(60):
        content = bytearray(whole)
        for _ in range(rng.choice([1, 4, 16])):
            content[rng.randrange(min(len(content), 600))] ^= 1 << rng.randrange(8)
        with contextlib.suppress(program.PictureError):
            grey = program.read_picture(bytes(content))
            assert np.isfinite(grey).all() and grey.ndim == 2
            program.prepare(grey)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (3000, 2), (28, 28), (2, 63), (64, 1)])
def test_any_shape_is_answered_or_refused(program, shape):
    rng = np.random.default_rng(0)
    for grey in (rng.uniform(0, 255, shape), np.eye(*shape) * 255, np.zeros(shape)):
        with contextlib.suppress(program.PictureError):
            picture = program.prepare(grey)
            assert picture.shape == (28, 28) and picture.max() == 255


# Models.


@pytest.fixture(scope="module")
def models(tmp_path_factory, images):
    """Small trained models in files: float and int8 .tflite, .keras with logits and without."""
    import keras
    import tensorflow as tf

    folder = tmp_path_factory.mktemp("models")
    keras.utils.set_random_seed(0)
    logits = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(10),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    logits.compile("adam", loss, steps_per_execution=20)
    logits.fit(images[0][:4000], images[1][:4000], batch_size=50, epochs=2, verbose=0)
    logits.save(folder / "logits.keras")
    whole = keras.Sequential(
        [keras.Input((28, 28, 1)), keras.layers.Reshape((28, 28)), logits, keras.layers.Softmax()]
    )
    whole.save(folder / "probabilities.keras")
    pixels = keras.Input(batch_shape=(1, 28, 28))
    for name, outputs in (("logits", logits(pixels)), ("probabilities", whole(pixels))):
        single = keras.Model(pixels, outputs)
        for kind in (tf.float32, tf.int8, tf.uint8):
            converter = tf.lite.TFLiteConverter.from_keras_model(single)
            if kind != tf.float32:
                converter.optimizations = [tf.lite.Optimize.DEFAULT]
                converter.representative_dataset = lambda: (
                    [picture[None].astype(np.float32)] for picture in images[0][:50]
                )
                converter.inference_input_type = converter.inference_output_type = kind
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Statistics for quantized inputs")
                (folder / f"{name}-{kind.name}.tflite").write_bytes(converter.convert())
    return folder


@pytest.mark.parametrize("outputs", ["logits", "probabilities"])
@pytest.mark.parametrize("kind", [".keras", "-float32.tflite", "-int8.tflite", "-uint8.tflite"])
def test_models_agree(program, models, images, outputs, kind):
    """Whatever is in the file, probabilities come out, close to the float model's."""
    pictures = images[0][:100]
    rows = program.open_model(models / f"{outputs}{kind}")(pictures)
    aim = program.open_model(models / "logits.keras")(pictures)
    assert rows.shape == (100, 10) and np.allclose(rows.sum(axis=1), 1, atol=0.05)
    exact = kind in (".keras", "-float32.tflite")
    assert np.abs(rows - aim).max() < (1e-4 if exact else 0.15)
    assert (rows.argmax(axis=1) == aim.argmax(axis=1)).mean() >= (1 if exact else 0.95)


def test_model_of_yours(program, models, tmp_path, images):
    Image.fromarray(images[0][0]).save(tmp_path / "digit.png")
    run = Run(program, "--raw", "--model", models / "logits.keras", tmp_path / "digit.png")
    assert run.code == 0 and not run.stderr and len(run.digits) == 1


def bad_model(kind: str, folder: Path, good: bytes) -> Path:
    """A file that is no model for digits."""
    import keras

    if kind.startswith("shape"):
        side, classes = (14, 10) if kind == "shape of pixels" else (28, 3)
        model = keras.Sequential(
            [keras.Input((side, side)), keras.layers.Flatten(), keras.layers.Dense(classes)]
        )
        path = folder / "model.keras"
        model.save(path)
        return path
    content = {
        "text.tflite": b"no model\n",
        "empty.tflite": b"",
        "cut.tflite": good[: len(good) // 2],
        "random.tflite": good[:8] + random.Random(0).randbytes(3000),
        "text.keras": b"no model\n",
        "zip.keras": None,
        "model.h5": b"\x89HDF\r\n",
    }[kind]
    path = folder / kind
    if content is None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("letter.txt", "hello")
    else:
        path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "kind, word",
    [("text.tflite", "TFL3"), ("empty.tflite", "is empty"), ("cut.tflite", "damaged"),
     ("random.tflite", "damaged"), ("text.keras", "no .keras file"),
     ("zip.keras", "cannot be loaded"), ("model.h5", "neither a .keras nor a .tflite"),
     ("shape of pixels", "28x28 pixels to ten digits"),
     ("shape of answers", "28x28 pixels to ten digits")],
)  # fmt: skip
def test_no_model(program, tmp_path, kind, word):
    on_paper(3).save(tmp_path / "three.png")
    path = bad_model(kind, tmp_path, program.MODEL.read_bytes())
    run = Run(program, "--model", path, tmp_path / "three.png")
    run.refuses(path.name, word, code=2)
    assert not run.stdout


def test_tflite_for_something_else(program, models, tmp_path):
    import keras
    import tensorflow as tf

    model = keras.Sequential([keras.Input(batch_shape=(1, 5)), keras.layers.Dense(10)])
    path = tmp_path / "five.tflite"
    path.write_bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())
    on_paper(3).save(tmp_path / "three.png")
    Run(program, "--model", path, tmp_path / "three.png").refuses("(1, 5)", "ten digits", code=2)


@pytest.mark.parametrize("name", ["gone.tflite", "gone.keras", "."])
def test_model_that_is_not_there(program, tmp_path, name):
    path = tmp_path / name if name != "." else tmp_path / "folder.tflite"
    if name == ".":
        path.mkdir()
    Run(program, "--model", path, tmp_path / "three.png").refuses(path.name, code=2)


def test_nan_model(program, tmp_path):
    import keras

    model = keras.Sequential(
        [keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10)]
    )
    model.set_weights([np.full_like(weights, np.nan) for weights in model.get_weights()])
    model.save(tmp_path / "nan.keras")
    on_paper(3).save(tmp_path / "three.png")
    run = Run(program, "--model", tmp_path / "nan.keras", tmp_path / "three.png")
    run.refuses("not finite", code=2)


@pytest.mark.parametrize("options", [("--wrong", "x.png"), ()])
def test_wrong_option(program, options):
    run = Run(program, *options)
    assert run.code == 2 and run.stderr.count("\n") == 1


# As a process.


def test_a_tflite_needs_no_tensorflow(tmp_path):
    """As a script, with a picture on standard input; TensorFlow and Keras stay out."""
    on_paper(3).save(tmp_path / "three.png")
    code = (
        "import runpy, sys\n"
        "sys.argv = [sys.argv[1], '-', '--json']\n"
        "try:\n"
        "    runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "finally:\n"
        "    assert not {'tensorflow', 'keras'} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(PROGRAM)],
        input=(tmp_path / "three.png").read_bytes(),
        capture_output=True,
        timeout=60,
        env={"PYTHONPATH": str(EXAMPLES)},
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    (result,) = json.loads(done.stdout)
    assert result["file"] == "-" and result["digit"] == 3
