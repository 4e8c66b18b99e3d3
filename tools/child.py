"""The process of one page: runs its blocks one after the other.

Started by tools/run.py, which sends one block at a time through a pipe and
gets one result back for each. Everything a block can leave behind
(environment, working folder, seeds, rcParams, programs it started) ends with
this process.
"""

import ast
import faulthandler
import linecache
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
import warnings
from multiprocessing.connection import Connection
from pathlib import Path


def main(pipe: Connection, page: str, text: str, folder: str, environment: dict) -> None:
    """Run blocks until the pipe is closed.

    Args:
        pipe: receives `(language, code, line, options, limit)`, sends a
            result (see `Page.run`).
        page: the page's name in tracebacks.
        text: a text with the page's line numbers that has only its Python.
        folder: holds `work`, the scratch copy of the repository.
        environment: the variables of the process.
    """
    if hasattr(os, "setsid"):
        os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(Path(folder) / "work")
    # A program finds the modules beside it, as Python lets it.
    beside = str(Path(page).parent.absolute()) if page.endswith(".py") else ""
    sys.path[:] = [beside, *(p for p in sys.path if p not in ("", environment["PYTHONPATH"]))]
    sys.argv[:] = [page]

    from tools import preload  # a no-op in a forked process

    preload.numpy.random.seed()  # not the server's state: a page sets its own seed
    process = Page(page, text, Path(folder), environment)
    while True:
        try:
            block = pipe.recv()
        except EOFError:
            break
        pipe.send(process.run(*block))


class Page:
    """The namespace of a page and what its blocks print, draw and open."""

    def __init__(self, name: str, text: str, folder: Path, environment: dict):
        from tools.capture import Stream

        self.name = name
        self.folder = folder
        # AutoGraph and tracebacks read the page's code from here.
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        # Read by the parent where this process dies.
        self.trace = (folder / "trace").open("w")
        faulthandler.enable(self.trace)
        self.stdout = Stream(folder / "stdout", 1)
        self.stderr = Stream(folder / "stderr", 2)
        self.opened: set[str] = set()
        sys.addaudithook(self._audit)
        if "keras" in sys.modules or "keras" in text or name.endswith(".py"):
            give_mnist(environment.get("MNIST_NPZ"))
        self.namespace = _new_main(name)
        # A page shows the current API: what is deprecated fails.
        for category in (DeprecationWarning, PendingDeprecationWarning, FutureWarning):
            warnings.filterwarnings("error", category=category, module="__main__")

    def run(self, language: str, code: str, line: int, options: dict, limit: float) -> dict:
        """Run one block.

        Returns:
            `outputs` (a list of dicts with a `type`), `error` (None or a dict
            of `name`, `message`, `traceback`), `opened` (files of the
            repository), `stderr` and `seconds`.
        """
        from tools import figures

        self.outputs = []
        figures.emit = self._show_figure
        start = time.perf_counter()
        faulthandler.dump_traceback_later(limit, exit=True, file=self.trace)
        error = None
        try:
            if language == "sh":
                self._run_sh(code)
            else:
                self._run_python(code, line)
            figures.close_block()
            if "show" in options:
                self._show_file(options["show"])
        except BaseException as exception:
            error = self._describe(exception)
        finally:
            faulthandler.cancel_dump_traceback_later()
        seconds = time.perf_counter() - start
        self._flush()
        error = self._expect(options.get("raises"), error)
        opened, self.opened = sorted(self.opened), set()
        return {
            "outputs": self.outputs,
            "error": error,
            "opened": opened,
            "stderr": self.stderr.take(),
            "seconds": seconds,
        }

    def _run_python(self, code, line):
        # Blank lines in front give every message the page's line numbers.
        tree = ast.parse("\n" * (line - 1) + code, self.name)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, self.name, "exec", dont_inherit=True), self.namespace)
        if last is not None:
            expression = ast.Expression(last.value)
            value = eval(compile(expression, self.name, "eval", dont_inherit=True), self.namespace)
            if value is not None and not code.rstrip().endswith(";"):
                self._show_value(value)

    def _run_sh(self, code):
        shell = shutil.which("bash") or shutil.which("sh")
        done = subprocess.run([shell, "-e", "-c", code], check=False, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, "the shell block")

    def _show_value(self, value):
        from IPython.lib.pretty import pretty

        self._flush()
        self.outputs.append({"type": "value", "text": pretty(value)})

    def _show_figure(self, output):
        self._flush()  # the text before it
        self.outputs.append(output)

    def _show_file(self, name):
        from tools.figures import picture_file

        path = Path(name.removesuffix("?"))
        if path.exists() or not name.endswith("?"):
            self._show_figure(picture_file(path.read_bytes()))

    def _flush(self):
        text = self.stdout.take()
        if text.strip():
            if self.outputs and self.outputs[-1]["type"] == "text":
                text = self.outputs.pop()["text"] + text
            self.outputs.append({"type": "text", "text": text})

    def _describe(self, exception):
        frames = exception.__traceback__
        while frames is not None and frames.tb_frame.f_code.co_filename != self.name:
            frames = frames.tb_next
        lines = traceback.format_exception(type(exception), exception, frames)
        from tools.capture import as_terminal

        return {
            "names": [cls.__name__ for cls in type(exception).__mro__[:-1]],
            "message": as_terminal(_last_line(exception)),
            "traceback": as_terminal("".join(lines)),
        }

    def _expect(self, expected, error):
        """Hold a block marked `raises="Error"` or `raises="Error: words"` to its error."""
        if expected is None:
            return error
        name, _, words = expected.partition(": ")
        if error is None:
            message = f"the block ends without the {name} that it is marked with"
            return {"names": [], "message": message, "traceback": message}
        if name.rpartition(".")[2] in error["names"] and words in error["message"]:
            self.outputs.append({"type": "error", "text": error["message"]})
            return None
        error["traceback"] += f"\n(the block is marked with raises={expected!r})"
        return error

    def _audit(self, event, arguments):
        if event == "open" and isinstance(arguments[0], (str, bytes)):
            self.opened.add(os.path.abspath(os.fsdecode(arguments[0])))


def _last_line(exception):
    if isinstance(exception, SyntaxError):
        return f"{type(exception).__name__}: {exception.msg}"
    return "".join(traceback.format_exception_only(exception)).strip()


def _new_main(name):
    """An empty `__main__`, as a notebook has, or a script if the page is one."""
    module = type(sys)("__main__")
    sys.modules["__main__"] = module
    if name.endswith(".py"):
        module.__file__ = name
    return module.__dict__


def give_mnist(path: str | None) -> None:
    """Let Keras's own `load_data` read the file in use and fetch nothing."""
    if path:
        from keras.src.datasets import mnist

        mnist.get_file = lambda *args, **kwargs: path
