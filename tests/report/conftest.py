"""A real browser for the pages, and a large page to open in it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser
from shown_reports import TRIALS, of_trials

from nasbench_pose.report.comparison import ComparisonReport
from nasbench_pose.report.html.page import Evidence, write


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
    if session_browser.driver.current_url.startswith("http"):  # a served page would ask on, and its server ends now
        session_browser.driver.get("about:blank")


@pytest.fixture(scope="session")
def report() -> ComparisonReport:
    """A report of thousands of trials."""
    return of_trials(TRIALS)


@pytest.fixture(scope="session")
def page(report: ComparisonReport, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its page."""
    return write(report, tmp_path_factory.mktemp("page") / "report.html", Evidence(database="runs.db"))
