"""A translation's blocks run as cells of the notebook that readers download."""

from pathlib import Path

import psutil
import pytest

from tools.engine import environment
from tools.engine.notebook_session_old import NotebookSession, runs_as_notebook
from tools.engine.pages_old import Page, Session
from tools.engine.run_old import BlockError

IN_JUPYTER = "from IPython import get_ipython\n\nin_jupyter = get_ipython() is not None\n"


def translation(text):
    return Page(Path("docs/ko/page.md"), text, "ko")


@pytest.fixture
def run(store):
    """Run a page as a notebook; returns what its cells show and its error."""

    def run(text, upto=None, time_limit=60.0):
        page = translation(text)
        session = NotebookSession(page, environment.current(), store, time_limit)
        try:
            session.run(len(page.blocks) - 1 if upto is None else upto)
        except BlockError:
            pass
        finally:
            session.close()
        return [reply.shown.strip() for reply in session.results], session.error

    return run


def test_which_pages_run_as_notebooks():
    text = "```python\n1\n```\n"
    assert runs_as_notebook(translation(text))
    assert not runs_as_notebook(translation("No code.\n"))
    assert not runs_as_notebook(translation(f"---\ndownloads: false\n---\n{text}"))
    assert not runs_as_notebook(Page(Path("docs/en/page.md"), text, "en"))
    assert not runs_as_notebook(Page(Path("page.md"), text))


def test_a_page_is_run_by_jupyter_in_an_empty_folder(run):
    files = "import os\n\nprint(os.listdir())\n"
    page = f"# T\n\n```python\n{IN_JUPYTER}```\n\n```python\n{files}in_jupyter\n```\n"
    shown, _ = run(page)
    assert shown == ["", "[]\n\nTrue"]


def test_what_differs_from_the_page_is_an_error_of_the_last_block(run, store):
    text = f"```python\n{IN_JUPYTER}```\n\n```python\nprint('in', in_jupyter)\n```\n"
    session = Session(Page(Path("docs/en/page.md"), text, "en"), environment.current(), store)
    session.run(1)
    session.close()
    shown, error = run(text)
    assert shown == ["", "in True"]
    assert error.message == "the notebook shows something else than the page"
    assert error.line == 8
    assert "shown: in True" in " ".join(error.details.split())
    assert run(text, upto=0)[1] is None  # one block alone is not compared


def test_an_error_has_the_places_of_the_page(run):
    text = "# T\n\n```python\ndef half(y):\n    return y / 0\n```\n\n```python\n\nhalf(1)\n```\n"
    shown, error = run(text)
    assert shown == [""]
    assert (error.line, error.message) == (10, "ZeroDivisionError: division by zero")
    assert 'File "docs/ko/page.md", line 5' in error.details
    assert 'File "docs/ko/page.md", line 10' in error.details


def test_an_error_of_syntax_has_its_place(run):
    _, error = run("```python\nx = 1\nx +\n```\n")
    assert error.line == 3 and "SyntaxError" in error.message


def test_expected_errors_are_held_to_their_words(run):
    block = '```python raises="ValueError: {}"\nint("x")\n```\n'
    shown, error = run(block.format("invalid literal"))
    assert error is None and shown[0].startswith("ValueError: invalid literal")
    assert "invalid literal" in run(block.format("other words"))[1].message
    _, error = run('```python raises="ValueError"\n1\n```\n')
    assert "ends without the ValueError" in error.message
    assert run("```sh\nexit 3\n```\n")[1].line == 2


def test_a_hanging_and_a_dying_cell_are_reported(run):
    _, error = run("```python\n1\n```\n\n```python\nwhile True:\n    pass\n```\n", time_limit=2)
    assert (error.line, error.message) == (6, "stopped: still running after 2 s")
    _, error = run("```python\nimport os\n\nos.abort()\n```\n")
    assert (error.line, error.message) == (2, "its process died (SIGABRT)")


def test_nothing_is_left_of_a_notebook(run, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    start = "import os\nimport subprocess\n\nprint(subprocess.Popen(['sleep', '60']).pid)\n"
    shown, _ = run(f"```python\n{start}```\n")
    assert not list(tmp_path.glob("notebook-*"))
    _, alive = psutil.wait_procs(_process(int(shown[0])), timeout=5)
    assert not alive


def _process(pid):
    try:
        process = psutil.Process(pid)
        return [] if process.status() == psutil.STATUS_ZOMBIE else [process]
    except psutil.NoSuchProcess:
        return []
