"""Runs programs of examples/ in processes forked from one that has imported TensorFlow.

Importing it takes most of the time of a short run. Pages are forked from the same server; where
there is no fork, as on macOS, each process imports TensorFlow itself.
"""

import importlib
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import types
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.engine.processes import FORKS

EXAMPLES = Path(__file__).parents[1] / "examples"
_starting = threading.Lock()


@dataclass
class Ended:
    """How a process ended, as subprocess.run says it."""

    returncode: int
    stdout: str
    stderr: str


def start(target, *arguments, out=os.devnull, err=None, folder=os.curdir):
    """Call a function in a process, which ends with this one; its value is the exit code.

    Args:
        target: a function of a module.
        arguments: for it.
        out: a file for what it prints; it is added to.
        err: a file for its stderr; the same without it.
        folder: where it works.
    """
    files = [os.path.abspath(file) for file in (out, err or out)]
    context = multiprocessing.get_context("forkserver" if FORKS else "spawn")
    with _starting, pytest.MonkeyPatch.context() as patch:
        everything = (target, arguments, files, str(folder), dict(os.environ))
        process = context.Process(target=_child, args=everything, daemon=True)
        patch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))  # no pytest in it
        if FORKS:
            # The server reads it once, before any program can set it.
            patch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
            context.set_forkserver_preload(["tools.engine.preload"])
        process.start()
    return process


def _child(target, arguments, files, folder, environment):
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for descriptor, file in enumerate(files, 1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND), descriptor)
    # Whoever starts the tests in the background has told them to ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.path.insert(0, str(EXAMPLES))
    sys.exit(target(*arguments))


def start_program(name, *options, limit=None, **places):
    """Start a program of examples/ with these options.

    Args:
        name: "train" for train.py.
        options: the words behind the name.
        limit: (bytes, dies): no file may grow larger; at that byte the process dies (SIGXFSZ)
            or gets an error, as on a full disk.
        places: out, err and folder, as for `start`.
    """
    return start(_program, name, [str(option) for option in options], limit, **places)


def _program(name, options, limit):
    sys.argv[:] = [f"{name}.py"]
    common, program = map(importlib.import_module, ("common", name))
    if limit:
        import resource

        size, dies = limit
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL if dies else signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    return common.run(lambda: program.main(options))


def run(target, *arguments, starting=start, **more) -> Ended:
    """Call a function in a process, as `start` does, and wait for its end."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        process = starting(target, *arguments, out=out, err=err, **more)
        process.join(240)
        process.kill()
        ended = Ended(process.exitcode, out.read_text(), err.read_text())
    assert ended.returncode is not None, f"no end: {ended}"
    return ended


def run_program(name, *options, **more) -> Ended:
    """Run a program of examples/, as `start_program` starts it, to its end."""
    return run(name, *options, starting=start_program, **more)
