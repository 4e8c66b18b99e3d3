"""The preparation that the page "Your own digits" teaches is that of the programs.

It is simpler: it takes a picture with one digit on it, whose ink does not reach the edge. There the
two agree.
"""

import ast
import json
from pathlib import Path

import numpy as np
import pytest

from tests.examples.drawn import CASES
from tests.forked import start
from tools.pages import DOCS, read_page

PAGE = DOCS / "en" / "own-digits.md"
ALIKE = [
    *("dark on light", "light on dark", "off the centre"),
    *("thick pen", "in a lamp's light", "strip"),
]


def functions_of(page: Path) -> dict:
    """What a page's Python blocks import, and the functions that they define."""
    kinds = ast.Import, ast.ImportFrom, ast.FunctionDef
    found, namespace = [], {}
    for block in read_page(page).blocks:
        if block.language == "python" and not {"task", "answer"} & block.options.keys():
            found += [node for node in ast.parse(block.code).body if isinstance(node, kinds)]
    exec(compile(ast.Module(found, []), str(page), "exec"), namespace)
    return namespace


def prepare_all(result: str) -> None:
    """Write what the page makes of each case, or says of it; this imports TensorFlow."""
    prepare = functions_of(PAGE)["prepare"]
    answers = {}
    for case in json.loads(CASES.read_text())["cases"]:
        grey = np.array([[int(digit, 16) * 17 for digit in row] for row in case["grey"]])
        try:
            answers[case["name"]] = prepare(grey).tolist()
        except ValueError as error:
            answers[case["name"]] = str(error)
    Path(result).write_text(json.dumps(answers))


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    process = start(prepare_all, str(folder / "answers.json"), out=folder / "out")
    process.join()
    assert process.exitcode == 0, (folder / "out").read_text()
    return json.loads((folder / "answers.json").read_text())


@pytest.mark.parametrize("name", ALIKE)
def test_the_page_prepares_as_the_programs_do(answers, name):
    (case,) = (case for case in json.loads(CASES.read_text())["cases"] if case["name"] == name)
    expected = [[*bytes.fromhex(row)] for row in case["expected"]]
    assert np.abs(np.array(answers[name]) - expected).max() <= 1


def test_the_page_refuses_blank_paper(answers):
    assert answers["blank"] == "nothing stands out from the paper"
