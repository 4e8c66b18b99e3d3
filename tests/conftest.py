"""Fixtures for the tests of programs."""

import importlib
import signal
import sys

import pytest

from tests.forked import EXAMPLES


def pytest_configure():
    """Let Ctrl-C reach the programs under test: where a shell's & starts pytest, they ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def refusal(capsys, monkeypatch):
    """Run a program of examples/ with options that it must refuse; returns its one sentence.

    It runs in this process, where it cannot import TensorFlow: a refusal that comes so late fails.
    For a wrong option (code 2) argparse shows the usage before the sentence.
    """
    monkeypatch.syspath_prepend(str(EXAMPLES))
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")  # programs set both: they are put back
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    for module in ("tensorflow", "keras"):
        monkeypatch.setitem(sys.modules, module, None)

    def refusal(name, code, *options):
        common, program = map(importlib.import_module, ("common", name))
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", [f"{name}.py"])
        words = [str(option) for option in options]
        assert common.run(lambda: program.main(words)) == code
        text = capsys.readouterr().err
        *before, last = text.splitlines()
        before = [line for line in before if not line.startswith("Data: ")]
        assert last.startswith(f"{name}.py: ") and "Traceback" not in text
        assert not before or (code == 2 and before[0].startswith("usage: ")), text
        return last

    return refusal
