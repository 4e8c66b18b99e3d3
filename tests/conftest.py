"""Fixtures for the tests of programs."""

import importlib
import sys

import pytest

from tests.forked import EXAMPLES


@pytest.fixture
def refusal(capsys, monkeypatch):
    """Run a program of examples/ with options that it must refuse; returns its one sentence.

    It runs in this process, where it cannot import TensorFlow: a refusal that comes so late fails.
    """
    monkeypatch.syspath_prepend(str(EXAMPLES))
    for module in ("tensorflow", "keras"):
        monkeypatch.setitem(sys.modules, module, None)

    def refusal(name, code, *options):
        program = importlib.import_module(name)
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", [f"{name}.py"])
        try:
            assert program.main([str(option) for option in options]) == code
        except SystemExit as end:  # argparse
            assert end.code == code
        text = capsys.readouterr().err
        assert text.startswith(f"{name}.py: ") and text.count("\n") == 1
        return text

    return refusal
