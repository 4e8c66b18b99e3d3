"""Decide which data is in use: MNIST or the offline digits.

In this order:

1. The file that the environment variable `MNIST_NPZ` names: MNIST or
   the offline digits, told by its content. Any other file is an error,
   never a reason to take something else.
2. MNIST from Keras's cache, or downloaded by Keras. `MNIST_OFFLINE=1`
   leaves the download out. After a download that failed, the next is
   tried an hour later.
3. The offline digits of `mnist_standin`, made once and kept beside
   Keras's cache.

Run this file to see the choice: `python examples/mnist_data.py`.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

if __package__:  # imported from the repository's root
    from . import mnist_file
else:  # imported by a program of this folder
    import mnist_file

STALL, LIMIT = 20, 60  # seconds of a download: without progress, in all
RETRY = 3600  # seconds after a failed download before the next
FAILED = "download failed"
# The name changes with the program that makes the digits, so that old
# ones are never taken.
MAKER = Path(__file__).with_name("mnist_standin.py").read_bytes()
OFFLINE = f"mnist-offline-{hashlib.sha256(MAKER).hexdigest()[:8]}.npz"

Announce = Callable[[str], object]
Pair = tuple[np.ndarray, np.ndarray]
Arrays = tuple[Pair, Pair]


class DataError(Exception):
    """The data asked for cannot be used.

    The message is one sentence that says what to do.
    """


@dataclass(frozen=True)
class Source:
    """The data in use.

    Attributes:
        kind: "mnist" or "offline".
        path: an .npz file with x_train, y_train, x_test and y_test.
        digest: 16 hexadecimal digits that change when any pixel or
            label does.
        origin: where it comes from, the end of `label`.
    """

    kind: str
    path: Path
    digest: str
    origin: str = ""

    @property
    def label(self) -> str:
        """For a terminal, such as "MNIST, from Keras's cache"."""
        name = "MNIST" if self.kind == "mnist" else "offline digits"
        return name + self.origin

    def load(self) -> Arrays:
        """Read the arrays, in the form of Keras's `load_data()`.

        (x_train, y_train), (x_test, y_test), all uint8: images
        (60000, 28, 28) and (10000, 28, 28), labels (60000,) and
        (10000,).
        """
        with np.load(self.path) as file:
            training = file["x_train"], file["y_train"]
            return training, (file["x_test"], file["y_test"])


def load(
    announce: Announce = print, path: str | Path | None = None
) -> Arrays:
    """Decide as `find` does, then read as `Source.load` does."""
    return find(announce, path).load()


def find(
    announce: Announce = print, path: str | Path | None = None
) -> Source:
    """Decide which data is in use, and announce it.

    Args:
        announce: called with each line for the user; the last one
            names the choice.
        path: a file to take before all else, as a program's option
            `--data` names it.

    Raises:
        DataError: the named file is not MNIST, or there is no room for
            the offline digits.
    """
    if path is not None:
        source = _named(path, "--data", "leave --data out")
    elif "MNIST_NPZ" in os.environ:
        path = os.environ["MNIST_NPZ"]
        source = _named(path, "MNIST_NPZ", "unset MNIST_NPZ")
    else:
        source = _cached() or _downloaded(announce)
        source = source or _offline(announce)
    announce(f"Data: {source.label}")
    return source


def _named(path: str | Path, name: str, undo: str) -> Source:
    """The file that a user named.

    Raises DataError unless it is MNIST or the offline digits.
    """
    advice = f"let it name a copy of Keras's mnist.npz, or {undo}."
    if not str(path):
        raise DataError(f"{name} is empty: {advice}")
    try:
        kind, digest = mnist_file.recognise(Path(path))
    except ValueError as error:
        raise DataError(
            f"{name} names {path}, which {error}: {advice}"
        ) from None
    origin = f", from the file named by {name}"
    return Source(kind, Path(path).resolve(), digest, origin)


def _cached() -> Source | None:
    """MNIST as Keras has kept it.

    A damaged or foreign file there is not taken.
    """
    for folder in mnist_file.folders():
        file = folder / "mnist.npz"
        with contextlib.suppress(ValueError):
            kind, digest = mnist_file.recognise(file)
            if kind == "mnist":
                origin = ", from Keras's cache"
                return Source(kind, file, digest, origin)
    return None


def _downloaded(announce: Announce) -> Source | None:
    """MNIST as Keras downloads it, then kept in its cache.

    None where that fails or may not be.
    """
    if _told_offline():
        return None
    with contextlib.suppress(ValueError):
        ago = time.time() - float(mnist_file.recall(FAILED))
        if 0 <= ago < RETRY:
            wait = round((RETRY - ago) / 60)
            announce(
                "MNIST could not be downloaded lately; "
                f"the next try is in {wait} minutes"
            )
            return None
    announce(
        f"Downloading MNIST with Keras, {LIMIT} s at most "
        "(MNIST_OFFLINE=1 leaves this out)"
    )
    failures = contextlib.suppress(OSError, ValueError)
    with failures, _scratch_home() as home:
        _run_keras(home)
        # Moved when whole: a download that is stopped would leave a
        # part in Keras's cache.
        file = home / "datasets" / "mnist.npz"
        mnist_file.recognise(file)
        os.replace(file, home.parent / "mnist.npz")
    source = _cached()
    if not source:
        mnist_file.remember(FAILED, str(int(time.time())))
    return source


@contextlib.contextmanager
def _scratch_home() -> Iterator[Path]:
    """A home for Keras while it downloads.

    In the first folder that can be written; raises OSError if none can.
    """
    for folder in mnist_file.folders():
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            mnist_file.sweep(folder)
            made = tempfile.mkdtemp(prefix=mnist_file.PART, dir=folder)
            home = Path(made)
            break
    else:
        raise OSError("no folder can be written")
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _run_keras(home: Path) -> None:
    """Let Keras download MNIST into `home`.

    It runs in a process that can be ended at any moment.
    """
    ready = home / "ready"
    code = (
        "import faulthandler, pathlib, socket, sys\n"
        # Even if we are gone by then.
        f"faulthandler.dump_traceback_later({LIMIT}, exit=True)\n"
        f"socket.setdefaulttimeout({STALL})\n"
        "import keras\n"
        "pathlib.Path(sys.argv[1]).touch()\n"
        "keras.datasets.mnist.load_data()\n"
    )
    settings = {"KERAS_HOME": str(home), "KERAS_BACKEND": "tensorflow"}
    child = subprocess.Popen(
        [sys.executable, "-P", "-c", code, str(ready)],
        env=os.environ | settings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        size, moved = -1, time.monotonic()
        while child.poll() is None and time.monotonic() < moved + STALL:
            now = sum(file.stat().st_size for file in home.rglob("*"))
            # Importing Keras is no stall.
            if now != size or not ready.exists():
                size, moved = now, time.monotonic()
            time.sleep(0.1)
    finally:
        child.kill()
        child.wait()


def _offline(announce: Announce) -> Source:
    """The offline digits.

    Made when there are none yet or they are damaged, else read.
    """
    why = " (MNIST could not be reached)"
    if _told_offline():
        why = " (MNIST_OFFLINE is set)"
    files = [folder / OFFLINE for folder in mnist_file.folders()]
    for file in files:
        with contextlib.suppress(ValueError):
            kind, digest = mnist_file.recognise(file)
            if kind == "offline":
                return Source(kind, file, digest, why)
    announce(
        "Making the offline digits; "
        "this is done once and takes about ten seconds"
    )
    if __package__:
        from . import mnist_standin
    else:
        import mnist_standin
    arrays = mnist_standin.make()
    failures = []
    for file in files:
        try:
            mnist_file.write_offline(file, arrays)
        except OSError as error:
            failures.append(f"{file.parent} ({error.strerror})")
        else:
            kind, digest = mnist_file.recognise(file)
            return Source(kind, file, digest, why)
    raise DataError(
        "The offline digits cannot be kept in "
        f"{' or '.join(failures)}: make room there, "
        "or let KERAS_HOME name another folder."
    )


def _told_offline() -> bool:
    return os.environ.get("MNIST_OFFLINE", "") not in ("", "0")


if __name__ == "__main__":
    try:
        find()
    except DataError as error:
        sys.exit(str(error))
