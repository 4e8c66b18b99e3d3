"""Decide which data is in use: MNIST or the offline digits.

In this order:

1. The file that an option or the environment variable `MNIST_NPZ`
   names: MNIST or the offline digits, recognised by its content. Any
   other file is an error, never a reason to use something else.
2. MNIST from Keras's cache, or downloaded by Keras. `MNIST_OFFLINE=1`
   leaves the download out. After a download that failed, the next one
   is tried an hour later.
3. The offline digits of `mnist_standin`, made once and kept beside
   Keras's cache.

Run this file to see the choice: `python examples/mnist_data.py`.
"""

import contextlib
import hashlib
import os
import socket
import stat
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

if __package__:  # imported from the repository's root
    from . import common
else:  # imported by a program of this folder
    import common

SHAPES = {  # what Keras's mnist.npz holds, all uint8
    "x_train": (60_000, 28, 28),
    "y_train": (60_000,),
    "x_test": (10_000, 28, 28),
    "y_test": (10_000,),
}
# `identity` of MNIST's four files as they were first published.
MNIST = (
    "c65580678af93f1ea48c2c0d01d543ec89307c6b8a0eb7ca542d7c18c5f4c681"
)
TIMEOUT = 10.0  # seconds without an answer or a byte
RETRY = 3600  # seconds after a failed download before the next one
# The name changes with the program that makes the digits, so that old
# ones are never used.
MAKER = Path(__file__).with_name("mnist_standin.py").read_bytes()
OFFLINE = f"mnist-offline-{hashlib.sha256(MAKER).hexdigest()[:8]}.npz"

Announce = Callable[[str], object]
Pair = tuple[np.ndarray, np.ndarray]
Arrays = tuple[Pair, Pair]


class DataError(common.UserError):
    """The data asked for cannot be used."""


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
        path: a file to use before all else, as a program's option
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


def _named(path: str | Path, name: str, otherwise: str) -> Source:
    """The file that a user named with an option or a variable."""
    advice = f"let it name a copy of Keras's mnist.npz, or {otherwise}."
    if not str(path):
        raise DataError(f"{name} is empty: {advice}")
    path = Path(path)
    try:
        kind, digest = recognise(path)
    except ValueError as error:
        raise DataError(
            f"{name} names {path}, which {error}: {advice}"
        ) from None
    origin = f", from the file named by {name}"
    return Source(kind, path.resolve(), digest, origin)


def _first(kind: str, name: str, origin: str) -> Source | None:
    """The first file of this name that is truly of this kind."""
    for file in [folder / name for folder in folders()]:
        with contextlib.suppress(ValueError):
            found, digest = recognise(file)
            if found == kind:
                return Source(kind, file, digest, origin)
    return None


def _cached() -> Source | None:
    """MNIST as Keras has kept it."""
    return _first("mnist", "mnist.npz", ", from Keras's cache")


def folders() -> list[Path]:
    """Where Keras keeps data sets.

    The second folder is for when it cannot write to the first.
    """
    home = os.environ.get("KERAS_HOME") or "~/.keras"
    return [
        Path(os.path.expanduser(home), "datasets"),
        Path(tempfile.gettempdir(), ".keras", "datasets"),
    ]


def _downloaded(announce: Announce) -> Source | None:
    """MNIST as Keras downloads it; None if that fails or may not be."""
    if _offline_wanted():
        return None
    failed = Path(tempfile.gettempdir(), "mnist-download-failed")
    with contextlib.suppress(OSError):
        if time.time() - failed.stat().st_mtime < RETRY:
            announce(
                "MNIST could not be downloaded less than an hour ago "
                f"(remove {failed} to try again now)"
            )
            return None
    announce("Downloading MNIST (MNIST_OFFLINE=1 leaves this out)")
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)
    # Keras raises a plain Exception.
    with contextlib.suppress(Exception):
        import keras

        keras.datasets.mnist.load_data()
    socket.setdefaulttimeout(before)
    source = _cached()
    if not source:
        with contextlib.suppress(OSError):
            failed.touch()
    return source


def _offline(announce: Announce) -> Source:
    """The offline digits, made if there are none or damaged ones."""
    reason = " (MNIST could not be reached)"
    if _offline_wanted():
        reason = " (MNIST_OFFLINE is set)"
    if source := _first("offline", OFFLINE, reason):
        return source
    announce("Making the offline digits, once: about ten seconds")
    if __package__:
        from . import mnist_standin
    else:
        import mnist_standin
    arrays = mnist_standin.make()
    arrays["offline"] = np.array(identity(arrays))
    for folder in folders():
        with contextlib.suppress(OSError, common.UserError):
            folder.mkdir(parents=True, exist_ok=True)
            with common.atomic_write(folder / OFFLINE) as part:
                np.savez_compressed(part, **arrays)
            break
    if source := _first("offline", OFFLINE, reason):
        return source
    raise DataError(
        "The offline digits cannot be written in "
        f"{' or '.join(map(str, folders()))}: make room there, "
        "or let KERAS_HOME name another folder."
    )


def _offline_wanted() -> bool:
    return os.environ.get("MNIST_OFFLINE", "") not in ("", "0")


def recognise(path: Path) -> tuple[str, str]:
    """Tell by its content what a file is, and its digest.

    The first is "mnist" or "offline", the digest 16 hexadecimal digits
    of `identity`.

    Raises:
        ValueError: it is neither; the message says why and continues a
            sentence after "which".
    """
    seal, arrays = "", {}
    try:
        if stat.S_ISREG(path.stat().st_mode):
            with zipfile.ZipFile(path) as archive:
                fault = _wrong_array(archive)
        else:
            fault = "is not a file"
        if not fault:
            with np.load(path) as file:
                arrays = {name: file[name] for name in SHAPES}
                seal = str(file["offline"]) if "offline" in file else ""
    except FileNotFoundError:
        fault = "does not exist"
    except OSError as error:
        fault = f"cannot be read ({error.strerror or error})"
    except Exception:  # a damaged archive fails in a dozen ways
        fault = "is damaged, cut short or not an .npz file at all"
    if fault:
        raise ValueError(fault)
    whole = identity(arrays)
    if whole not in (MNIST, seal):
        raise ValueError("has arrays like MNIST's, but not its content")
    return "mnist" if whole == MNIST else "offline", whole[:16]


def _wrong_array(archive: zipfile.ZipFile) -> str:
    """What the headers say is wrong: an array may be huge to unpack."""
    for name, shape in SHAPES.items():
        if f"{name}.npy" not in archive.namelist():
            return f"has no array {name}"
        with archive.open(f"{name}.npy") as member:
            np.lib.format.read_magic(member)
            header = np.lib.format.read_array_header_1_0(member)
        if header[0] != shape or header[2] != np.uint8:
            return f"has an array {name} that is not {shape} of uint8"
    for member in archive.infolist():
        if member.filename == "offline.npy" and member.file_size > 999:
            return "has an array offline that is not a hash"
    return ""


def identity(arrays: dict[str, np.ndarray]) -> str:
    """One SHA-256 of all four arrays, in hexadecimal.

    Each array enters as MNIST's own IDX format writes it, so it does
    not matter how a file is packed. IDX: two zero bytes, an 8 for
    unsigned bytes, the number of axes, each size as 4 bytes big-endian,
    then the values, row by row.
    """
    text = ""
    for name in SHAPES:
        array = arrays[name]
        sizes = np.array(array.shape, ">u4").tobytes()
        idx = bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()
        text += hashlib.sha256(idx).hexdigest()
    return hashlib.sha256(text.encode()).hexdigest()


def main() -> None:
    """Print which data is in use."""
    options = common.parser("Show which data the programs use.")
    options.add_argument(
        "--data", type=common.path, help="try this file"
    )
    find(path=options.parse_args().data)


if __name__ == "__main__":
    sys.exit(common.run(main))
