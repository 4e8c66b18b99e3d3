"""Every benchmark can start: none of them runs in a test."""

import importlib
import json
import sys

import pytest

from tools.bench import BENCHES
from tools.pages import ROOT

BESIDE = {"__init__", "__main__", "same_site"}  # the last compares two sites, by hand


def test_each_benchmark_is_listed():
    modules = {path.stem for path in (ROOT / "tools/bench").glob("*.py")}
    assert modules - BESIDE == set(BENCHES)


@pytest.mark.parametrize("name", BENCHES)
def test_each_benchmark_can_be_imported(name):
    assert callable(importlib.import_module(f"tools.bench.{name}").measure)


@pytest.mark.parametrize(("change", "code"), [("", 0), ("index.html", 1), ("a.ipynb", 1)])
def test_counts_of_two_sites(change, code, tmp_path, monkeypatch, capsys):
    """What the nightly run calls."""
    for name in ("old", "new"):
        for file in ("index.html", "a.ipynb"):
            (tmp_path / name / file).parent.mkdir(exist_ok=True)
            if (name, file) != ("new", change):
                (tmp_path / name / file).touch()
        (tmp_path / name / "search_index.json").write_text(json.dumps({"docs": [1, 2]}))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["same_site", "--counts", "old", "new"])
    with pytest.raises(SystemExit) as ended:
        importlib.import_module("tools.bench.same_site").main()
    assert (ended.value.code or 0) == code
    assert "search entries: 2, 2" in capsys.readouterr().out
