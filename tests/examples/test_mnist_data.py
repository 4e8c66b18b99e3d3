"""Which data is in use: the order of decision, wrong files, downloads that hang, the stand-in."""

import hashlib
import os
import socket
import subprocess
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest

from examples import common, mnist_data, mnist_standin
from examples.mnist_data import DataError, find
from tests.forked import EXAMPLES

ROOT = EXAMPLES.parent
TINY = {"x_train": (6, 28, 28), "y_train": (6,), "x_test": (3, 28, 28), "y_test": (3,)}


# Of the real sizes, before `world` makes them tiny.
SHAPES = dict(mnist_data.SHAPES)


def arrays(seed):
    rng = np.random.default_rng(seed)
    return {name: rng.integers(0, 256, shape, np.uint8) for name, shape in TINY.items()}


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A machine of its own, where MNIST has nine images and the stand-in is made at once."""
    monkeypatch.delenv("MNIST_NPZ", raising=False)
    monkeypatch.setenv("MNIST_OFFLINE", "1")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temp"))
    monkeypatch.setattr(mnist_data, "SHAPES", TINY)
    monkeypatch.setattr(mnist_data, "MNIST", mnist_data.identity(arrays(1)))
    monkeypatch.setattr(mnist_standin, "make", lambda: arrays(2))
    (tmp_path / "keras" / "datasets").mkdir(parents=True)
    (tmp_path / "temp").mkdir()
    np.savez(tmp_path / "real.npz", **arrays(1))
    return tmp_path


@pytest.fixture
def datasets(world):
    return world / "keras" / "datasets"


def found(**named):
    """The source, and the lines announced."""
    lines = []
    return find(lines.append, **named), lines


# The order of decision.


def test_a_named_file_goes_before_keras_cache(world, datasets, monkeypatch):
    np.savez(datasets / "mnist.npz", **arrays(1))
    monkeypatch.setenv("MNIST_NPZ", str(world / "real.npz"))
    source, lines = found()
    assert (source.kind, source.path) == ("mnist", world / "real.npz")
    assert lines == ["Data: MNIST, from the file named by MNIST_NPZ"]


def test_an_option_goes_before_the_variable(world, monkeypatch):
    monkeypatch.setenv("MNIST_NPZ", str(world / "absent.npz"))
    source, lines = found(path=world / "real.npz")
    assert source.kind == "mnist"
    assert lines == ["Data: MNIST, from the file named by --data"]


def test_keras_cache_goes_before_the_offline_digits(datasets):
    np.savez(datasets / "mnist.npz", **arrays(1))
    source, lines = found()
    assert (source.kind, source.path) == ("mnist", datasets / "mnist.npz")
    assert lines == ["Data: MNIST, from Keras's cache"]


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_a_damaged_file_in_keras_cache_is_left_alone_and_not_used(datasets, content):
    (datasets / "mnist.npz").write_bytes(content)
    assert found()[0].kind == "offline"
    assert (datasets / "mnist.npz").read_bytes() == content


def test_the_offline_digits_are_never_taken_for_mnist(datasets):
    source, _ = found()
    os.replace(source.path, datasets / "mnist.npz")
    assert found()[0] == source


def test_the_offline_digits_are_made_once_and_announced(datasets, monkeypatch):
    source, lines = found()
    assert (source.kind, source.path.parent) == ("offline", datasets)
    assert lines[-1] == "Data: offline digits (MNIST_OFFLINE is set)"
    assert lines[0].startswith("Making the offline digits")
    monkeypatch.setattr(mnist_standin, "make", lambda: pytest.fail("made again"))
    assert found() == (source, lines[-1:])


def test_the_offline_digits_may_be_named(world, monkeypatch):
    source, _ = found()
    monkeypatch.setenv("MNIST_NPZ", str(source.path))
    again, lines = found()
    assert (again.kind, again.path, again.digest) == ("offline", source.path, source.digest)
    assert lines == ["Data: offline digits, from the file named by MNIST_NPZ"]


def test_load_returns_what_keras_would(world):
    (x_train, y_train), (x_test, y_test) = mnist_data.load(print, world / "real.npz")
    for name, array in zip(TINY, (x_train, y_train, x_test, y_test), strict=True):
        np.testing.assert_array_equal(array, arrays(1)[name])


# Named files that are wrong.


def swapped():
    right = arrays(1)
    return right | {"y_train": right["y_train"][::-1].copy()}


WRONG = {
    "absent": (None, "does not exist"),
    "text": (b"label,pixel0\n5,0\n", "is damaged, cut short or not an .npz file"),
    "empty file": (b"", "is damaged, cut short or not an .npz file"),
    "another set": (arrays(3), "not its content"),
    "labels moved": (swapped(), "not its content"),
    "an array short": ({"x_train": arrays(1)["x_train"]}, "has no array y_train"),
    "train and test swapped": (
        {
            name: arrays(1)[
                name.replace("test", "T").replace("train", "test").replace("T", "train")
            ]
            for name in TINY
        },
        "has an array x_train that is not (6, 28, 28) of uint8",
    ),
    "floats": (
        {name: array / 255 for name, array in arrays(1).items()},
        "has an array x_train that is not (6, 28, 28) of uint8",
    ),
    "pickles": ({"x_train": np.array([{}])}, "has an array x_train that is not (6, 28, 28)"),
    "a false seal": (arrays(3) | {"offline": np.array("0" * 64)}, "not its content"),
}


@pytest.mark.parametrize(("content", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_file_is_one_sentence(world, monkeypatch, content, words):
    path = world / "wrong.npz"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content:
        np.savez(path, **content)
    monkeypatch.setenv("MNIST_NPZ", str(path))
    with pytest.raises(DataError) as error:
        find()
    message = str(error.value)
    assert message.startswith(f"MNIST_NPZ names {path}, which ") and words in message
    assert message.endswith("or unset MNIST_NPZ.") and "\n" not in message


def test_a_file_that_cannot_be_read_is_one_sentence(world, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(mnist_data.zipfile, "ZipFile", refuse)
    with pytest.raises(DataError, match=r"real\.npz, which cannot be read \(Permission denied\):"):
        found(path=world / "real.npz")


def test_a_truncated_or_flipped_file_is_found_out(world):
    whole = (world / "real.npz").read_bytes()
    assert found(path=world / "real.npz")[0].kind == "mnist"  # remembered by content, not by name
    flipped = bytearray(whole)
    flipped[1000] ^= 1
    for damaged in (whole[: len(whole) // 2], whole[:-30], bytes(flipped)):
        (world / "real.npz").write_bytes(damaged)
        with pytest.raises(DataError, match=r"damaged, cut short|not its content"):
            found(path=world / "real.npz")


@pytest.mark.parametrize("value", ["", "."])
def test_no_name_and_a_folder_are_one_sentence(world, monkeypatch, value):
    monkeypatch.setenv("MNIST_NPZ", value)
    with pytest.raises(DataError, match=r"MNIST_NPZ (is empty:|names \., which is not a file:)"):
        find()


def test_a_real_file_is_known_however_it_is_packed(world):
    np.savez_compressed(world / "packed.npz", more=np.zeros(3), **arrays(1))
    first, second = found(path=world / "real.npz")[0], found(path=world / "packed.npz")[0]
    assert first.digest == second.digest and len(first.digest) == 16


def test_the_identity_is_made_of_the_published_files(monkeypatch):
    """MNIST's own files are in the IDX format: if you have them, you can compare."""
    by_hand = b"\0\0\x08\x03\0\0\0\x02\0\0\0\x03\0\0\0\x04" + b"\x01" * 24
    monkeypatch.setattr(mnist_data, "SHAPES", {"x_train": (2, 3, 4)})
    hashed = hashlib.sha256(hashlib.sha256(by_hand).hexdigest().encode()).hexdigest()
    assert mnist_data.identity({"x_train": np.ones((2, 3, 4), np.uint8)}) == hashed
    published = (
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
    )
    assert hashlib.sha256(published.encode()).hexdigest() == mnist_data.MNIST


def test_the_header_is_read_before_an_array_is_unpacked(world, monkeypatch):
    """A small file may unpack to gigabytes."""
    monkeypatch.setattr(np, "load", lambda path: pytest.fail("unpacked"))
    for name, shape in (("x_train", (9, 28, 28)), ("y_test", (4,))):
        np.savez(world / "wrong.npz", **arrays(1) | {name: np.zeros(shape, np.uint8)})
        with pytest.raises(DataError, match=f"an array {name} that is not"):
            found(path=world / "wrong.npz")
    np.savez(world / "wrong.npz", offline=np.zeros(10**4), **arrays(1))
    with pytest.raises(DataError, match="an array offline that is not a hash"):
        found(path=world / "wrong.npz")


# Keeping.


def test_damaged_offline_digits_are_made_anew(datasets):
    source, _ = found()
    whole = source.path.read_bytes()
    source.path.write_bytes(whole[:-100])
    again, lines = found()
    assert lines[0].startswith("Making") and again.digest == source.digest
    assert found()[1] == lines[-1:]


def test_a_home_that_cannot_be_written_leads_to_the_temporary_folder(world, monkeypatch):
    (world / "file").write_text("")
    monkeypatch.setenv("KERAS_HOME", str(world / "file" / "below"))
    assert found()[0].path.parent == world / "temp" / ".keras" / "datasets"


def test_no_room_anywhere_is_one_sentence(world, datasets, monkeypatch):
    def full(path, **arrays):
        path.write_text("a part")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(DataError, match=r"cannot be written in .*: make room there"):
        find()
    assert not os.listdir(datasets)


# Downloads. A stand-in for Keras does to the download what a network may do.


@pytest.fixture
def network(world, datasets, monkeypatch):
    """Call it with what a download does: the source, and the lines announced."""

    def download(action):
        monkeypatch.delenv("MNIST_OFFLINE", raising=False)
        mnist = SimpleNamespace(load_data=action)
        keras = SimpleNamespace(datasets=SimpleNamespace(mnist=mnist))
        monkeypatch.setitem(sys.modules, "keras", keras)
        before = socket.getdefaulttimeout()
        source, lines = found()
        assert socket.getdefaulttimeout() == before
        return source, lines

    return download


def test_a_download_is_kept_in_keras_cache(network, world, datasets):
    def load_data():
        assert socket.getdefaulttimeout() == mnist_data.TIMEOUT
        np.savez(datasets / "mnist.npz", **arrays(1))

    source, lines = network(load_data)
    assert (source.kind, source.path) == ("mnist", datasets / "mnist.npz")
    assert lines[0].startswith("Downloading MNIST")
    assert found()[1] == ["Data: MNIST, from Keras's cache"]


def test_a_download_that_fails_ends_in_the_offline_digits(network, world, datasets):
    def load_data():
        raise Exception("URL fetch failure")  # as Keras does it

    source, lines = network(load_data)
    assert source.kind == "offline"
    assert lines[0].startswith("Downloading MNIST")
    assert lines[-1] == "Data: offline digits (MNIST could not be reached)"
    again, lines = network(lambda: pytest.fail("tried again at once"))
    assert again == source and "less than an hour ago" in lines[0]
    mark = world / "temp" / "mnist-download-failed"
    assert str(mark) in lines[0]
    os.utime(mark, (time.time() - mnist_data.RETRY - 1,) * 2)
    assert network(load_data)[1][0].startswith("Downloading MNIST")


def test_what_a_captive_portal_answers_is_not_used(network, datasets):
    source, _ = network(lambda: (datasets / "mnist.npz").write_text("<html>Please log in</html>"))
    assert source.kind == "offline"


BEHIND_A_PROXY = """
import time
import numpy as np
from examples import mnist_data, mnist_standin

shapes = {"x_train": (6, 28, 28), "y_train": (6,), "x_test": (3, 28, 28), "y_test": (3,)}
mnist_data.SHAPES, mnist_data.TIMEOUT = shapes, 1.0
mnist_standin.make = lambda: {name: np.zeros(shapes[name], np.uint8) for name in shapes}
print(mnist_data.find(lambda line: None).kind)
"""


def test_keras_itself_gives_up_where_a_server_never_answers(tmp_path):
    gone = ("MNIST_NPZ", "MNIST_OFFLINE", "no_proxy", "NO_PROXY")
    environment = {name: value for name, value in os.environ.items() if name not in gone}
    environment |= {"KERAS_HOME": str(tmp_path / "keras"), "TMPDIR": str(tmp_path)}
    with socket.create_server(("127.0.0.1", 0)) as server:
        proxy = f"http://127.0.0.1:{server.getsockname()[1]}"
        done = subprocess.run(
            [sys.executable, "-c", BEHIND_A_PROXY],
            cwd=ROOT,
            env=environment | {"https_proxy": proxy, "HTTPS_PROXY": proxy},
            capture_output=True,
            text=True,
            timeout=120,
        )
        server.settimeout(0)
        server.accept()[0].close()  # Keras did connect; BlockingIOError if not
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "offline"
    assert (tmp_path / "mnist-download-failed").exists()


# The stand-in itself.


def make_in_a_process(home, threads):
    code = "from examples import mnist_data; print(mnist_data.find().digest)"
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "MNIST_NPZ"}
        | {"KERAS_HOME": str(home), "MNIST_OFFLINE": "1", "OMP_NUM_THREADS": threads},
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The stand-in of two fresh processes, with one and two threads: what they printed, a path."""
    homes = [tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("two")]
    processes = [make_in_a_process(home, str(n)) for n, home in enumerate(homes, 1)]
    printed = [process.communicate(timeout=120)[0].splitlines() for process in processes]
    return printed, homes[0] / "datasets" / mnist_data.OFFLINE


@pytest.fixture(scope="module")
def standin(made):
    with np.load(made[1]) as file:
        return {name: file[name] for name in SHAPES}


def test_the_stand_in_is_the_same_in_every_process(made):
    (one, two), _ = made
    assert len(one) == 3 and one == two


def test_the_stand_in_has_the_format_of_mnist(standin):
    for name, shape in SHAPES.items():
        assert (standin[name].shape, standin[name].dtype) == (shape, np.uint8)
    assert shape == (10_000,) and SHAPES["x_train"] == (60_000, 28, 28)
    for labels in (standin["y_train"], standin["y_test"]):
        share = np.bincount(labels) / len(labels)
        assert len(share) == 10 and share.min() > 0.09 and share.max() < 0.11
        assert (np.diff(labels.astype(int)) == 0).mean() < 0.15  # shuffled


@pytest.mark.parametrize("part", ["x_train", "x_test"])
def test_digits_are_drawn_as_in_mnist(standin, part):
    """MNIST: 20 pixels at most, mean 33, a fifth of the pixels lit, two fifths of those white."""
    images = standin[part]
    lit = images > 0
    sides = np.maximum(extent(lit.any(1)), extent(lit.any(2)))
    assert (sides <= 20).mean() > 0.999 and (sides >= 18).mean() > 0.999
    assert 28 < images.mean() < 38
    assert 0.14 < lit.mean() < 0.22 and 0.3 < (images > 250).sum() / lit.sum() < 0.6
    weights = images / images.sum((1, 2), keepdims=True)
    for axis in (1, 2):
        centres = weights.sum(axis) @ np.arange(28)
        assert abs(centres.mean() - 14) < 0.05 and (abs(centres - 14) < 0.5).mean() > 0.99


def extent(any_lit):
    """From the first to the last True of each row."""
    return any_lit.shape[1] - any_lit.argmax(1) - any_lit[:, ::-1].argmax(1)


def test_labels_belong_to_the_images(standin):
    """The simplest reader, least squares on pixels, reads most of the test digits."""
    x, y = standin["x_train"][:6000].reshape(-1, 784) / 255, standin["y_train"][:6000]
    weights = np.linalg.lstsq(x.T @ x + np.eye(784), x.T @ np.eye(10)[y], rcond=None)[0]
    answers = (standin["x_test"].reshape(-1, 784) / 255 @ weights).argmax(1)
    assert (answers == standin["y_test"]).mean() > 0.6


def test_no_digit_is_on_both_sides_and_printed_ones_only_train(monkeypatch):
    given = {}

    def vary(digits, labels, count, rng):
        given[count] = digits
        return np.zeros((count, 1), np.uint8), np.zeros(count, np.uint8)

    monkeypatch.setattr(mnist_standin, "vary", vary)
    mnist_standin.make()
    assert list(given) == [45_000, 15_000, 10_000]
    train, printed, test = ({image.tobytes() for image in images} for images in given.values())
    assert (len(train), len(printed), len(test)) == (1497, 60, 300)
    assert not train & test and not printed & test


# The program, and the real data where it is given.


def test_the_module_is_a_program_that_runs_from_anywhere(world, made):
    environment = os.environ | {"MNIST_NPZ": str(made[1])}
    program = [sys.executable, str(ROOT / "examples" / "mnist_data.py")]
    done = subprocess.run(program, cwd=world, env=environment, capture_output=True, text=True)
    assert done.stdout == "Data: offline digits, from the file named by MNIST_NPZ\n"
    environment["MNIST_NPZ"] = str(world / "absent.npz")
    done = subprocess.run(program, cwd=world, env=environment, capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "exist" in done.stderr


def test_a_wrong_file_is_a_mistake_of_the_user():
    assert issubclass(DataError, common.UserError)


def test_importing_and_finding_load_no_tensorflow(made):
    code = (
        "import sys; from examples import mnist_data; mnist_data.find()\n"
        "assert not {'tensorflow', 'keras', 'sklearn', 'matplotlib'} & set(sys.modules)"
    )
    environment = os.environ | {"MNIST_NPZ": str(made[1])}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)


def test_real_mnist_is_known_by_its_published_hashes():
    source = find()
    if source.kind != "mnist":
        pytest.skip("real MNIST is not here: let MNIST_NPZ name a copy of Keras's mnist.npz")
    (x_train, y_train), (x_test, y_test) = source.load()
    assert (x_train.shape, x_test.shape) == ((60_000, 28, 28), (10_000, 28, 28))
    assert list(y_train[:5]) == [5, 0, 4, 1, 9] and list(y_test[:5]) == [7, 2, 1, 0, 4]
