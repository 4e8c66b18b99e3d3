"""examples/edge_tpu.py: both routes, a compiler that succeeds or refuses, and what stops it.

Most runs are in this process: TensorFlow is imported once. What they train is small; that the
accuracy is MNIST's is tested with the model that is kept, in test_pretrained_model.py.
"""

import contextlib
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.ctrl_c import watch_fit

EXAMPLES = Path(__file__).parents[2] / "examples"
PROGRAM = EXAMPLES / "edge_tpu.py"
TESTS = 1000  # test images on which the models are compared here
# TensorFlow's own, while Keras saves a model.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
FILES = {"mnist_float.tflite", "mnist_int8.tflite", "mnist_int8.json"}


@pytest.fixture(scope="module", autouse=True)
def program():
    """The program as a module, which finds its neighbours as a script does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLES)
        import edge_tpu

        yield edge_tpu


@pytest.fixture(autouse=True, scope="module")
def no_compiler():
    """A PATH without the compiler, whatever this machine has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", "/usr/bin:/bin")
        yield


class Run:
    """What a run of the program in this process returned, printed and wrote."""

    def __init__(self, program, out: Path, *options):
        self.out, stdout, stderr = out, io.StringIO(), io.StringIO()
        arguments = [*map(str, options), "--out", str(out)]
        with (
            contextlib.redirect_stdout(stdout),
            contextlib.redirect_stderr(stderr),
            pytest.MonkeyPatch.context() as patch,
        ):
            patch.setattr(sys, "argv", ["edge_tpu.py", *arguments])
            try:
                self.code = program.run(program.main)
            except SystemExit as error:  # an option is wrong
                self.code = error.code
        self.stdout, self.stderr = stdout.getvalue(), stderr.getvalue()

    @property
    def report(self) -> dict:
        return json.loads((self.out / "mnist_int8.json").read_text())

    def bytes(self, name: str) -> bytes:
        return (self.out / name).read_bytes()

    def names(self) -> set[str]:
        return {path.name for path in self.out.iterdir()}


@pytest.fixture(scope="module")
def plain(program, tmp_path_factory):
    """A short training, quantized after it."""
    out = tmp_path_factory.mktemp("plain")
    run = Run(program, out, "--examples", 3000, "--tests", TESTS)
    assert run.code == 0, run.stderr
    return run


@pytest.fixture(scope="module")
def aware(program, plain, tmp_path_factory):
    """Its model, trained on with all rounded, and compiled by what stands in for the compiler."""
    out, folder = tmp_path_factory.mktemp("aware"), tmp_path_factory.mktemp("compiler")
    model = plain.out / "mnist.keras"
    with fake_compiler(folder, SUCCESS):
        run = Run(program, out, "--model", model, "--qat", "--examples", 1500, "--tests", TESTS)
    assert run.code == 0, run.stderr
    return run


# Both print as the real one does, which is called as `edgetpu_compiler -s name.tflite`.
SUCCESS = """
[ "$1" = -s ] && [ -f "$2" ] || exit 64
echo "Edge TPU Compiler version 16.0.384591198"
echo "Model compiled successfully in 11 ms."
name=$(basename "$2" .tflite)
{ echo compiled; cat "$2"; } > "${name}_edgetpu.tflite"
echo log > "${name}_edgetpu.log"
"""
FAILURE = """
echo "Edge TPU Compiler version 16.0.384591198"
echo "Invalid model: $2"
printf '\\377\\n'  # no UTF-8
echo "Model not quantized" >&2
exit 1
"""


@contextlib.contextmanager
def fake_compiler(folder: Path, script: str):
    """A program of the compiler's name, first on the PATH."""
    compiler = folder / "edgetpu_compiler"
    compiler.write_text(f"#!/bin/sh\n{script}")
    compiler.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        yield


@pytest.fixture(scope="module")
def tests(program):
    """Images and labels that the runs compared on."""
    _, (x, y) = program.mnist_data.load(lambda line: None)
    return x[:TESTS], y[:TESTS]


def litert(content: bytes):
    """An interpreter without any delegate: the very tensors of the file."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    plain = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(model_content=content, experimental_op_resolver_type=plain)
    interpreter.allocate_tensors()
    return interpreter


def operators(content: bytes) -> list[str]:
    """The names of the operators, in order."""
    import tflite

    names = {code: name for name, code in vars(tflite.BuiltinOperator).items() if name[0] != "_"}
    model = tflite.Model.GetRootAs(content)
    graph = model.Subgraphs(0)
    codes = (graph.Operators(i).OpcodeIndex() for i in range(graph.OperatorsLength()))
    return [names[model.OperatorCodes(code).BuiltinCode()] for code in codes]


def answer(content: bytes, images: np.ndarray) -> np.ndarray:
    """Digits from an int8 file whose pixels are pixel - 128; written apart from the program."""
    interpreter, digits = litert(content), []
    takes = interpreter.get_input_details()[0]["index"]
    gives = interpreter.get_output_details()[0]["index"]
    for image in images:
        interpreter.set_tensor(takes, (image.astype(int) - 128).astype("int8")[None, ..., None])
        interpreter.invoke()
        digits.append(interpreter.get_tensor(gives)[0].argmax())
    return np.array(digits)


@pytest.fixture(params=["plain", "aware"])
def either(request):
    return request.getfixturevalue(request.param)


def test_int8_is_near_float_and_smaller(either):
    report = either.report
    floats, ints = report["float"]["accuracy"], report["int8"]["accuracy"]
    assert floats > 0.7, "nothing was learned"
    assert abs(floats - ints) <= 0.01
    assert report["agreement"] >= 0.99
    assert report["size_ratio"] >= 3.8
    assert report["findings"] == []


def test_report_is_of_the_files(either, tests):
    report = either.report
    for kind in ("float", "int8"):
        content = either.bytes(report[kind]["file"])
        assert report[kind]["bytes"] == len(content)
        assert report[kind]["sha256"] == hashlib.sha256(content).hexdigest()
    right = (answer(either.bytes("mnist_int8.tflite"), tests[0]) == tests[1]).mean()
    assert report["int8"]["accuracy"] == pytest.approx(
        right, abs=0.003
    )  # another kernel's rounding
    assert report["data"]["test_images"] == TESTS
    assert f"{report['int8']['accuracy']:.2%}" in either.stdout


def test_all_is_int8_for_one_picture(either):
    content = either.bytes("mnist_int8.tflite")
    interpreter = litert(content)
    takes, gives = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    for details, shape, scale in ((takes, [1, 28, 28, 1], 1 / 255), (gives, [1, 10], 1 / 256)):
        assert details["dtype"] == np.int8
        assert details["quantization"] == (pytest.approx(scale, abs=1e-6), -128)
        assert details["shape"].tolist() == details["shape_signature"].tolist() == shape
    tensors = interpreter.get_tensor_details()
    assert {tensor["dtype"] for tensor in tensors} == {np.int8, np.int32}
    dense = [one for one in tensors if one["shape"].tolist() in ([176, 512], [10, 176])]
    assert [len(one["quantization_parameters"]["scales"]) for one in dense] == [1, 1]
    # No operator of the Rescaling's is left.
    assert operators(content) == [
        *("CONV_2D", "MAX_POOL_2D") * 2,
        *("RESHAPE", "FULLY_CONNECTED", "FULLY_CONNECTED", "SOFTMAX"),
    ]


def test_float_file_answers_as_the_keras_model(program, plain, aware, tests):
    import keras

    for run, model in ((plain, "mnist.keras"), (aware, "mnist_qat.keras")):
        logits = keras.saving.load_model(run.out / model).predict(tests[0][:50], verbose=0)
        answers, _ = program.answers(run.bytes("mnist_float.tflite"), tests[0][:50], (0, 255))
        assert np.allclose(answers, keras.ops.softmax(logits), atol=1e-4)


def test_training_saw_what_int8_computes(program, plain, tests):
    """The rounded model's probabilities are those of the file, to a few steps of 1/256."""
    import keras

    model = keras.saving.load_model(plain.out / "mnist.keras")
    inner, pixels = program.without_rescaling(model, (0, 255))
    assert pixels == pytest.approx((0, 1))
    aware = program.quantization_aware(inner)
    images = program.scaled(tests[0][:100, ..., None], pixels)
    aware(images, training=True)  # sets the ranges
    rounded, exact = (keras.ops.softmax(each(images)) for each in (aware, inner))
    files = program.convert(model, softmax=True, pixels=(0, 255), aware=aware)
    answers, _ = program.answers(files["int8"], tests[0][:100], (0, 255))
    steps = np.abs(answers - rounded) * 256
    assert steps.max() <= 8 and steps.mean() < 1, (steps.max(), steps.mean())
    assert np.abs(exact - rounded).max() > 1e-3, "nothing was rounded"


def test_files_and_the_words_without_a_compiler(plain):
    assert plain.names() == {*FILES, "mnist.keras"}
    assert plain.stdout.startswith("Data: ")
    assert "edgetpu_compiler is not on the PATH" in plain.stdout
    assert plain.report["edge_tpu"]["compiled"] is None
    assert plain.stderr == "" and "Report: " in plain.stdout


def test_compiler_that_succeeds(aware):
    assert aware.names() == {*FILES, "mnist_qat.keras", "mnist_int8_edgetpu.tflite"}
    compiled = aware.bytes("mnist_int8_edgetpu.tflite")
    assert compiled == b"compiled\n" + aware.bytes("mnist_int8.tflite")
    assert "Model compiled successfully in 11 ms." in aware.stdout
    assert aware.report["edge_tpu"]["compiled"] is True
    assert "16.0.384591198" in aware.report["edge_tpu"]["text"]


@pytest.fixture
def again(program, plain, tmp_path, monkeypatch):
    """Runs the program with the files of `plain`, whose conversion need not be repeated."""

    def run(*options, **kinds) -> Run:
        def convert(model, **how):
            names = {"float": "float", "int8": "int8"} | kinds
            return {kind: plain.bytes(f"mnist_{name}.tflite") for kind, name in names.items()}

        monkeypatch.setattr(program, "convert", convert)
        model = plain.out / "mnist.keras"
        return Run(program, tmp_path / "a.tflite", "--model", model, "--tests", 20, *options)

    return run


def test_compiler_that_refuses(again, tmp_path):
    with fake_compiler(tmp_path, FAILURE):
        run = again()
    assert run.code == 1
    words = "Invalid model: mnist_int8.tflite\n\ufffd\nModel not quantized\nExit code 1."
    assert words in run.stdout
    assert run.stdout.endswith(f"Report: {run.out}/mnist_int8.json\n")
    assert run.report["edge_tpu"]["compiled"] is False
    assert run.names() == FILES


@pytest.mark.parametrize(("kinds", "code"), [({}, 0), ({"int8": "float"}, 1)])
def test_earlier_results_are_not_overwritten(again, kinds, code):
    older = again().out / "mnist_int8_edgetpu.tflite"
    older.write_bytes(b"of an earlier model")
    before = {path: path.read_bytes() for path in older.parent.iterdir()}
    run = again()
    refused(run, "holds earlier results", "--overwrite")
    assert {path: path.read_bytes() for path in older.parent.iterdir()} == before
    assert again("--overwrite", **kinds).code == code
    assert not older.exists(), "it would not be of this model"


@pytest.mark.parametrize("script", ["exit 0", "kill -9 $$", "#"])
def test_compiler_without_a_result(program, plain, tmp_path, script):
    with fake_compiler(tmp_path, script):
        made, text = program.compile_for_edge_tpu(plain.out / "mnist_int8.tflite")
    assert made is False and "Exit code " in text


def test_compiler_that_is_none(program, plain, tmp_path):
    with fake_compiler(tmp_path, ""):
        (tmp_path / "edgetpu_compiler").write_bytes(b"\x7fELF for another machine")
        made, text = program.compile_for_edge_tpu(plain.out / "mnist_int8.tflite")
    assert made is False and "cannot be run: Exec format error." in text


def test_errors_of_the_checker_fail_and_keep_it_from_the_compiler(again, tmp_path):
    with fake_compiler(tmp_path, SUCCESS):
        run = again(int8="float")
    assert run.code == 1
    assert "\nerror: " in run.stdout and "Edge TPU: not compiled" in run.stdout
    assert {finding["level"] for finding in run.report["findings"]} >= {"error"}
    assert run.names() == FILES


def test_lost_accuracy_is_a_finding(program, plain, tests):
    files = {kind: plain.bytes(f"mnist_{kind}.tflite") for kind in ("float", "int8")}
    assert program.compare(files, "mnist", *tests, (0, 255))["findings"] == []
    interpreter = litert(files["int8"])
    (kernel,) = (
        interpreter.get_tensor(one["index"]).tobytes()
        for one in interpreter.get_tensor_details()
        if one["shape"].tolist() == [176, 512]
    )
    assert files["int8"].count(kernel) == 1
    files["int8"] = files["int8"].replace(kernel, kernel[::-1])
    report = program.compare(files, "mnist", *tests, (0, 255))
    assert [finding["rule"] for finding in report["findings"]] == ["accuracy"]
    assert "fewer digits right" in report["findings"][0]["text"]


@pytest.fixture(scope="module")
def others(tmp_path_factory):
    """A folder of models that are not the program's own; returns where one by this name is."""
    import keras
    from keras import layers

    folder = tmp_path_factory.mktemp("others")

    def keep(name, *model):
        keras.Sequential([keras.Input((28, 28)), *model]).save(folder / f"{name}.keras")

    keras.utils.set_random_seed(0)
    keep(
        "probabilities",
        layers.Rescaling(1 / 127.5, -1),
        layers.Flatten(),
        layers.Dense(16, activation="relu"),
        layers.Dropout(0.2),
        layers.Dense(10, activation="softmax"),
    )
    keep("gru", layers.GRU(4), layers.Dense(10))
    keep("small numbers", layers.Flatten(), layers.Dense(10))
    keep("normalized", layers.Flatten(), layers.BatchNormalization(), layers.Dense(10))
    keep("two classes", layers.Flatten(), layers.Dense(2))
    whole = (folder / "normalized.keras").read_bytes()
    (folder / "torn.keras").write_bytes(whole[: len(whole) // 2])
    (folder / "changed.keras").write_bytes(whole.replace(b'"Dense"', b'"Danse"', 1))
    (folder / "text.keras").write_text("a model, perhaps")
    np.savez(folder / "arrays.npz", x=[1])
    os.rename(folder / "arrays.npz", folder / "arrays.keras")
    return lambda name: folder / f"{name}.keras"


@pytest.mark.parametrize("route", [[], ["--qat"]])
def test_model_of_probabilities_without_channels(program, others, tests, tmp_path, route):
    import keras

    model = others("probabilities")
    options = ["--model", model, "--examples", 128, "--tests", 100, *route]
    run = Run(program, tmp_path, *options)
    assert run.code == 0, run.stdout + run.stderr
    report = json.loads(run.bytes("probabilities_int8.json"))
    assert report["agreement"] >= 0.9 and report["findings"] == []
    takes = report["int8"]["input"]
    assert takes["dtype"] == "int8" and takes["shape"] == [1, 28, 28]
    assert takes["scale"] == pytest.approx(2 / 255, rel=0.02)  # from -1 to 1
    # Neither has a second softmax behind the model's own, nor lost what the Rescaling adds.
    assert operators(run.bytes("probabilities_int8.tflite")).count("SOFTMAX") == 1
    trained = keras.saving.load_model(tmp_path / "probabilities_qat.keras" if route else model)
    answers, _ = program.answers(run.bytes("probabilities_float.tflite"), tests[0][:50], (0, 255))
    assert np.allclose(answers, trained(tests[0][:50].astype("float32")), atol=1e-4)


def test_model_of_small_numbers(program, others, tmp_path):
    """Trained on pixels from 0 to 1: it is fed such pixels in all its forms."""
    import keras

    x, y = program.mnist_data.load(lambda line: None)[0]
    model = keras.saving.load_model(others("small numbers"))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])
    model.fit(x[:3000] / 255, y[:3000], epochs=3, verbose=0)
    model.save(tmp_path / "trained.keras")
    options = ["--model", tmp_path / "trained.keras", "--tests", 500]
    run = Run(program, tmp_path / "out", *options)
    assert "takes pixels from 0 to 1 (known from its answers)" in run.stdout
    report = json.loads(run.bytes("trained_int8.json"))
    assert report["agreement"] > 0.97
    assert report["int8"]["input"]["scale"] == pytest.approx(1 / 255, rel=0.01)


def refused(run: Run, *words: str) -> None:
    """It ended with one sentence that has these words, and left nothing half-written."""
    assert run.code == 1, run.stdout
    assert run.stderr.startswith("edge_tpu.py: ") and run.stderr.count("\n") == 1
    assert all(word in run.stderr for word in words), run.stderr
    assert not run.out.is_dir() or not [name for name in run.names() if name.startswith(".")]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing", "cannot be read (No such file or directory)"),
        ("text", "is not a whole .keras file"),
        ("torn", "is not a whole .keras file"),
        ("arrays", "cannot be loaded by Keras: "),
        ("changed", "cannot be loaded by Keras: "),
        ("two classes", "takes (None, 28, 28) and answers (None, 2)"),
    ],
)
def test_file_that_is_not_such_a_model(program, others, tmp_path, name, words):
    refused(Run(program, tmp_path / "out", "--model", others(name)), words, f"{name}.keras")


def test_layer_that_qat_does_not_know(program, others, tmp_path):
    options = ["--model", others("normalized"), "--qat", "--examples", 64]
    refused(Run(program, tmp_path, *options), "(BatchNormalization)", "omit --qat")


def test_model_that_crashes_the_converter(program, others, tmp_path):
    """In a process of its own, so that one sentence is left of it."""
    options = ["--model", others("gru"), "--examples", 64, "--tests", 10]
    run = Run(program, tmp_path / "out", *options)
    assert run.code == 1 and run.names() == set()
    refused(run, "cannot convert this model (the converter crashed with code -")


def test_model_that_litert_cannot_run(program, tmp_path):
    import keras

    half = keras.layers.Dense(10, dtype="mixed_float16")
    model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), half])
    model.save(tmp_path / "half.keras")
    options = ["--model", tmp_path / "half.keras", "--qat", "--examples", 64, "--tests", 10]
    run = Run(program, tmp_path / "out", *options)
    refused(run, "LiteRT cannot run this model (Select TensorFlow op(s)")


def test_layer_that_tflite_does_not_know(program):
    import keras

    start = keras.Input((28, 28))
    model = keras.Model(start, keras.ops.svd(start, compute_uv=False)[..., :10])
    pictures = np.zeros((2, 28, 28), "uint8")
    with pytest.raises(program.UserError, match=r"cannot convert this model .*Svd"):
        program.convert(model, softmax=True, pixels=(0, 1), pictures=pictures)


def test_folder_that_cannot_be_written(program, tmp_path):
    (tmp_path / "file").touch()
    refused(Run(program, tmp_path / "file" / "out"), "cannot be written", "--out")


@contextlib.contextmanager
def room(size: int):
    """For files of this many bytes at the most, as on a disk that is nearly full."""
    resource = pytest.importorskip("resource", reason="this system has no limits for files")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_full_disk(again, tmp_path):
    older = tmp_path / "a.tflite" / "mnist_float.tflite"
    older.parent.mkdir()
    older.write_bytes(b"older")
    with room(100_000):
        run = again("--overwrite")
    assert run.code == 1 and f"{older} cannot be written (File too large)" in run.stderr
    assert run.names() == {older.name} and older.read_bytes() == b"older"


def test_full_disk_for_the_trained_model(program, tmp_path):
    with (
        room(100_000),
        pytest.raises(program.UserError, match=r"cannot be written .*File too large"),
        program.atomic_write(tmp_path / "mnist.keras") as part,
    ):
        program.build().save(part)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("place", "presses", "times", "end", "files"),
    [
        ("fit begins", 1, 1, "returns", set()),
        ("an epoch ends", 1, 2 + 1, "returns", {"mnist.keras"}),
        ("fit begins", 2, 0, "raises", set()),
    ],
)
def test_ctrl_c_ends_fit_after_a_step_wherever_it_comes(
    program, tmp_path, monkeypatch, place, presses, times, end, files
):
    """Not forgotten by `fit`, not by an exception inside of Keras; a whole epoch is kept.

    The steps of an epoch are taken in two times, of eight and of two.
    """
    watch = watch_fit({place: presses}, monkeypatch.setattr)
    run = Run(program, tmp_path, "--examples", 600, "--epochs", 9)
    assert (run.code, watch.steps, watch.ends) == (130, times, [end]), run.stderr
    assert run.stderr == "Stopped.\n" and run.names() == files


def test_ctrl_c_as_a_process(tmp_path):
    """The last whole epoch is kept, and nothing half-written is left."""
    process = subprocess.Popen(
        [sys.executable, PROGRAM, "--examples", "200", "--epochs", "1000", "--out", tmp_path],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # A shell starts jobs in the background with Ctrl-C ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        model, limit = tmp_path / "mnist.keras", time.monotonic() + 120
        while not model.exists() and process.poll() is None and time.monotonic() < limit:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 130 and stderr.endswith("Stopped.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["mnist.keras"]

    import keras

    assert keras.saving.load_model(model).output_shape == (None, 10)
