"""Small pages for the engine's own tests."""

from pathlib import Path

import pytest

from tools.engine import BlockError, RecordCache, Session, current
from tools.engine.limits import Limits
from tools.pages import Page


@pytest.fixture
def records(tmp_path):
    """An empty cache of records."""
    return RecordCache(tmp_path / "records")


@pytest.fixture
def run(records):
    """Run a page given as text; returns each block's outputs, and the error."""

    def run(text: str, path="docs/en/page.md", upto=None, **limits):
        page = Page(Path(path), text, Path(path).parent.name)
        session = Session(page, current(), records, Limits(**limits))
        try:
            session.run(len(page.blocks) - 1 if upto is None else upto)
        except BlockError:
            pass
        finally:
            session.close()
        return [outputs for outputs, _ in session.results], session.error

    return run


@pytest.fixture
def shown(run):
    """Run a page that must succeed; returns each block's outputs."""

    def shown(text: str):
        results, error = run(text)
        assert error is None, error.details
        return results

    return shown
