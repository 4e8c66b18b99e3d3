"""What README and CONTRIBUTING tell people to type is there."""

import re

import pytest

from tools.pages import ROOT, read_page
from tools.site.policy import HEADER

TEXTS = {name: (ROOT / name).read_text("utf-8") for name in ("README.md", "CONTRIBUTING.md")}
TARGETS = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M)


@pytest.mark.parametrize("name", TEXTS)
def test_every_make_command_is_a_target(name):
    said = set(re.findall(r"\bmake ([a-z]+)(?=[`\n ]*(?:[`\n]|ARGS|PYTHON))", TEXTS[name]))
    assert said
    assert said <= set(TARGETS)


@pytest.mark.parametrize("name", TEXTS)
def test_every_file_that_is_named_is_there(name):
    named = set(
        re.findall(r"(?<![\w/.])(?:docs|tools|tests|examples|\.github)/[\w./-]+", TEXTS[name])
    )
    made_up = {"docs/en/name.md", "docs/ko/name.md", "docs/ja"}
    missing = {path for path in named - made_up if not (ROOT / path).exists()}
    assert named
    assert not missing


def test_the_header_is_the_policy():
    assert f"\nContent-Security-Policy: {HEADER}\n" in TEXTS["README.md"]


def test_the_example_of_a_block_is_a_block():
    ids = re.findall(r"(docs/\S+?)::\[CodeFence#(\d+)\]\[line:(\d+)\]", TEXTS["README.md"])
    assert ids
    for path, number, line in ids:
        block = read_page(ROOT / path).blocks[int(number) - 1]
        assert block.line - 1 == int(line)
