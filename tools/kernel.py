"""A Jupyter kernel in which a downloaded notebook runs, as it would for a reader.

Its process is forked like a page's from one that has imported TensorFlow (tools/process.py), and
forgets the repository: what a notebook needs must have come with it.
"""

import contextlib
import os
import queue
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tools import process
from tools.capture import as_terminal
from tools.child import give_mnist
from tools.process import ROOT

STARTING = 60.0  # seconds in which a kernel must answer


@dataclass
class Reply:
    """What one cell did.

    Attributes:
        shown: what it printed and the values that it showed, as text; a picture is left out.
        error: "Name: words", "" if there was none.
        traceback: Jupyter's own, without colours.
    """

    shown: str
    error: str = ""
    traceback: str = ""


class KernelDied(Exception):
    """The kernel's process has ended; its exit code is the argument."""


class Kernel:
    """A kernel and its client.

    Args:
        folder: where the notebook lies; its files go there.
        mnist: path of the data that `load_data` reads.
        keras: whether the notebook uses Keras, which is imported for `mnist`.

    Raises:
        KernelDied: it did not start.
        TimeoutError: it does not answer.
    """

    def __init__(self, folder: Path, mnist: Path | None, keras: bool = True):
        from jupyter_client import BlockingKernelClient, write_connection_file

        connection, _ = write_connection_file(str(folder.parent / f"{folder.name}.json"))
        self.log = folder.parent / f"{folder.name}.log"
        variables = process.environment(mnist)
        self.process = process.start(
            serve, (connection, str(folder), str(self.log), variables, keras), variables
        )
        self._client = BlockingKernelClient(connection_file=connection)
        self._client.load_connection_file()
        self._client.start_channels()
        try:
            self._wait()
        except BaseException:
            self.close()
            raise

    def run(self, code: str, limit: float) -> Reply:
        """Run a cell.

        Raises:
            KernelDied: the process ended in it.
            TimeoutError: it did not end within `limit` seconds.
        """
        end = time.monotonic() + limit
        message = self._client.execute(code, allow_stdin=False)
        shown, error, traceback = [], "", ""
        while True:
            got = self._next(self._client.get_iopub_msg, message, end)
            content = got["content"]
            if got["msg_type"] == "status" and content["execution_state"] == "idle":
                break
            if got["msg_type"] == "stream" and content["name"] == "stdout":
                shown.append(content["text"])
            elif got["msg_type"] in ("execute_result", "display_data"):
                drawn = any(kind.startswith("image/") for kind in content["data"])
                shown.append("" if drawn else f"\n{content['data']['text/plain']}\n")
            elif got["msg_type"] == "error":
                error = f"{content['ename']}: {content['evalue']}"
                traceback = as_terminal("\n".join(content["traceback"]))
                shown.append(f"\n{error}\n")
        self._next(self._client.get_shell_msg, message, end)
        return Reply(as_terminal("".join(shown)), error, traceback)

    def close(self) -> None:
        """End the kernel with all that it started."""
        self._client.stop_channels()
        process.kill(self.process)

    def _next(self, get, message, end):
        """The next message that answers ours."""
        while True:
            try:
                got = get(timeout=0.5)
            except queue.Empty:
                if self.process.exitcode is not None:
                    raise KernelDied(self.process.exitcode) from None
                if time.monotonic() > end:
                    raise TimeoutError from None
                continue
            if got["parent_header"].get("msg_id") == message:
                return got

    def _wait(self):
        """Until it answers: the client's own way to wait gives up on a machine that is busy."""
        end = time.monotonic() + STARTING
        while time.monotonic() < end:
            self._client.kernel_info()
            with contextlib.suppress(queue.Empty):
                self._client.get_shell_msg(timeout=1)
                self._client.get_iopub_msg(timeout=0.3)  # outputs come this way: it may open later
                return
            if self.process.exitcode is not None:
                raise KernelDied(self.process.exitcode)
        raise TimeoutError("the kernel does not answer")


def serve(connection: str, folder: str, log: str, variables: dict[str, str], keras: bool) -> None:
    """In the process: be the kernel, for a reader who has no copy of the repository."""
    if hasattr(os, "setsid"):
        os.setsid()  # Ctrl-C is the parent's; all that a cell starts ends with this process
    for descriptor in (1, 2):
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), descriptor)
    as_a_reader(Path(folder), variables, keras)
    # Jupyter says this before Matplotlib is imported; here it has been imported already.
    import matplotlib
    from ipykernel.kernelapp import IPKernelApp

    matplotlib.rcParams["backend"] = "module://matplotlib_inline.backend_inline"
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ["JPY_PARENT_PID"] = str(os.getppid())  # it ends when its parent is gone
    # Plain tracebacks: Jupyter's usual ones show the code around each line, half a second each.
    options = ["--IPKernelApp.quiet=True", "--InteractiveShell.xmode=Plain"]
    IPKernelApp.launch_instance(argv=["-f", connection, *options])


def as_a_reader(folder: Path, variables: dict[str, str], keras: bool = True) -> None:
    """Make this process one of a reader: in a folder of its own, without the repository."""
    os.environ.clear()
    os.environ.update(variables)
    for name in ("MPLBACKEND", "PYTHONPATH"):
        os.environ.pop(name, None)
    os.chdir(folder)
    inside = (str(ROOT), str(ROOT / "examples"), "")
    sys.path[:] = [str(folder), *(path for path in sys.path if path not in inside)]
    for name in [*sys.modules]:
        if name.partition(".")[0] in ("examples", "mnist_data", "mnist_file"):
            del sys.modules[name]
    if keras:
        give_mnist(variables.get("MNIST_NPZ"))
