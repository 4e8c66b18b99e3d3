"""examples/predict.py: pictures of every kind, models of every kind, and what neither of them is.

The digits are drawn by the tests, or MNIST's own. Most runs are in this process.
"""

import ast
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
from PIL import Image

from examples import mnist_data
from tests.examples import drawn
from tests.examples.drawn import EXAMPLES, STROKES, draw, on_paper

PROGRAM = EXAMPLES / "predict.py"


@pytest.fixture(scope="module")
def program():
    """The program as a module, which finds its neighbours as a script does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLES)
        import predict

        yield predict


@pytest.fixture(scope="module")
def image_module(program):
    import digit_image

    return digit_image


@pytest.fixture(scope="module")
def images():
    """Test images, uint8 (n, 28, 28), and labels of the data in use."""
    return mnist_data.load(print)[1]


class Run:
    """What a run of the program in this process returned and printed."""

    def __init__(self, program, *arguments):
        stdout, stderr = io.StringIO(), io.StringIO()
        with (
            contextlib.redirect_stdout(stdout),
            contextlib.redirect_stderr(stderr),
            pytest.MonkeyPatch.context() as patch,
        ):
            patch.setattr(sys, "argv", ["predict.py", *map(str, arguments)])
            try:
                self.code = program.run(program.main)
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
    assert set(result) == {"file", "digit", "sure", "probabilities"} and result["sure"] is True
    assert result["file"] == str(tmp_path / "three.png") and result["digit"] == 3
    assert len(result["probabilities"]) == 10
    assert int(np.argmax(result["probabilities"])) == 3
    # int8 and back: steps of 1/256.
    assert all((value * 256).is_integer() for value in result["probabilities"])
    assert sum(result["probabilities"]) == pytest.approx(1, abs=0.05)


def test_a_closed_standard_input_is_an_empty_one(tmp_path):
    command = f'"{sys.executable}" "{EXAMPLES / "predict.py"}" - <&-'
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1 and "standard input is empty" in done.stderr
    assert "Traceback" not in done.stderr


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


def test_prepared_like_mnist(program, image_module):
    for digit in STROKES:
        picture = image_module.prepare(np.asarray(on_paper(digit), float))
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
def test_size_place_and_pen_do_not_matter(program, image_module, place):
    answer = program.open_model(program.MODEL)
    greys = [np.asarray(on_paper(digit, **place), float) for digit in STROKES]
    rows = answer(np.stack([image_module.prepare(grey) for grey in greys]))
    assert rows.argmax(axis=1).tolist() == list(STROKES)


def test_light_on_dark_is_the_same(program, image_module):
    grey = np.asarray(on_paper(4), float)
    assert np.array_equal(image_module.prepare(grey), image_module.prepare(255 - grey))


@pytest.mark.parametrize("noise", [0, 8])
def test_shade_is_taken_away(program, image_module, noise):
    even = np.asarray(on_paper(3), float)
    height, width = even.shape
    x, y = np.linspace(0, 1, width), np.linspace(0, 1, height)[:, None]
    lit = even * (1 - 0.5 * x - 0.15 * y * y)
    assert lit[0, 0] > 200 and lit[-1, -1] < 100  # paper there is as dark as ink here
    lit += np.random.default_rng(0).normal(0, noise, lit.shape) if noise else 0
    before, after = (image_module.prepare(grey).astype(float) for grey in (even, lit))
    overlap = (before * after).sum() / np.sqrt((before**2).sum() * (after**2).sum())
    assert overlap > 0.9


def test_scaling_takes_means(image_module):
    picture = np.arange(24.0).reshape(4, 6)
    halves = picture.reshape(2, 2, 3, 2).mean(axis=(1, 3))
    assert np.allclose(image_module.resize(picture, 3, 2), halves)
    strip = image_module.shrink(np.zeros((100, 3200)))
    assert strip.shape[0] > 65 and strip.size <= image_module.AREA * 1.01


def prepared(image_module, pictures):
    """Which pictures are not refused, and these prepared."""
    read, made = [], []
    for index, picture in enumerate(pictures):
        with contextlib.suppress(image_module.PictureError):
            made.append(image_module.prepare(picture))
            read.append(index)
    return read, np.stack(made)


def test_preparing_mnist_costs_little(program, image_module, images):
    """Its digits are as they should be, so the preparation must leave them nearly so.

    Nothing here is random: the numbers, which it prints, are the same in each run.
    """
    pictures, labels = images[0][:400], images[1][:400]
    model = program.open_model(program.MODEL)
    read, made = prepared(image_module, pictures)
    raw = (model(pictures[read]).argmax(axis=1) == labels[read]).mean()
    right = (model(made).argmax(axis=1) == labels[read]).mean()
    print(len(read), raw, right)
    assert len(read) > 0.85 * 400 and right > raw - 0.08


def test_small_digits_off_the_centre_need_it(program, image_module, images):
    """Squeezed to 28x28 they are lost; prepared they are read."""
    rng, sheets = np.random.default_rng(0), []
    labels = images[1][:100]
    for picture in images[0][:100]:
        sheet = np.full((140, 140), 255.0)
        top, left = rng.integers(5, 85, 2)
        sheet[top : top + 50, left : left + 50] -= image_module.resize(picture, 50, 50)
        sheets.append(sheet)
    model = program.open_model(program.MODEL)
    read, made = prepared(image_module, sheets)
    right = (model(made).argmax(axis=1) == labels[read]).sum()
    squeezed = np.stack([255 - image_module.resize(sheet, 28, 28) for sheet in sheets])
    lost = (model(squeezed.astype("uint8")).argmax(axis=1) == labels).sum()
    print(right, lost)
    assert right > 2 * lost


SURROUNDINGS = {
    "cropped to the ink": drawn.cropped,
    "margin of 7 pixels": lambda image: drawn.cropped(image, 7),
    "black frame": drawn.framed,
    "thick frame": lambda image: drawn.framed(image, 9),
    "printed box": drawn.boxed,
    "dark table": drawn.on_table,
    "turned sheet on a table": lambda image: drawn.on_table(image, 8),
    "chalk on a board on a light wall": lambda image: drawn.on_table(drawn.inverted(image), 0, 230),
    "edges of a screenshot": drawn.dark_edges,
    "dust": drawn.dusty,
    "half in a shadow": drawn.shadowed,
    "pencil under a lamp": drawn.pencilled,
    "lamp and frame": lambda image: drawn.framed(drawn.lit(image)),
    "strip": lambda image: Image.fromarray(
        np.pad(np.asarray(drawn.cropped(image, 8)), ((0, 0), (200, 1200)), mode="edge")
    ),
}


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_what_lies_around_a_digit_does_not_matter(program, image_module, name):
    pictures = [SURROUNDINGS[name](on_paper(digit, at=(90, 40))) for digit in STROKES]
    made = np.stack([image_module.prepare(np.asarray(picture)) for picture in pictures])
    rows = program.open_model(program.MODEL)(made)
    assert rows.argmax(axis=1).tolist() == list(STROKES)
    assert rows.max(axis=1).min() > program.SURE


@pytest.mark.parametrize(
    ("name", "reasons"),
    [("twice", "SEVERAL"), ("cut_off", "EDGE"), ("blank", "NOTHING"), ("lined", "EDGE SEVERAL")],
)
def test_what_cannot_be_read_is_refused(image_module, name, reasons):
    """For all of the digits, with what to change."""
    for digit in STROKES:
        picture = getattr(drawn, name)(on_paper(digit))
        with pytest.raises(image_module.PictureError) as error:
            image_module.prepare(np.asarray(picture))
        expected = [getattr(image_module, reason) for reason in reasons.split()]
        assert str(error.value) in expected and ": " in str(error.value)


def test_cases_for_all_preparations(image_module):
    """The file is made of drawings, and what it expects is what the program does."""
    cases = json.loads(drawn.CASES.read_text())
    assert cases["cases"] == drawn.make_cases()["cases"]
    assert {case.get("refused") for case in cases["cases"]} == {None, "nothing", "edge", "several"}
    for case in cases["cases"]:
        assert ("expected" in case) != ("refused" in case)
        assert "refused" in case or {len(row) for row in case["expected"]} == {56}


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
    "three.avif": lambda image: image,
    "10 bits.png": lambda image: Image.fromarray(np.asarray(image, np.uint16) * 4),
    "12 bits.tif": lambda image: Image.fromarray(np.asarray(image, np.uint16) * 16),
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
    seen = [program.seen_by_model(str(file), raw=True) for file in files]
    assert np.array_equal(seen, images[0][:20])
    run = Run(program, "--raw", *files)
    answer = program.open_model(program.MODEL)
    assert run.digits == answer(images[0][:20]).argmax(axis=1).tolist()


def test_10_bits_are_as_8(program, tmp_path):
    """The scanner's 10 bits in a file of 16: nearly the same as the same picture in 8."""
    image = on_paper(3)
    image.save(tmp_path / "8.png")
    Image.fromarray(np.asarray(image, np.uint16) * 4 + 3).save(tmp_path / "10.png")
    first, second = (program.seen_by_model(str(tmp_path / f"{n}.png"), False) for n in (8, 10))
    assert np.abs(first.astype(int) - second).max() <= 8


def test_huge_jpeg_is_read_reduced(program, tmp_path):
    """Of 123 million pixels, which PNG may not have."""
    on_paper(3).resize((12_800, 9600)).save(tmp_path / "huge.jpg", quality=30)
    assert Run(program, tmp_path / "huge.jpg").digits == [3]


def test_low_probability_is_said(program, tmp_path):
    """In the table, in JSON and in a sentence; a digit that is clear has none of them."""
    noise = np.random.default_rng(0).uniform(0, 255, (28, 28)).astype(np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    run = Run(program, "--raw", tmp_path / "noise.png")
    assert run.code == 0 and run.stdout.endswith("noise.png  (unsure)\n")
    assert "An answer below 70% may well be wrong" in run.stderr
    (result,) = Run(program, "--raw", tmp_path / "noise.png", "--json").json
    assert result["sure"] is False and max(result["probabilities"]) < program.SURE


def test_what_is_said_of_low_probabilities(program, images):
    """The comment on SURE, on MNIST (offline digits are often unsure)."""
    pictures, labels = images
    if mnist_data.find(lambda line: None).kind != "mnist":
        pytest.skip("the comment is about MNIST")
    rows = program.open_model(program.MODEL)(pictures)
    sure, wrong = rows.max(axis=1) >= program.SURE, rows.argmax(axis=1) != labels
    assert 0.02 < 1 - sure.mean() < 0.03
    assert 0.15 < wrong[~sure].mean() < 0.25 and wrong[sure].mean() < 0.0015


def test_name_that_begins_with_a_dash(program, tmp_path, monkeypatch):
    on_paper(3).save(tmp_path / "-dash.png")
    on_paper(7).save(tmp_path / "seven.png")
    monkeypatch.chdir(tmp_path)
    assert Run(program, "--", "-dash.png").digits == [3]
    assert Run(program, "seven.png", "--show", "--", "-dash.png").stdout.count(".png") == 2


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
    [("empty", "is empty"), ("text", "is not a picture"), ("random", "is not a picture"),
     ("png cut short", "damaged or incomplete"), ("jpeg cut short", "damaged or incomplete"),
     ("png flipped", "damaged or incomplete"), ("postscript", "is not a picture")],
)  # fmt: skip
def test_no_picture(program, tmp_path, kind, word):
    (tmp_path / "photo.png").write_bytes(damaged(kind))
    run = Run(program, tmp_path / "photo.png")
    run.refuses("photo.png", word)
    assert not run.stdout


@pytest.mark.parametrize("brand", [b"heic", b"mif1"])
def test_heic_is_named(program, tmp_path, brand):
    """Under the name of a JPEG, as phones and chats pass it on."""
    (tmp_path / "photo.jpg").write_bytes(b"\0\0\0\x18ftyp" + brand + bytes(200))
    Run(program, tmp_path / "photo.jpg").refuses("is a HEIC photo", "save it as JPEG")


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
    Run(program, "--raw", tmp_path / "three.png").refuses("320x240", "omit --raw")


def test_not_a_number(program, tmp_path):
    pixels = np.asarray(on_paper(3), np.float32).copy()
    pixels[5, 5] = np.nan
    Image.fromarray(pixels).save(tmp_path / "nan.tif")
    Run(program, tmp_path / "nan.tif").refuses("not numbers")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP"])
def test_damaged_bytes_never_raise_another_error(program, image_module, tmp_path, form):
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
        (tmp_path / "damaged").write_bytes(content)
        with contextlib.suppress(image_module.PictureError):
            grey = program.load(str(tmp_path / "damaged"))
            assert np.isfinite(grey).all() and grey.ndim == 2
            image_module.prepare(grey)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (3000, 2), (28, 28), (2, 63), (64, 1)])
def test_any_shape_is_answered_or_refused(program, image_module, shape):
    rng = np.random.default_rng(0)
    for grey in (rng.uniform(0, 255, shape), np.eye(*shape) * 255, np.zeros(shape)):
        with contextlib.suppress(image_module.PictureError):
            picture = image_module.prepare(grey)
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
    assert run.code == 0 and len(run.digits) == 1


@pytest.mark.parametrize("pixels", [(0, 1), (-1, 1), (0, 255)])
@pytest.mark.parametrize("suffix", [".keras", "-float.tflite", "-int8.tflite"])
def test_range_of_pixels_is_found(program, images, tmp_path, pixels, suffix):
    """A model without a Rescaling layer gets what it was trained on, and is as right and as sure.

    Over ten seeds of this training on MNIST, ten drawn digits got a mean probability of .925 (sd
    .015) for 0..1 and .915 (sd .019) for -1..1, and -1..1 led 0..1 by .51 (sd .06): READS is .3,
    and the lead must be .1.
    """
    import keras
    import tensorflow as tf
    import tflite_run
    from ai_edge_litert.interpreter import Interpreter
    from tflite_run import scaled

    keras.utils.set_random_seed(0)
    layers = [keras.layers.Flatten(), keras.layers.Dense(64, activation="relu")]
    model = keras.Sequential([keras.Input((28, 28)), *layers, keras.layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, steps_per_execution=20)
    model.fit(scaled(images[0][:5000], pixels), images[1][:5000], epochs=3, verbose=0)
    path = tmp_path / f"model{suffix}"
    if suffix == ".keras":
        model.save(path)
    else:
        pictures = scaled(images[0][:100], pixels)
        one = keras.Input(batch_shape=(1, 28, 28))
        int8 = {
            "optimizations": [tf.lite.Optimize.DEFAULT],
            "representative_dataset": lambda: ([picture[None]] for picture in pictures),
            "inference_input_type": tf.int8,
            "inference_output_type": tf.int8,
        }
        keras.Model(one, model(one)).export(
            path, format="litert", verbose=False, **(int8 if "int8" in suffix else {})
        )
    opened = program.open_model(path)
    assert opened.pixels == pytest.approx(pixels, abs=0.02)
    tests = images[0][5000:5500]
    if suffix == ".keras":
        aim = model.predict(scaled(tests, pixels), verbose=0)
    else:  # what the file itself answers: int8 may well read otherwise than the model
        interpreter = Interpreter(model_path=str(path))
        interpreter.allocate_tensors()
        aim = tflite_run.run(interpreter, scaled(tests, pixels))
    rows = opened(tests)
    assert (rows.argmax(axis=1) == aim.argmax(axis=1)).mean() > 0.97
    exact = keras.ops.convert_to_numpy(keras.ops.softmax(aim))
    assert np.abs(rows.max(axis=1) - exact.max(axis=1)).mean() < 0.05


def test_range_is_said_and_can_be_given(program, models, tmp_path):
    on_paper(3).save(tmp_path / "three.png")
    path = models / "logits.keras"
    run = Run(program, "--model", path, tmp_path / "three.png")
    said = f"{path} takes pixels from 0 to 255 (known from its Rescaling layer).\n"
    assert run.stderr.startswith(said)  # then perhaps how unsure it is
    run = Run(program, "--model", path, "--pixels", 1, tmp_path / "three.png")
    assert "from 0 to 1 (known from --pixels)" in run.stderr


def test_feeding_runs_on_old_pythons():
    """TFLite of the compiler's age needs Python 3.8."""
    ast.parse((EXAMPLES / "tflite_run.py").read_text(), feature_version=(3, 8))


def bad_model(kind: str, folder: Path, good: bytes) -> Path:
    """A file that is no model for digits."""
    import keras

    if kind.startswith("shape"):
        side, classes = (14, 10) if kind == "shape of pixels" else (28, 3)
        model = keras.Sequential(
            [keras.Input((side, side)), keras.layers.Flatten(), keras.layers.Dense(classes)]
        )
        if kind.endswith("sigmoid"):
            answer = keras.layers.Dense(10, activation="sigmoid")(model.layers[0].output)
            model = keras.Model(model.inputs, answer)
        if kind == "shape of named answers":
            model = keras.Model(
                model.inputs, {"digit": keras.layers.Dense(10)(model.layers[0].output)}
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
     ("random.tflite", "damaged"), ("text.keras", "not a whole .keras file"),
     ("zip.keras", "cannot be loaded"), ("model.h5", "neither a .keras nor a .tflite"),
     ("shape of pixels", "28x28 pixels to ten digits"),
     ("shape of answers", "28x28 pixels to ten digits"),
     ("shape of named answers", "28x28 pixels to ten digits"),
     ("shape is right, sigmoid", "do not add up to 1: end it in softmax")],
)  # fmt: skip
def test_no_model(program, tmp_path, kind, word):
    on_paper(3).save(tmp_path / "three.png")
    path = bad_model(kind, tmp_path, program.MODEL.read_bytes())
    run = Run(program, "--model", path, tmp_path / "three.png")
    run.refuses(path.name, word)
    assert not run.stdout


def test_tflite_for_something_else(program, models, tmp_path):
    import keras
    import tensorflow as tf

    model = keras.Sequential([keras.Input(batch_shape=(1, 5)), keras.layers.Dense(10)])
    path = tmp_path / "five.tflite"
    path.write_bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())
    on_paper(3).save(tmp_path / "three.png")
    Run(program, "--model", path, tmp_path / "three.png").refuses("(1, 5)", "ten digits")


@pytest.mark.parametrize("name", ["gone.tflite", "gone.keras", "."])
def test_model_that_is_not_there(program, tmp_path, name):
    path = tmp_path / name if name != "." else tmp_path / "folder.tflite"
    if name == ".":
        path.mkdir()
    Run(program, "--model", path, tmp_path / "three.png").refuses(path.name)


def test_nan_model(program, tmp_path):
    import keras

    model = keras.Sequential(
        [keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10)]
    )
    model.set_weights([np.full_like(weights, np.nan) for weights in model.get_weights()])
    model.save(tmp_path / "nan.keras")
    on_paper(3).save(tmp_path / "three.png")
    run = Run(program, "--model", tmp_path / "nan.keras", tmp_path / "three.png")
    run.refuses("not finite")


@pytest.mark.parametrize("options", [("--wrong", "x.png"), ()])
def test_wrong_option(program, options):
    run = Run(program, *options)
    assert run.code == 2 and run.stderr.startswith("usage: ")


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
    assert b"Error" not in done.stderr
    (result,) = json.loads(done.stdout)
    assert result["file"] == "-" and result["digit"] == 3


@pytest.mark.parametrize(
    ("command", "code"),
    [("{run} 일곱.png", 0), ("{run} 일곱.png | true", 1), ("{run} 일곱.png 2>&-", 0),
     ("{run} 일곱.png gone.png 2>&-", 1)],
)  # fmt: skip
def test_output_of_any_kind(tmp_path, command, code):
    """A terminal that knows ASCII alone, a reader that has gone, no standard error."""
    on_paper(7).save(tmp_path / "일곱.png")
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command.format(run=f"{sys.executable} {PROGRAM}")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PYTHONIOENCODING": "ascii", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    if command.endswith(".png"):
        assert "\\uc77c\\uacf1.png" in done.stdout
