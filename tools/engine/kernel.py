"""The Jupyter kernel that a page's notebook runs in, and its client.

The kernel is forked from a process that has imported TensorFlow (tools/engine/processes.py). It
forgets the repository: what a notebook needs must have come with it.
"""

import faulthandler
import linecache
import os
import queue
import re
import signal
import sys
import time
import warnings
from pathlib import Path

from tools.engine import processes
from tools.engine.limits import Limits, Watch
from tools.engine.outputs import Outputs
from tools.pages import ROOT


class KernelEnded(Exception):
    """The kernel's process has ended, or exceeded a limit; the message says how."""


class Kernel:
    """A kernel in a process of its own, which works in a folder.

    A page's `name` stands in tracebacks; its `text` has the page's line numbers and its Python.
    """

    def __init__(self, folder: Path, name: str, text: str, mnist: Path | None, limits: Limits):
        from jupyter_client import BlockingKernelClient, write_connection_file

        self._name = name
        self._trace = folder.parent / f"{folder.name}.trace"
        connection, _ = write_connection_file(str(folder.parent / f"{folder.name}.json"))
        self.log = folder.parent / f"{folder.name}.log"
        variables = processes.environment(mnist)
        files = (connection, str(folder), str(self.log), str(self._trace))
        self.process = processes.start(_serve, (*files, name, text), variables)
        self._client = BlockingKernelClient(connection_file=connection)
        self._client.load_connection_file()
        self._client.start_channels()
        try:
            self._wait(Watch(self.process.pid, limits))
        except BaseException:
            self.close()
            raise

    def run(self, code: str, line: int, limits: Limits) -> Outputs:
        """Run a cell, which begins on a line of the page."""
        watch, outputs = Watch(self.process.pid, limits), Outputs()
        if not code.startswith("%%"):
            code = "\n" * (line - 1) + code
        message = self._client.execute(code, allow_stdin=False)
        while True:
            got = self._next(self._client.get_iopub_msg, message, watch)
            if got["msg_type"] == "status" and got["content"]["execution_state"] == "idle":
                break
            outputs.add(got["msg_type"], got["content"])
        self._next(self._client.get_shell_msg, message, watch)
        return outputs

    def where(self) -> tuple[int | None, str]:
        """The page's line that is running or was the last to run, and the trace with it."""
        if hasattr(signal, "SIGUSR1") and self.process.exitcode is None:
            os.kill(self.process.pid, signal.SIGUSR1)
            time.sleep(0.5)  # faulthandler writes; a process that is stopped does not
        trace = self._trace.read_text(errors="replace") if self._trace.exists() else ""
        line = re.search(rf'File "{re.escape(self._name)}", line (\d+)', trace)
        if line is None:
            return None, ""
        begin = trace.rfind("\n\n", 0, line.start()) + 1
        end = trace.find("\n", line.end())
        return int(line[1]), trace[begin:end].strip()

    def close(self) -> None:
        """End the kernel with all that it started."""
        self._client.stop_channels()
        processes.kill(self.process)

    def _next(self, get, message, watch):
        """The next message that answers ours."""
        while True:
            try:
                got = get(timeout=0.5)
                if got["parent_header"].get("msg_id") == message:
                    return got
            except queue.Empty:
                pass
            self._check(watch)  # also when messages come: what it has started may print for ever

    def _wait(self, watch):
        """Until it answers: the client's own way to wait gives up on a machine that is busy."""
        while True:
            message = self._client.kernel_info()
            try:
                while self._client.get_shell_msg(timeout=1)["parent_header"]["msg_id"] != message:
                    pass
                self._client.get_iopub_msg(timeout=0.3)  # outputs come this way: it may open later
                return
            except queue.Empty:
                self._check(watch)

    def _check(self, watch):
        code = self.process.exitcode
        if code is not None:
            how = f"exit code {code}" if code >= 0 else signal.Signals(-code).name
            how += ", often: out of memory" if how == "SIGKILL" else ""
            raise KernelEnded(f"its process died ({how})")
        if exceeded := watch.exceeded():
            raise KernelEnded(exceeded)


def _serve(connection, folder, log, trace, name, text):
    """In the process: be the kernel, for a reader who has no copy of the repository."""
    for descriptor in (1, 2):
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), descriptor)
    sys.argv[:] = [name]
    traces = open(trace, "w")  # noqa: SIM115, it is open as long as the process
    faulthandler.enable(traces)
    if hasattr(faulthandler, "register"):
        faulthandler.register(signal.SIGUSR1, traces)
    from tools.engine import preload  # does nothing in a forked process
    from tools.engine.page_kernel import app_for

    preload.numpy.random.seed()  # not the server's state: a page sets its own seed
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["JPY_PARENT_PID"] = str(os.getppid())  # it ends when its parent is gone
    as_a_reader(Path(folder))
    app = app_for(name)
    app.initialize(["-f", connection])
    app.shell.enable_matplotlib("inline")  # by itself when it is imported, which it has been
    app.shell.input_transformer_manager.cleanup_transforms.pop(0)  # would drop leading blank lines
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    # A page shows the current API: what is deprecated fails.
    for category in (DeprecationWarning, PendingDeprecationWarning, FutureWarning):
        warnings.filterwarnings("error", category=category, module="__main__")
    app.start()


def as_a_reader(folder: Path) -> None:
    """Make this process one of a reader: in a folder of its own, without the repository."""
    os.chdir(folder)
    inside = (str(ROOT), str(ROOT / "examples"), "")
    sys.path[:] = [str(folder), *(path for path in sys.path if path not in inside)]
    for name in [*sys.modules]:
        if name.partition(".")[0] in ("examples", "mnist_data", "tools"):
            del sys.modules[name]
