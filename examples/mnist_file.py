"""Files of MNIST's arrays.

Tell by content what one is; write one whole or not at all.
"""

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

SHAPES = {  # what Keras's mnist.npz holds, all uint8
    "x_train": (60_000, 28, 28),
    "y_train": (60_000,),
    "x_test": (10_000, 28, 28),
    "y_test": (10_000,),
}
# SHA-256 of MNIST's four files as they were first published (IDX
# format, unzipped).
MNIST = {
    "x_train": "ba891046e6505d7aadcbbe25680a0738"
    "ad16aec93bde7f9b65e87a2fc25776db",
    "y_train": "65a50cbbf4e906d70832878ad85ccda5"
    "333a97f0f4c3dd2ef09a8a9eef7101c5",
    "x_test": "0fa7898d509279e482958e8ce81c8e77"
    "db3f2f8254e26661ceb7762c4d494ce7",
    "y_test": "ff7bcfd416de33731a308c3f266cc351"
    "222c34898ecbeaf847f06e48f7ec33f2",
}
NOTES = "play-with-mnist.json"
PART = ".play-with-mnist-"  # begins the names of what is not whole yet


def recognise(path: Path) -> tuple[str, str]:
    """Tell by its content what a file is, and its digest.

    The first is "mnist" or "offline", the digest 16 hexadecimal digits
    of `identity`. A file known from an earlier call is hashed as it is
    (about 20 ms) instead of being unpacked.

    Raises:
        ValueError: it is neither; the message says why and continues a
            sentence after "which".
    """
    if not os.path.exists(path):
        raise ValueError("does not exist")
    if not os.path.isfile(path):
        raise ValueError("is not a file")
    try:
        with open(path, "rb") as file:
            key = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror})") from None
    kind, _, digest = recall(key).partition(" ")
    if kind not in ("mnist", "offline"):
        kind, digest = _examine(path)
        remember(key, f"{kind} {digest}")
    return kind, digest


def _examine(path: Path) -> tuple[str, str]:
    """Do the work of `recognise`: unpack the arrays and hash them."""
    try:
        with np.load(path) as file:
            names = [n for n in (*SHAPES, "offline") if n in file]
            arrays = {name: file[name] for name in names}
    except Exception:  # a damaged archive fails in a dozen ways
        raise ValueError(
            "is damaged, cut short or not an .npz file at all"
        ) from None
    for name, shape in SHAPES.items():
        if name not in arrays:
            raise ValueError(f"has no array {name}")
        array = arrays[name]
        if array.shape != shape or array.dtype != np.uint8:
            raise ValueError(
                f"has an array {name} that is not {shape} of uint8"
            )
    hashes, whole = idx_hashes(arrays), identity(arrays)
    if hashes == MNIST:
        return "mnist", whole[:16]
    if str(arrays.get("offline")) == whole:
        return "offline", whole[:16]
    wrong = [name for name in SHAPES if hashes[name] != MNIST[name]]
    raise ValueError(
        "has arrays like MNIST's, but not its content, "
        f"in {', '.join(wrong)}"
    )


def identity(arrays: dict[str, np.ndarray]) -> str:
    """One SHA-256 of all four arrays, in hexadecimal."""
    text = "".join(idx_hashes(arrays).values())
    return hashlib.sha256(text.encode()).hexdigest()


def idx_hashes(arrays: dict[str, np.ndarray]) -> dict[str, str]:
    """The SHA-256 of each array as MNIST's own IDX format writes it.

    So it does not matter how a file is packed. IDX: two zero bytes, an
    8 for unsigned bytes, the number of axes, each size as 4 bytes
    big-endian, then the values, row by row.
    """
    hashes = {}
    for name in SHAPES:
        array = arrays[name]
        sizes = np.array(array.shape, ">u4").tobytes()
        idx = bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()
        hashes[name] = hashlib.sha256(idx).hexdigest()
    return hashes


def write_offline(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write the offline digits so that `recognise` knows them.

    The file holds the arrays and their `identity`. Raises OSError; then
    an older file at `path` is as it was.
    """
    arrays = arrays | {"offline": np.array(identity(arrays))}
    # np.savez_compressed has no level: it takes three times as long for
    # a file as large.
    packed = {"compression": zipfile.ZIP_DEFLATED, "compresslevel": 1}
    with (
        beside(path) as part,
        zipfile.ZipFile(part, "w", **packed) as archive,
    ):
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array(member, array)


@contextlib.contextmanager
def beside(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its place when it is whole.

    So nobody ever reads a part.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{PART}{secrets.token_hex(4)}")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove what runs killed more than an hour ago have left."""
    for part in folder.glob(f"{PART}*"):
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > 3600:
                part.unlink() if part.is_file() else shutil.rmtree(part)


def folders() -> list[Path]:
    """Where Keras keeps data sets.

    The second folder is for when it cannot write to the first.
    """
    home = os.environ.get("KERAS_HOME") or "~/.keras"
    return [
        Path(os.path.expanduser(home), "datasets"),
        Path(tempfile.gettempdir(), ".keras", "datasets"),
    ]


def notes() -> dict[str, str]:
    """What earlier runs found out.

    SHA-256 of a file -> what it is; `mnist_data.FAILED` -> when the
    last download failed.
    """
    for folder in folders():
        with contextlib.suppress(OSError, ValueError, TypeError):
            return dict(json.loads((folder / NOTES).read_text("utf-8")))
    return {}


def recall(key: str) -> str:
    """What was remembered under `key`, or an empty string."""
    return str(notes().get(key, ""))


def remember(key: str, value: str) -> None:
    """Keep a note for later runs.

    Where nothing can be written they find it out again.
    """
    text = json.dumps(notes() | {key: value}, indent=1)
    for file in [folder / NOTES for folder in folders()]:
        with contextlib.suppress(OSError), beside(file) as part:
            part.write_text(text, "utf-8")
            return
