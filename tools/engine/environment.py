"""What the outputs of all pages depend on: versions and data."""

import importlib.metadata
import platform
from collections.abc import Callable
from dataclasses import dataclass

from examples.mnist_data import Source, find

LIBRARIES = {
    "TensorFlow": "tensorflow",
    "Keras": "keras",
    "NumPy": "numpy",
    "Matplotlib": "matplotlib",
}


@dataclass(frozen=True)
class Environment:
    """Versions and data of a run.

    Attributes:
        versions: name -> version, Python first.
        source: where `load_data` reads from.
    """

    versions: dict[str, str]
    source: Source


def versions() -> dict[str, str]:
    """Name -> version of Python and the libraries that pages show."""
    installed = {name: importlib.metadata.version(package) for name, package in LIBRARIES.items()}
    return {"Python": platform.python_version(), **installed}


_decided: list[Environment] = []


def current(announce: Callable[[str], object] = print) -> Environment:
    """The environment of this process, decided and announced once.

    Raises:
        examples.mnist_data.DataError: MNIST_NPZ names a file that is not MNIST.
    """
    if not _decided:
        _decided.append(Environment(versions(), find(announce)))
    return _decided[0]
