"""Starts and ends the processes that pages run in.

They are forked from a server that has imported TensorFlow (multiprocessing's
forkserver); elsewhere than on Linux each page imports it anew.
"""

import multiprocessing
import os
import signal
import sys
import threading
import types
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

# On macOS, forking after TensorFlow has started Apple's frameworks may crash.
FORKS = sys.platform == "linux"
if FORKS:
    from multiprocessing import forkserver

ROOT = Path(__file__).resolve().parents[1]

# TensorFlow turns oneDNN on by itself where the processor has VNNI, as most servers have.
# Elsewhere it halves the time of convolutions as well.
ONEDNN = os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

_starting = threading.Lock()
_alive: set[multiprocessing.Process] = set()


def environment(mnist: Path | None = None) -> dict[str, str]:
    """The variables of a page's process: ours, and what the engine decides.

    Args:
        mnist: path of the data that pages and programs shall read.
    """
    variables = {
        **os.environ,
        "MPLBACKEND": "module://tools.figures",
        "NO_COLOR": "1",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(ROOT),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": ONEDNN,
    }
    for name in ("MNIST_NPZ", "COLUMNS", "FORCE_COLOR"):
        variables.pop(name, None)
    if mnist is not None:
        variables["MNIST_NPZ"] = str(mnist)
    return variables


def start(target: Callable, arguments: tuple, variables: dict[str, str]) -> multiprocessing.Process:
    """Call a module's function with these arguments in a process."""
    context = multiprocessing.get_context("forkserver" if FORKS else "spawn")
    with _starting, _variables(variables), _anonymous_main():
        if FORKS:
            context.set_forkserver_preload(["tools.preload"])
            forkserver.ensure_running()
        process = context.Process(target=target, args=arguments, daemon=True)
        process.start()
    _alive.add(process)
    return process


@contextmanager
def _variables(variables):
    """Let a process that is started now inherit these variables."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _anonymous_main():
    """Keep multiprocessing from importing pytest or mkdocs in each child."""
    before = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = before


def kill(process: multiprocessing.Process) -> None:
    """End a process and all that it started."""
    _alive.discard(process)
    try:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    process.kill()
    process.join(5)


def kill_all() -> None:
    """End all processes that are alive: nobody waits for them any more."""
    for process in list(_alive):
        kill(process)
