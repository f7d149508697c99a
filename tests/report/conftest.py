"""A real browser for the pages."""

import shutil
from collections.abc import Iterator

import pytest
from browser import Browser


@pytest.fixture(scope="session")
def session_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A Chromium; tests that need it are skipped where it is absent."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    chromedriver = shutil.which("chromedriver")
    if not chromium or not chromedriver:
        pytest.skip("no Chromium with its chromedriver here; .ci/run installs them")
    browser = Browser(chromium, chromedriver, tmp_path_factory.mktemp("saved"))
    yield browser
    browser.close()


@pytest.fixture
def browser(session_browser: Browser) -> Iterator[Browser]:
    """The browser; no test may leave an error in its console."""
    session_browser.errors()
    yield session_browser
    assert not session_browser.errors()
