"""Every benchmark can start: none of them runs in a test."""

import importlib

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
