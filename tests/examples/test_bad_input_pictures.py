"""Runs the rows of bad_input_pictures.py, in this process."""

import importlib
import sys

import pytest

from tests.examples.bad_input_pictures import ROWS, make
from tests.examples.drawn import EXAMPLES


@pytest.mark.parametrize(("program", "options", "code", "words"), ROWS)
def test_row(program, options, code, words, tmp_path, monkeypatch, capsys):
    """One sentence with these words, this exit code, and nothing changed."""
    monkeypatch.syspath_prepend(EXAMPLES)
    module = importlib.import_module(program)
    make(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [f"{program}.py", *options])
    try:
        assert module.run(module.main) == code
    except SystemExit as end:  # argparse, which shows the usage first
        assert end.code == code
    *usage, sentence = capsys.readouterr().err.splitlines()
    assert words in sentence and sentence.startswith(f"{program}.py: ")
    assert bool(usage) == (code == 2)
    assert sorted(tmp_path.rglob("*")) == before
