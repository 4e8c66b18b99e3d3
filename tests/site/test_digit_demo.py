"""<digit-demo> in Chromium: its answers against LiteRT, its preparation, what a reader does.

It is served from a small folder, under the strictest content security policy, without the site.
"""

import base64
import gzip
import json
import re
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from tflite import BuiltinOperator

from examples import mnist_data
from tests.examples.drawn import CASES
from tests.forked import start
from tests.site import axe
from tests.site.browser import DESKTOP, PHONE, rest
from tests.site.build import ROOT
from tests.site.strokes import follow, smooth, thin
from tools.pages import DOCS
from tools.site.digit_demo import FOLDER, MODEL, write_model

ASSETS = ROOT / "docs" / "assets"
NARROW = {"width": 320, "height": 700}
POLICY = "default-src 'self'; report-uri /reports"
THREE = "20 25 45 12 70 18 75 35 55 52 78 65 75 90 45 100 20 88"

# A page as the site has it: its look, its scripts, the element somewhere below.
PAGE = """<!doctype html>
<html lang="{language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Draw</title>
<link rel="icon" href="assets/logo.svg">
<link rel="stylesheet" href="assets/site.css">
<link rel="stylesheet" href="page.css">
<script defer src="assets/site.js"></script>
<body data-md-color-scheme="{scheme}">
<main class="md-typeset"><h1>Draw</h1>{before}
<div><digit-demo {attributes}><noscript>Allow JavaScript.</noscript></digit-demo></div>
<p class="far">The end</p></main>
"""
STYLE = """
body { background: var(--md-default-bg-color); color: var(--md-default-fg-color); margin: 0 auto;
  max-width: 44rem; padding: 1rem; }
.before { height: 5000px }
.far { margin-top: 2000px }
"""


class _Handler(SimpleHTTPRequestHandler):
    """Serves a folder under the policy, and keeps what browsers report against it."""

    reports: ClassVar[list[str]] = []
    requests: ClassVar[list[str]] = []

    def end_headers(self):  # type: ignore[no-untyped-def]
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def do_GET(self):  # type: ignore[no-untyped-def]
        self.requests.append(self.path)
        super().do_GET()

    def do_POST(self):  # type: ignore[no-untyped-def]
        self.reports.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):  # type: ignore[no-untyped-def]
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page in each language, and one where the element is far below."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copytree(ASSETS, folder / "assets")
    write_model(folder)
    (folder / "page.css").write_text(STYLE)
    for language in ("en", "ko"):
        for scheme in ("default", "slate"):
            for kind in ("", "compact"):
                text = PAGE.format(language=language, scheme=scheme, before="", attributes=kind)
                (folder / f"{language}-{scheme}{kind}.html").write_text(text)
    far = PAGE.format(
        language="en", scheme="default", before="<p class=before>Read on</p>", attributes=""
    )
    (folder / "far.html").write_text(far)
    return folder


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def open_page(chromium: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Opens a page and waits until the model answers."""
    contexts, problems = [], []
    _Handler.reports.clear()

    def open_it(name: str = "en-default", **options) -> Page:  # type: ignore[no-untyped-def]
        contexts.append(chromium.new_context(reduced_motion="reduce", bypass_csp=False, **options))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda said: problems.append(f"{said.type}: {said.text}"))
        page.goto(f"{address}{name}.html")
        expect(page.locator(".answer")).to_have_text(re.compile("0"))  # "Draw a digit from 0 ..."
        expect(page.locator(".field")).to_be_visible()  # its styles have come
        return page

    yield open_it
    for context in contexts:
        context.close()
    # The reports tell of the policy as well; to read a canvas is what a test alone does.
    known = re.compile("Content Security Policy|willReadFrequently")
    assert [text for text in problems if not known.search(text)] == []
    assert _Handler.reports == []


@pytest.fixture(scope="module")
def tests() -> tuple[np.ndarray, np.ndarray]:
    """Test images, uint8 (n, 28, 28), and labels of the data in use."""
    return mnist_data.load(print)[1]


@pytest.fixture(scope="module")
def is_mnist() -> bool:
    return mnist_data.find().kind == "mnist"


# ---------- The interpreter


def litert(content: bytes, images: np.ndarray) -> np.ndarray:
    """The model's answers, in its own numbers; the images are in those of its input."""
    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    (takes,), (gives,) = interpreter.get_input_details(), interpreter.get_output_details()
    rows = []
    for image in images:
        interpreter.set_tensor(takes["index"], image.reshape(takes["shape"]))
        interpreter.invoke()
        rows.append(interpreter.get_tensor(gives["index"]).ravel())
    return np.array(rows)


_RUN = """async ({ model, images, size }) => {
  const bytes = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0))
  const { input, output, run } = DigitDemo.open(bytes(model).buffer)
  const numbers = new input.data.constructor(bytes(images).buffer)
  const rows = numbers.length / size
  const answers = new output.data.constructor(rows * output.data.length)
  for (let i = 0; i < rows; i++)
    answers.set(run(numbers.subarray(i * size, (i + 1) * size)), i * output.data.length)
  return [...answers]
}"""


def in_the_page(page: Page, content: bytes, images: np.ndarray) -> np.ndarray:
    """The same from the interpreter of the page."""
    model, numbers = (base64.b64encode(each).decode() for each in (content, images.tobytes()))
    answers = page.evaluate(_RUN, {"model": model, "images": numbers, "size": images[0].size})
    return np.array(answers).reshape(len(images), -1)


def test_answers_are_those_of_litert_byte_for_byte(open_page, tests):
    """On each test image at hand: 10,000 of MNIST."""
    images = (tests[0].astype(np.int16) - 128).astype(np.int8)
    content = MODEL.read_bytes()
    ours, theirs = in_the_page(open_page(), content, images), litert(content, images)
    assert ours.shape == theirs.shape == (len(images), 10) and len(images) >= 1000
    assert len(np.unique(theirs.argmax(axis=1))) == 10
    different = np.flatnonzero((ours != theirs).any(axis=1))
    assert different.size == 0, (different[:10], ours[different[:3]], theirs[different[:3]])


def make_models(folder: str, images: np.ndarray) -> None:
    """Write .tflite files as the pages export them, untrained; this imports TensorFlow."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(1)
    layers = keras.layers

    class RoundedPixels(layers.Layer):
        """Leaves the division by 255 to an operator of its own."""

        def call(self, pixels):
            pixels = tf.quantization.fake_quant_with_min_max_args(pixels, 0.0, 255.0)
            return tf.quantization.fake_quant_with_min_max_args(pixels / 255, 0.0, 1.0)

    convolutional = [
        layers.Rescaling(1 / 255),
        layers.Conv2D(6, 5, activation="relu"),
        layers.MaxPool2D(),
        layers.Flatten(),
        layers.Dense(16, activation="relu"),
        layers.Dense(10),
    ]
    padded = [
        layers.Rescaling(1 / 127.5, offset=-1),  # a MUL and an ADD
        layers.Conv2D(8, 3, strides=2, padding="same", activation="relu6"),
        layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2),
        layers.ReLU(),
        layers.AveragePooling2D(2),
        layers.Conv2D(12, 3, padding="same"),
        layers.BatchNormalization(),
        layers.GlobalAveragePooling2D(),
        layers.Dense(10),
    ]
    kinds = {
        "convolutional": ((28, 28, 1), convolutional),
        "padded": ((28, 28, 1), padded),
        "rounded": ((28, 28, 1), [RoundedPixels(), *convolutional[1:]]),
        "dense": ((28, 28), [layers.Rescaling(1 / 255), layers.Flatten(), *convolutional[4:]]),
    }

    def pictures(shape):
        return lambda: ([image.reshape(1, *shape).astype("float32")] for image in images)

    scales = {"_experimental_disable_per_channel_quantization_for_dense_layers": True}
    for name, (shape, parts) in kinds.items():
        model = keras.Sequential([keras.Input(shape), *map(_clone, parts)])
        one = {"input_signature": [tf.TensorSpec((1, *shape), tf.float32)]}
        small = {
            "optimizations": [tf.lite.Optimize.DEFAULT],
            "representative_dataset": pictures(shape),
        }
        whole = one | small | scales
        ways = {
            "float": one,
            "float, free batch": {},
            "int8": one | small | _ends(tf.int8),
            "int8 within": one | small,
            "int8, one scale": whole | _ends(tf.int8),
            "uint8, one scale": whole | _ends(tf.uint8),
            "hybrid": one | {"optimizations": [tf.lite.Optimize.DEFAULT]},
        }
        for way in WAYS[name]:
            file = Path(folder, f"{name}, {way}.tflite")
            model.export(file, format="litert", verbose=False, **ways[way])


WAYS = {
    "convolutional": ["float", "int8", "int8, one scale"],
    "padded": ["float, free batch", "int8", "int8 within", "uint8, one scale"],
    "rounded": ["int8, one scale"],
    "dense": ["float, free batch", "int8, one scale", "hybrid"],
}


def _clone(layer):
    return layer.__class__.from_config(layer.get_config())


def _ends(kind):
    return {"inference_input_type": kind, "inference_output_type": kind}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory, tests) -> dict[str, bytes]:
    """Files as the pages and readers export them, by name and way."""
    folder = tmp_path_factory.mktemp("models")
    process = start(make_models, str(folder), tests[0][:50], out=folder / "out")
    process.join()
    assert process.exitcode == 0, (folder / "out").read_text()
    return {path.stem: path.read_bytes() for path in sorted(folder.glob("*.tflite"))}


def test_other_models_answer_as_on_litert(open_page, models, tests):
    """Whole numbers byte for byte, floats but for the order of their sums."""
    page, tried = open_page(), 0
    page.add_script_tag(url="assets/digit-demo/operators.js")
    for name, content in models.items():
        if name.endswith("hybrid"):
            continue
        kind = re.search("u?int8|float", name)[0].replace("float", "float32")
        kind = "float32" if name.endswith("within") else kind
        images = (tests[0][:40].astype(np.int16) - 128 * (kind == "int8")).astype(kind)
        ours, theirs = in_the_page(page, content, images), litert(content, images)
        assert len(np.unique(theirs)) > 20, name
        if "int8" in name:
            assert (ours == theirs).all(), name
        else:
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6, err_msg=name)
        tried += 1
    assert tried == sum(map(len, WAYS.values())) - 1


def test_names_of_operators_are_those_of_the_format(open_page):
    page = open_page()
    page.add_script_tag(url="assets/digit-demo/operators.js")
    numbers = {name: n for name, n in vars(BuiltinOperator).items() if isinstance(n, int)}
    names = page.evaluate("DigitDemo.names")
    assert dict(zip(names, range(len(names)), strict=True)) == numbers
    kernels = page.evaluate("[...DigitDemo.kernels].map(([code, [name]]) => [name, code])")
    assert kernels and {name: numbers[name] for name, _ in kernels} == dict(kernels)


# ---------- The preparation

_PREPARE = """cases => cases.map(({ grey }) => {
  const data = Float32Array.from(grey.join(""), digit => 17 * parseInt(digit, 16))
  try {
    return [...DigitDemo.prepare({ data, width: grey[0].length, height: grey.length })]
  } catch (error) {
    return error.kind ?? String(error)
  }
})"""


def test_cases_of_the_preparation(open_page):
    """The very pictures and refusals of examples/digit_image.py."""
    cases = json.loads(CASES.read_text())["cases"]
    answers = open_page().evaluate(_PREPARE, cases)
    for case, answer in zip(cases, answers, strict=True):
        expected = [*bytes.fromhex("".join(case["expected"]))] if "expected" in case else None
        assert answer == (expected or case["refused"]), case["name"]


def strokes_of(image: np.ndarray) -> list[np.ndarray]:
    """A digit as a pen would write it: strokes of points, x and y."""
    large = Image.fromarray(image).resize((112, 112), Image.Resampling.BICUBIC)
    return [smooth(stroke) for stroke in follow(thin(np.asarray(large) > 90))]


def placed(strokes: list[np.ndarray], longer: float, rng: np.random.Generator) -> list[list[float]]:
    """The same, this long, somewhere on the field of 112; points in one list."""
    points = np.concatenate(strokes)
    low, size = points.min(axis=0), np.ptp(points, axis=0)
    scale = longer / size.max()
    corner = rng.uniform(4, 108 - size * scale)
    return [np.round((each - low) * scale + corner, 1).ravel().tolist() for each in strokes]


_READ = """async ({ drawings, way }) => {
  const file = await (await fetch("assets/digit-demo/mnist_int8.tflite")).arrayBuffer()
  const opened = DigitDemo.open(file)
  return drawings.map(strokes => {
    try {
      const row = DigitDemo.answer(opened, [0, 255], DigitDemo[way](strokes))
      return row.indexOf(Math.max(...row))
    } catch (error) {
      return error.kind ?? String(error)
    }
  })
}"""


def test_drawn_digits_are_read_with_the_preparation_and_not_without(open_page, tests, is_mnist):
    """200 test digits, thinned to the way of a pen, in the field's size and in a third of it."""
    images, labels = tests[0][:200], tests[1][:200]
    page, rng = open_page(), np.random.default_rng(0)
    share = {}
    written = [strokes_of(image) for image in images]
    for longer in (90, 36):
        drawings = [placed(strokes, longer, rng) for strokes in written]
        for way in ("prepared", "squeezed"):
            answers = page.evaluate(_READ, {"drawings": drawings, "way": way})
            pairs = zip(answers, labels, strict=True)
            share[longer, way] = np.mean([answer == label for answer, label in pairs])
    best = min(share[90, "prepared"], share[36, "prepared"])
    if is_mnist:  # the page says: more than 98, and about 30
        assert best > 0.98 and 0.2 < share[36, "squeezed"] < 0.4, share
    else:  # other hands and drawn letters
        assert best > 0.7 and share[36, "squeezed"] < best / 2, share


# ---------- A reader's own file


def changed(change: Callable) -> bytes:
    """The model of the site with a change in its parts."""
    model = schema.ModelT.InitFromPackedBuf(MODEL.read_bytes(), 0)
    change(model)
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _operation(number: int, custom: bytes | None = None, of: int = -1) -> Callable:
    def change(model):
        code = model.operatorCodes[model.subgraphs[0].operators[of].opcodeIndex]
        code.builtinCode, code.deprecatedBuiltinCode = number, min(number, 127)
        code.customCode = custom

    return change


def _hidden(model):
    model.subgraphs[0].outputs = [14]


def _dilated(model):
    model.subgraphs[0].operators[0].builtinOptions.dilationWFactor = 2


def _no_number(model):
    model.subgraphs[0].tensors[17].quantization.scale = [float("nan")]


def choose(page: Page, name: str, content: bytes) -> str:
    """What the element says of a file that a reader chooses."""
    told = page.locator(".model")
    before = told.inner_text()
    page.locator(".own").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )
    expect(told).not_to_have_text(before)
    return told.inner_text()


BAD = {
    "empty": (b"", "is not a .tflite file: choose", ".tflite 파일이 아닙니다"),
    "text": (b"not a model at all", "is not a .tflite file: choose", ".tflite 파일이 아닙니다"),
    "cut off": (MODEL.read_bytes()[:60_000], "is damaged or cut off: copy", "손상되었거나"),
    "shape": (changed(_hidden), "takes 28×28 and answers 176: choose", "출력이 176입니다"),
    "custom": (
        changed(_operation(32, b"edgetpu-custom-op")),
        "cannot run: edgetpu-custom-op. It runs ADD, AVERAGE_POOL_2D, CONV_2D",
        "edgetpu-custom-op",
    ),
    "other": (changed(_operation(50)), "cannot run: LOG_SOFTMAX. It runs", "LOG_SOFTMAX"),
    "newest": (
        changed(_operation(206)),
        "cannot run: STABLEHLO_COMPOSITE. It runs",
        "STABLEHLO_COMPOSITE",
    ),
    "dilated": (changed(_dilated), "cannot run: CONV_2D (dilation). It runs", "CONV_2D (dilation)"),
    "not finite": (changed(_no_number), "not finite: train it again", "다시 훈련하세요"),
}


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_bad_file_ends_in_a_sentence_and_the_model_stays(open_page, models, language):
    page = open_page(f"{language}-default")
    draw(page, THREE)
    answer = page.locator(".answer").inner_text()
    for name, (content, english, korean) in BAD.items():
        told = choose(page, f"{name}.tflite", content)
        assert told.startswith(f"{name}.tflite") and told.endswith("."), told
        assert (english if language == "en" else korean) in told
    told = choose(page, "hybrid.tflite", models["dense, hybrid"])
    assert "FULLY_CONNECTED (float32, int8)" in told
    assert page.locator(".answer").inner_text() == answer
    assert not page.locator(".back").is_visible()


def test_own_models_answer(open_page, models):
    """What the element says of them, and that it is they who answer."""
    page = open_page()
    draw(page, THREE)
    first = page.locator(".bars").inner_text()
    requests = len(_Handler.requests)
    told = choose(page, "own.tflite", models["dense, int8, one scale"])
    assert told == (
        "own.tflite answers now. It takes int8, and pixels from 0 to 255, as its input scale says."
    )
    expect(page.locator(".bars")).not_to_have_text(first)
    told = choose(page, "float.tflite", models["dense, float, free batch"])
    assert re.fullmatch(
        r"float.tflite answers now. It takes float32, and pixels from -?\d to \d+, "
        r"found by trying ten drawn digits\.",
        told,
    )
    loaded = [Path(path).name for path in _Handler.requests[requests:]]
    assert sorted(loaded) == ["operators.js", "own.js"]  # nothing is sent, nothing fetched again
    page.locator(".back").click()
    expect(page.locator(".model")).to_have_text(re.compile("255/256, or 99.6%"))
    expect(page.locator(".bars")).to_have_text(first, use_inner_text=True)


def test_pixels_of_a_float_model_are_found_by_trying(open_page):
    """Of the site's model, dressed up to take floats in each range."""
    page = open_page()
    rows = page.evaluate(
        """async () => {
          const load = src => new Promise(onload => document.head.append(
            Object.assign(document.createElement("script"), { src, onload })))
          let model
          const { open } = DigitDemo
          DigitDemo.open = () => model
          await load("assets/digit-demo/operators.js")
          await load("assets/digit-demo/own.js")
          const file = await (await fetch("assets/digit-demo/mnist_int8.tflite")).arrayBuffer()
          const found = []
          for (const [low, high] of [[0, 1], [-1, 1], [0, 255]]) {
            model = open(file)
            const { run, input, output } = model
            model.input = { ...input, type: "float32" }
            model.output = { ...output, type: "float32" }
            model.run = values => Array.from(run(Int8Array.from(values, value =>
              Math.max(-128, Math.min(127, Math.round((value - low) / (high - low) * 255) - 128)))),
              value => (value + 128) / 256)
            found.push(DigitDemo.examine("float.tflite", file, "en").about)
          }
          return found
        }"""
    )
    assert [re.search("from (.*),", row)[1] for row in rows] == ["0 to 1", "-1 to 1", "0 to 255"]


def test_weights_behind_the_flatbuffer_are_found(open_page, tests):
    content, found = MODEL.read_bytes(), {}

    def append(model):
        buffer = max(model.buffers, key=lambda each: len(each.data) if each.data is not None else 0)
        found["data"] = bytes(buffer.data)
        buffer.data, buffer.offset, buffer.size = None, 200_000, len(found["data"])

    head = changed(append)
    moved = head.ljust(200_000, b"\0") + found["data"]
    images = (tests[0][:20].astype(np.int16) - 128).astype(np.int8)
    page = open_page()
    assert (in_the_page(page, moved, images) == in_the_page(page, content, images)).all()


_OPEN = """async ({ places, values }) => {
  const file = await (await fetch("assets/digit-demo/mnist_int8.tflite")).arrayBuffer()
  const pixels = new Int8Array(784)
  return places.map((place, i) => {
    const copy = file.slice(0)
    if (values) new Uint8Array(copy)[place] = values[i]
    try {
      const model = DigitDemo.open(values ? copy : file.slice(0, place))
      if (model.input.data.length === 784) model.run(pixels)
      return "runs"
    } catch (error) {
      return error.kind ?? String(error)
    }
  })
}"""


def test_damaged_files_never_fail_otherwise(open_page):
    """A byte of the tables changed, or the end cut off: it runs, or it is a ModelError."""
    page, rng, content = open_page(), np.random.default_rng(0), MODEL.read_bytes()
    weights = max(content.find(b"\0" * 4, 1000), 1000)
    tables = [*range(1000), *range(len(content) - 6000, len(content))]
    places = rng.choice(tables, 600).tolist()
    values = rng.integers(0, 256, 600).tolist()
    kinds = Counter(page.evaluate(_OPEN, {"places": places, "values": values}))
    assert kinds.keys() <= {"runs", "damaged", "operators", "tflite"}, kinds
    assert kinds["damaged"] > 20 and kinds["runs"] > 20, kinds
    cuts = rng.integers(0, len(content) - weights, 100).tolist()
    kinds = Counter(page.evaluate(_OPEN, {"places": cuts, "values": None}))
    assert kinds.keys() <= {"damaged", "tflite", "runs"} and kinds["damaged"] > 90, kinds


# ---------- What a reader does


# No question is waiting. (`wait_for_function` would need `unsafe-eval`.)
_ANSWERED = """() => new Promise(done => {
  const look = () => (document.querySelector("digit-demo").timer ? setTimeout(look, 10) : done())
  look()
})"""


def draw(page: Page, line: str, answered: bool = True) -> None:
    """Draw a line by mouse: points of x and y on a field of 112."""
    box = page.locator(".field").bounding_box()
    points = np.array(line.split(), float).reshape(-1, 2) / 112
    for number, (x, y) in enumerate(points):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        if not number:
            page.mouse.down()
    page.mouse.up()
    page.evaluate(_ANSWERED)
    expect(page.locator(".bars .best")).to_have_count(int(answered))


def shares(page: Page) -> list[float]:
    """The ten probabilities that are shown, in percent."""
    texts = page.locator(".bars li span").all_inner_texts()
    return [float(text.rstrip("%")) for text in texts]


def test_drawing_by_mouse(open_page):
    page = open_page()
    status = page.locator(".answer")
    assert status.get_attribute("role") == "status"
    draw(page, THREE)
    expect(status).to_have_text(re.compile(r"The model says 3 \(\d\d\.\d%\)\."))
    found = shares(page)
    assert int(np.argmax(found)) == 3 and abs(sum(found) - 100) < 3
    assert page.locator(".bars li").count() == 10
    assert "best" in page.locator(".bars li").nth(3).get_attribute("class")
    lit = page.locator(".picture").evaluate(
        "c => c.getContext('2d').getImageData(0, 0, 28, 28).data.filter(v => v > 128).length - 784"
    )
    assert lit > 100  # three numbers for each light pixel
    expect(page.locator("polyline")).to_have_count(1)


def test_undo_and_clear(open_page):
    page = open_page()
    draw(page, "60 20 45 100")
    draw(page, "20 20 60 20")
    lines = page.locator("polyline")
    expect(lines).to_have_count(2)
    page.locator(".undo").click()
    expect(lines).to_have_count(1)
    page.locator(".clear").click()
    expect(lines).to_have_count(0)
    expect(page.locator(".answer")).to_have_text("Draw a digit from 0 to 9.")
    assert page.locator(".bars .best").count() == 0
    page.locator(".undo").click()  # what clear took is brought back
    expect(lines).to_have_count(1)
    for _ in range(2):  # and so on to the empty field, where it does nothing
        page.locator(".undo").click()
        expect(lines).to_have_count(0)


def test_what_is_no_digit_gets_a_sentence(open_page):
    page = open_page()
    box = page.locator(".field").bounding_box()
    page.mouse.click(box["x"] + 50, box["y"] + 50)
    expect(page.locator(".answer")).to_have_text(re.compile("draw a larger one"))
    page.locator(".clear").click()
    draw(page, "20 20 22 90")
    draw(page, "80 20 84 90", answered=False)
    expect(page.locator(".answer")).to_have_text(re.compile("more than one thing"))
    assert page.locator(".bars .best").count() == 0


def test_skipping_the_preparation(open_page):
    """A small digit in a corner: sure before, lost after."""
    page = open_page()
    small = " ".join(str(round(float(number) * 0.3 + 4)) for number in THREE.split())
    draw(page, small)
    expect(page.locator(".answer")).to_have_text(re.compile("The model says 3"))
    before = shares(page)[3]
    page.locator(".skip").check()
    expect(page.locator(".answer")).not_to_have_text(re.compile("The model says 3"))
    assert shares(page)[3] < 50 < before


def test_hard_digits_tear_the_model(open_page):
    page = open_page()
    for digits in ((4, 9), (1, 7)):
        page.get_by_role("button", name="{} or {}?".format(*digits)).click()
        told = re.compile("torn between [{0}{1}] .* and [{0}{1}] ".format(*digits))
        expect(page.locator(".answer")).to_have_text(told)
        assert min(shares(page)[digit] for digit in digits) > 35


def test_first_layer(open_page):
    """16 pictures of 24x24, with a line between; empty without a drawing."""
    page = open_page()
    draw(page, THREE)
    page.locator("summary").click()
    told = re.compile(r"\(CONV_2D\) makes 16 pictures of 24×24")
    expect(page.locator(".about")).to_have_text(told)
    size = page.locator(".maps").evaluate("canvas => [canvas.width, canvas.height]")
    assert size == [8 * 25 - 1, 2 * 25 - 1]
    lightest = """c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data
      .reduce((most, value, i) => i % 4 === 3 ? most : Math.max(most, value), 0)"""
    assert page.locator(".maps").evaluate(lightest) == 255
    page.locator(".clear").click()
    expect(page.locator(".answer")).to_have_text(re.compile("Draw"))
    assert page.locator(".maps").evaluate(lightest) == 0


def test_drawing_by_keyboard(open_page):
    """A 7, and what the sentences say on the way; Tab leaves the field."""
    page = open_page()
    field = page.locator(".field")
    field.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".keys")).to_be_visible()
    for key in ["ArrowLeft"] * 4:
        page.keyboard.press(key)
    page.keyboard.press("Space")
    expect(page.locator(".pen")).to_have_text("Pen down.")
    for key in ["ArrowRight"] * 11 + ["ArrowDown", "ArrowDown", "ArrowLeft"] * 7:
        page.keyboard.press(key)
    page.keyboard.press("Space")
    expect(page.locator(".pen")).to_have_text("Pen up.")
    expect(page.locator(".answer")).to_have_text(re.compile("The model says 7"))
    page.keyboard.press("Backspace")
    expect(page.locator("polyline")).to_have_count(0)
    page.keyboard.press("Control+z")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.className") == "undo"


def test_drawing_by_finger_does_not_scroll(open_page):
    page = open_page(viewport=PHONE, has_touch=True, is_mobile=True)
    page.locator(".field").scroll_into_view_if_needed()
    box, session = page.locator(".field").bounding_box(), page.context.new_cdp_session(page)
    before = page.evaluate("scrollY")
    points = np.array(THREE.split(), float).reshape(-1, 2)[::-1] / 112  # upwards, as one scrolls
    for number, (x, y) in enumerate(points):
        kind = "touchMove" if number else "touchStart"
        at = {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [at]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.locator(".answer")).to_have_text(re.compile("The model says 3"))
    assert page.evaluate("scrollY") == before
    assert page.evaluate("document.documentElement.scrollHeight > innerHeight")  # it could


@pytest.mark.parametrize("kind", ["", "compact"], ids=["whole", "compact"])
@pytest.mark.parametrize("scheme", ["default", "slate"])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_accessibility(open_page, language, scheme, kind):
    page = open_page(f"{language}-{scheme}{kind}")
    draw(page, THREE)
    if not kind:
        page.locator("summary").click()
        choose(page, "text.tflite", b"text")
    page.locator(".field").focus()
    found = []
    for view in (DESKTOP, PHONE, NARROW):
        page.set_viewport_size(view)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, view
        found += [f"{view['width']}: {text}" for text in axe.violations(page)]
    assert found == []


def test_the_policy_is_one_that_notices(open_page):
    """A style in an attribute would be reported."""
    page = open_page()
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=color:red>x')")
    deadline = 200
    while not _Handler.reports and deadline:
        page.wait_for_timeout(50)
        deadline -= 1
    assert "style-src-attr" in _Handler.reports[0]
    _Handler.reports.clear()


# ---------- When it is loaded, and where


def test_the_site_has_the_model(sample: Path):
    content = (sample / FOLDER / MODEL.name).read_bytes()
    assert content == MODEL.read_bytes()
    script = (sample / FOLDER / "mnist_int8.js").read_text()
    assert base64.b64decode(script.split('"')[1]) == content


def test_nothing_is_loaded_before_it_is_near(chromium: Browser, address: str):
    _Handler.requests.clear()
    page = chromium.new_page(viewport=DESKTOP)
    page.goto(f"{address}far.html", wait_until="load")
    rest(page)
    assert not [path for path in _Handler.requests if "digit-demo" in path]
    page.locator("digit-demo").scroll_into_view_if_needed()
    expect(page.locator(".answer")).to_have_text("Draw a digit from 0 to 9.")
    expect(page.locator(".field")).to_be_visible()  # its styles have come
    loaded = {Path(path).name for path in _Handler.requests if "digit-demo" in path}
    assert loaded == {*CORE, "element.css", "mnist_int8.tflite"}
    page.close()


CORE = ("interpreter.js", "prepare.js", "element.js")


def test_it_is_small():
    """What a page loads for it, without the model."""
    files = (ASSETS / FOLDER.name).iterdir()
    size = {path.name: len(gzip.compress(path.read_bytes())) for path in files}
    assert sum(size[name] for name in CORE) < 18_000
    assert sum(size.values()) < 25_000


def test_it_works_from_a_folder(chromium: Browser, folder: Path):
    """Opened as a file, where a page can fetch nothing."""
    page = chromium.new_page()
    page.goto((folder / "ko-default.html").as_uri())
    expect(page.locator(".answer")).to_have_text("0부터 9까지 숫자 하나를 그려 보세요.")
    draw(page, THREE)
    expect(page.locator(".answer")).to_have_text(re.compile("모델의 답은 3입니다"))
    page.close()


@pytest.mark.parametrize(
    ("language", "words"), [("en", "allow JavaScript"), ("ko", "JavaScript를")]
)
def test_without_scripts_a_sentence_stands_there(open_page, language, words):
    """A parser for which scripts are off, as that of DOMParser, takes it for text."""
    source = (DOCS / language / "own-digits.md").read_text("utf-8")
    (element,) = re.findall("<digit-demo.*</digit-demo>", source)
    read = """html => new DOMParser().parseFromString(html, "text/html")
      .querySelector("digit-demo noscript").innerHTML"""
    text = open_page().evaluate(read, element)
    assert words in text and "<" not in text and "&lt;" not in text


def test_a_model_that_does_not_come_is_told(chromium: Browser, address: str):
    page = chromium.new_page()
    page.route("**/*.tflite", lambda route: route.abort())
    page.goto(f"{address}en-default.html")
    expect(page.locator(".answer")).to_have_text(re.compile("could not be loaded: reload"))
    page.close()
