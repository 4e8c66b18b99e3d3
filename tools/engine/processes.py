"""Starts and ends the processes that pages run in.

They are forked from a server that has imported TensorFlow (multiprocessing's
forkserver); elsewhere than on Linux each page imports it itself.
"""

import contextlib
import multiprocessing
import os
import secrets
import signal
import sys
import threading
import types
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import psutil

# On macOS, forking after TensorFlow has started Apple's frameworks may crash.
FORKS = sys.platform == "linux"
if FORKS:
    from multiprocessing import forkserver

# TensorFlow turns oneDNN on by itself where the processor has VNNI, as most servers have.
# Elsewhere it halves the time of convolutions as well.
ONEDNN = os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

# Every program that a page starts inherits this variable, so that it can be found.
MARK = "PAGE_PROCESS"

_starting = threading.Lock()
_alive: dict[multiprocessing.Process, str] = {}


def environment(mnist: Path | None = None) -> dict[str, str]:
    """The variables of a page's process: the user's, and what the engine decides.

    Args:
        mnist: path of the data that pages and programs read.
    """
    variables = {
        **os.environ,
        "NO_COLOR": "1",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": ONEDNN,
    }
    for name in ("MNIST_NPZ", "COLUMNS", "FORCE_COLOR", "MPLBACKEND", "PYTHONPATH"):
        variables.pop(name, None)
    if mnist is not None:
        variables["MNIST_NPZ"] = str(mnist)
    return variables


def start(target: Callable, arguments: tuple, variables: dict[str, str]) -> multiprocessing.Process:
    """Call a module's function with these arguments and variables in a process."""
    mark = secrets.token_hex(8)
    context = multiprocessing.get_context("forkserver" if FORKS else "spawn")
    with _starting, _variables(variables), _anonymous_main():
        if FORKS:
            context.set_forkserver_preload(["tools.engine.preload"])
            forkserver.ensure_running()
        process = context.Process(target=_main, args=(target, arguments, {**variables, MARK: mark}))
        process.daemon = True
        process.start()
    _alive[process] = mark
    return process


def _main(target, arguments, variables):
    if hasattr(os, "setsid"):
        os.setsid()  # Ctrl-C is the parent's
    os.environ.clear()
    os.environ.update(variables)
    target(*arguments)


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
    """End a process and all that it started, daemons too."""
    mark = _alive.pop(process, "")
    started = []
    with contextlib.suppress(psutil.Error):
        started = psutil.Process(process.pid).children(recursive=True)
    with contextlib.suppress(ProcessLookupError, PermissionError, AttributeError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    for other in [*started, *_marked(mark)]:
        with contextlib.suppress(psutil.Error):
            other.kill()
    process.join(5)


def _marked(mark):
    """What a page has started and let go of: the mark is all that is left."""
    for process in psutil.process_iter() if mark else ():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(MARK) == mark:
                yield process


def kill_all() -> None:
    """End all processes that are alive: nobody waits for them any more."""
    for process in list(_alive):
        kill(process)
