"""Small pages for the engine's own tests."""

from pathlib import Path

import pytest

from tools.engine import environment
from tools.engine.pages_old import Page, Session
from tools.engine.records import Store
from tools.engine.run_old import BlockError


@pytest.fixture
def store(tmp_path):
    """An empty store of records, with a repository of its own."""
    root = tmp_path / "repository"
    root.mkdir()
    return Store(tmp_path / "records", root)


@pytest.fixture
def run(store):
    """Run a page given as text; returns its results and its error."""

    def run(text: str, path="docs/en/page.md", time_limit=60.0):
        session = Session(Page(Path(path), text), environment.current(), store, time_limit)
        try:
            session.run(len(session.page.blocks) - 1)
        except BlockError:
            pass
        finally:
            session.close()
        return session.results, session.error

    return run


@pytest.fixture
def shown(run):
    """Run a page that must succeed; returns each block's outputs."""

    def shown(text: str):
        results, error = run(text)
        assert error is None, error.details
        return [result["outputs"] for result in results]

    return shown
