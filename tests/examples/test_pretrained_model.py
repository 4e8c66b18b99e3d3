"""The model that is kept in examples/models: its record, its answers, its accuracy on MNIST."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from examples import mnist_data

EXAMPLES = Path(__file__).parents[2] / "examples"
MODEL = EXAMPLES / "models" / "mnist_int8.tflite"
RECORD = json.loads(MODEL.with_suffix(".json").read_text())
OLD_PYTHON = os.environ.get("TFLITE_27_PYTHON")
OLD_TESTS = 1000  # images; its int8 kernels are many times slower on a PC


@pytest.fixture(scope="module")
def program():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLES)
        import edge_tpu

        yield edge_tpu


@pytest.fixture(scope="module")
def source():
    return mnist_data.find()


@pytest.fixture(scope="module")
def tests(source):
    """The 10,000 test images and their labels."""
    return source.load()[1]


@pytest.fixture(scope="module")
def answers(program, tests):
    """What the model says to each of them on LiteRT: int8 (10000, 10)."""
    rows, _ = program.answers(MODEL.read_bytes(), tests[0], (0, 255))
    return np.round(rows * 256 - 128).astype("int8")


def test_record_is_of_this_file():
    content = MODEL.read_bytes()
    assert RECORD["int8"]["bytes"] == len(content) <= 120_000
    assert RECORD["int8"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert RECORD["int8"]["file"] == MODEL.name


def test_record_says_how_it_was_made():
    assert RECORD["command"].startswith("python examples/edge_tpu.py ")
    assert RECORD["data"]["kind"] == "mnist" and RECORD["data"]["digest"]
    assert RECORD["data"]["training_images"] == 60_000
    assert isinstance(RECORD["seed"], int) and RECORD["epochs"]
    assert set(RECORD["versions"]) == {"python", "tensorflow", "keras", "ai-edge-litert", "numpy"}


def test_record_is_of_a_model_that_is_as_good_as_in_float():
    floats, ints = RECORD["float"]["accuracy"], RECORD["int8"]["accuracy"]
    assert RECORD["data"]["test_images"] == 10_000
    assert ints >= 0.985
    assert abs(floats - ints) <= 0.002
    assert RECORD["agreement"] >= 0.995
    assert RECORD["size_ratio"] >= 3.8
    assert RECORD["size_ratio"] == RECORD["float"]["bytes"] / RECORD["int8"]["bytes"]
    assert RECORD["findings"] == []


def test_checker_finds_nothing(program):
    from check_tflite import check

    assert check(MODEL.read_bytes()) == []


def test_takes_and_gives_what_the_record_says(program, tests):
    _, described = program.answers(MODEL.read_bytes(), tests[0][:1], (0, 255))
    assert described == {side: RECORD["int8"][side] for side in ("input", "output")}
    pixels = {"dtype": "int8", "shape": [1, 28, 28, 1], "scale": 1.0, "zero_point": -128}
    assert described["input"] == pixels  # so that int8 is pixel - 128


def test_answers_are_probabilities(answers):
    shares = (answers + 128.0) / 256
    assert answers.dtype == np.int8 and answers.shape == (10_000, 10)
    assert np.abs(shares.sum(axis=1) - 1).max() <= 5 / 256  # each is rounded for itself
    assert np.median(shares.max(axis=1)) > 0.7


def test_reads_the_test_images(answers, tests, source):
    """98.5 % is for MNIST; the offline digits are other hands and drawn letters."""
    accuracy = (answers.argmax(axis=1) == tests[1]).mean()
    if source.kind != "mnist":
        assert accuracy >= 0.7
        pytest.skip(f"98.5 % is for MNIST; of the {source.label} it reads {accuracy:.2%}")
    assert accuracy >= 0.985
    # Kernels for other processors may round otherwise, once in a while.
    assert accuracy == pytest.approx(RECORD["int8"]["accuracy"], abs=0.001)
    assert source.digest == RECORD["data"]["digest"]


OLD_RUN = """
import sys
import numpy as np
from tflite_runtime.interpreter import Interpreter

interpreter = Interpreter(sys.argv[1])
interpreter.allocate_tensors()
takes, gives = (side[0]["index"] for side in (
    interpreter.get_input_details(), interpreter.get_output_details()))
answers = []
for image in np.load(sys.argv[2]):
    interpreter.set_tensor(takes, (image.astype("int16") - 128).astype("int8")[None, ..., None])
    interpreter.invoke()
    answers.append(interpreter.get_tensor(gives)[0])
np.save(sys.argv[3], np.stack(answers))
"""


@pytest.mark.skipif(not OLD_PYTHON, reason="no TFLite of the compiler's age: make old-tflite")
def test_same_digits_on_a_tflite_of_the_compilers_age(answers, tests, tmp_path):
    images, result = tmp_path / "images.npy", tmp_path / "answers.npy"
    np.save(images, tests[0][:OLD_TESTS])
    command = [OLD_PYTHON, "-c", OLD_RUN, MODEL, images, result]
    # Its Python is another: nothing of this one's may be imported.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    old = np.load(result)
    assert (old.argmax(axis=1) == answers[:OLD_TESTS].argmax(axis=1)).all()
    assert len(np.unique(old.argmax(axis=1))) == 10


def test_it_needs_no_tensorflow():
    """Whoever has the file runs it with LiteRT and NumPy alone."""
    code = (
        "import sys; sys.modules['tensorflow'] = sys.modules['keras'] = None\n"
        "from ai_edge_litert.interpreter import Interpreter\n"
        "interpreter = Interpreter(sys.argv[1])\n"
        "interpreter.allocate_tensors()\n"
        "interpreter.invoke()\n"
    )
    subprocess.run([sys.executable, "-c", code, MODEL], check=True, timeout=60)
