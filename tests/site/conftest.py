"""Fixtures: the sample and the real site, built once, served, and a browser."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.site.browser import NAMES, find, launch
from tests.site.build import build
from tests.site.server import serve

# Checks that the test modules share say what is wrong as those do.
pytest.register_assert_rewrite("tests.site.markup")


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this test run share (pytest-xdist too)."""
    folder = tmp_path_factory.getbasetemp()
    return (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "sites"


@pytest.fixture(scope="session")
def sample(shared: Path) -> Path:
    """The built sample site."""
    return build("sample", shared)


@pytest.fixture(scope="session")
def real(shared: Path) -> Path:
    """The built real site."""
    return build("real", shared)


@pytest.fixture(scope="session", params=["sample", "real"])
def site(request: pytest.FixtureRequest) -> Path:
    """Each of the two built sites."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Where the site is served, with a slash at the end."""
    with serve(site) as address:
        yield address


@pytest.fixture(scope="session")
def chromium():  # type: ignore[no-untyped-def]
    """The machine's own Chromium; without one the test is skipped, but not in CI."""
    if find() is None:
        reason = f"no browser on this machine: none of {', '.join(NAMES)} on the PATH"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with launch() as browser:
        yield browser
