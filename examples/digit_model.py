"""A model from a file, as a function from pictures to probabilities.

One function feeds `.keras` and `.tflite` models alike. Whether a model
takes pixels from 0 to 255 or from 0 to 1 is found out, because the
wrong range gives wrong answers without an error.
"""

import argparse
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from common import UserError, reason
from digit_image import prepare
from tflite_check import check
from tflite_run import input_range, run, scaled

Range = tuple[float, float]  # what black and white are for a model
RANGES: tuple[Range, ...] = ((0, 1), (-1, 1), (0, 255))
# The mean probability of the right digit that a model must reach on ten
# drawn ones. In the wrong range, models reach .1 to .2.
READS = 0.3
# How a pen goes through 0 to 9: points of x and y.
STROKES = [
    "30 0 10 20 0 70 15 100 35 100 55 70 55 25 30 0",
    "30 0 25 100",
    "5 20 25 0 50 10 50 35 0 100 60 95",
    "5 10 30 0 50 20 20 45 55 65 40 95 0 90",
    "15 0 0 55 60 50 45 50 55 10 40 100",
    "55 0 10 0 5 45 40 45 55 70 35 100 0 95",
    "45 0 10 40 0 75 15 100 40 95 50 70 30 55 5 70",
    "0 5 60 0 25 100",
    "50 10 25 0 5 20 50 70 35 100 10 95 5 75 50 10",
    "50 20 25 0 5 20 20 45 50 20 45 60 35 100",
]


@dataclass(frozen=True)
class DigitModel:
    """A model that reads digits.

    Attributes:
        pixels: what black and white are for it.
        found: how that is known.
        answer: from float32 (n, 28, 28) in that range to (n, 10).
        logits: whether the answers are logits.
        model: the Keras model, or LiteRT's interpreter.
    """

    pixels: Range
    found: str
    answer: Callable[[np.ndarray], np.ndarray]
    logits: bool
    model: object

    def __call__(self, pictures: np.ndarray) -> np.ndarray:
        """From uint8 (n, 28, 28) to probabilities, float (n, 10)."""
        answers = self.answer(scaled(pictures, self.pixels))
        return softmax(answers) if self.logits else answers

    @property
    def takes(self) -> str:
        """What it takes, to be said behind its name."""
        low, high = self.pixels
        return (
            f"takes pixels from {low:.3g} to {high:.3g} "
            f"(known from {self.found})."
        )


def add_pixels_option(options: argparse.ArgumentParser) -> None:
    """Add `--pixels`, for `open_model`."""
    options.add_argument(
        "--pixels",
        type=int,
        choices=(1, 255),
        help="what white is for a model whose range is found wrongly",
    )


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities from logits, (n, 10) both."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def open_model(path: Path, white: int | None = None) -> DigitModel:
    """Load a .keras or .tflite file.

    Args:
        path: the file.
        white: what white is for it, where the user knows; black is 0.

    Raises:
        UserError: the file is no model, or one for something else.
    """
    kinds = {".tflite": load_tflite, ".keras": load_keras}
    if path.suffix not in kinds:
        raise UserError(
            f"{path} is neither a .keras nor a .tflite file: "
            "name a model with --model."
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror}): "
            "name a model with --model."
        ) from None
    model, answer, known = kinds[path.suffix](path, content)
    known, found = ((0, white), "--pixels") if white else known
    tried = {
        each: answer(scaled(drawn_digits(), each))
        for each in ((known,) if known else RANGES)
    }
    rows = np.concatenate(list(tried.values()))
    if not np.isfinite(rows).all():
        raise UserError(
            f"{path} answers with numbers that are not finite: "
            "train it again."
        )
    # Probabilities of int8 are rounded to 1/256 each.
    add_up = np.allclose(rows.sum(axis=1), 1, atol=0.05)
    shares = ((rows >= 0) & (rows < 1.01)).all()
    if shares and not add_up:  # a sigmoid's, for instance
        raise UserError(
            f"{path} answers with numbers from 0 to 1 that do not add "
            "up to 1: end it in softmax, or in no activation."
        )
    logits = not add_up or not shares
    if not known:
        known, found = best_range(tried, logits), "its answers"
    return DigitModel(known, found, answer, logits, model)


def best_range(tried: dict[Range, np.ndarray], logits: bool) -> Range:
    """The range in which ten drawn digits are read.

    A model of small numbers reads large ones too, and is far too sure;
    so these are the choice only if the others do not do.
    """
    reads = {}
    for pixels, rows in tried.items():
        shares = softmax(rows) if logits else rows
        reads[pixels] = np.diag(shares).mean()
    small, signed, large = RANGES
    if max(reads[small], reads[signed]) < READS:
        return large
    return signed if reads[signed] > reads[small] + 0.1 else small


@cache
def drawn_digits() -> np.ndarray:
    """The digits 0 to 9 as MNIST would show them, uint8 (10, 28, 28)."""
    pictures = []
    for stroke in STROKES:
        image = Image.new("L", (160, 160))
        points = [int(number) + 40 for number in stroke.split()]
        ImageDraw.Draw(image).line(points, 255, 11, joint="curve")
        pictures.append(prepare(np.asarray(image)))
    return np.stack(pictures)


def wrong_model(path: Path, takes: tuple, gives: tuple) -> UserError:
    """The error for a model that is for something else."""
    return UserError(
        f"{path} takes {takes} and answers {gives}: name a model from "
        "28x28 pixels to ten digits with --model."
    )


def load_tflite(path: Path, content: bytes):
    """A .tflite file: interpreter, function, range and its source."""
    from ai_edge_litert.interpreter import Interpreter

    # Damaged bytes could crash LiteRT, and this program with it.
    for finding in check(content):
        if finding.rule in ("empty", "not-tflite", "damaged"):
            fault = finding.text[0].lower() + finding.text[1:]
            raise UserError(f"{path} cannot be used: {fault}")
    try:
        interpreter = Interpreter(model_content=content)
        interpreter.allocate_tensors()
        takes, *more = interpreter.get_input_details()
        gives = interpreter.get_output_details()
        shapes = [
            tuple(map(int, each["shape"])) for each in (takes, gives[0])
        ]
        fits = shapes[0] in ((1, 28, 28), (1, 28, 28, 1))
        if not fits or shapes[1] != (1, 10) or more or gives[1:]:
            raise wrong_model(path, *shapes)
        if takes["dtype"] not in (np.int8, np.uint8, np.float32):
            raise UserError(
                f"{path} takes {takes['dtype'].__name__}: "
                "export it with int8, uint8 or float32."
            )
        interpreter.invoke()
    except (RuntimeError, ValueError) as error:
        raise UserError(
            f"{path} cannot be run by LiteRT: {reason(error)}."
        ) from None
    known = input_range(takes)

    def answer(values):
        return run(interpreter, values)

    return interpreter, answer, (known, "its input scale")


def load_keras(path: Path, content: bytes):
    """A .keras file: model, function, range and its source."""
    if not zipfile.is_zipfile(path):
        raise UserError(
            f"{path} is not a whole .keras file: name one that "
            'model.save("name.keras") has written.'
        )
    import keras

    try:
        model = keras.saving.load_model(path, compile=False)
    except Exception as error:  # depends on what is in the file
        raise UserError(
            f"{path} cannot be loaded by Keras: {reason(error)}."
        ) from None
    takes = getattr(model, "input_shape", None)
    gives = getattr(model, "output_shape", None)
    if isinstance(getattr(model, "output", None), dict):
        gives = f"a dict with {gives}"
    fits = takes in ((None, 28, 28), (None, 28, 28, 1))
    if not fits or gives != (None, 10):
        raise wrong_model(path, takes, gives)

    def answer(values):
        values = values.reshape(-1, *takes[1:])
        return model.predict(values, batch_size=256, verbose=0)

    for layer in model.layers:
        if isinstance(layer, keras.layers.Rescaling):
            if np.max(np.abs(layer.scale)) < 0.1:
                return model, answer, ((0, 255), "its Rescaling layer")
            break
    return model, answer, (None, "")
