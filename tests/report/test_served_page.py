"""The page of a growing database: served to this machine only, and loaded anew as trials come."""

from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from socket import create_connection
from threading import Thread

import pytest
from browser import Browser
from selenium.webdriver.common.keys import Keys
from shown_reports import made_up

from nasbench_pose.errors import InvalidFileError, NoTrialsError
from nasbench_pose.report.html.page import Evidence, page
from nasbench_pose.report.html.serve import PageServer


class Searches:
    """A database in place of which a test says how many trials there are, and what its page is."""

    def __init__(self) -> None:
        self.trials, self.made = 14, 0
        self.page: Callable[[int], str] = "page of {}".format

    def size(self) -> int:
        return self.trials

    def make(self, trials: int) -> str:
        self.made += 1
        return self.page(trials)


@pytest.fixture
def searches() -> Searches:
    return Searches()


@pytest.fixture
def server(searches: Searches) -> Iterator[PageServer]:
    with PageServer(searches.size, searches.make) as server:
        server.patience = 0.0
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(server: PageServer, path: str, *, method: str = "GET", host: str = "") -> tuple[int, str, dict[str, str]]:
    """Return status, text and headers of an answer."""
    connection = HTTPConnection("127.0.0.1", server.server_port)
    connection.request(method, path, headers={"Host": host} if host else {})
    answer = connection.getresponse()
    found = answer.status, answer.read().decode(), dict(answer.getheaders())
    connection.close()
    return found


def test_the_page_is_made_once_for_a_number_of_trials(server: PageServer, searches: Searches) -> None:
    status, text, headers = ask(server, "/")
    assert status == 200 and text == "page of 14" and text == ask(server, "/")[1]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert ask(server, "/trials")[1] == '{"trials": 14}' and searches.made == 1
    searches.trials += 1
    assert ask(server, "/trials")[1] == '{"trials": 15}' and searches.made == 1, "a number costs no page"
    ask(server, "/")
    assert searches.made == 2
    server.patience = 1e9
    for _ in range(2):
        searches.trials += 1
        ask(server, "/")
    assert searches.made == 3, "the machine is left to the searches"


def test_a_page_that_cannot_be_made_says_why_and_is_there_with_the_next_trial(
    server: PageServer, searches: Searches, browser: Browser
) -> None:
    def make(trials: int) -> str:
        if trials == 0:
            raise NoTrialsError("<b>None</b> of the 0 trials finished")
        return page(made_up(), Evidence(served=trials))

    searches.trials, searches.page = 0, make
    status, text, _ = ask(server, "/")
    assert status == 200 and "&lt;b&gt;None&lt;/b&gt; of the 0 trials finished" in text
    browser.open(server.address)
    assert browser.text("h1") == "No report yet"
    searches.trials = 14
    browser.wait(lambda: "made up" in browser.run("return document.title"))
    browser.wait(lambda: browser.run("return document.documentElement.dataset.ready"))


def test_a_reader_who_leaves_is_no_error(
    server: PageServer, searches: Searches, capsys: pytest.CaptureFixture[str]
) -> None:
    searches.page = "{:50000000d}".format
    connection = create_connection(("127.0.0.1", server.server_port))
    connection.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{server.server_port}\r\n\r\n".encode())
    connection.recv(10)
    connection.close()
    assert ask(server, "/trials")[0] == 200
    assert capsys.readouterr().err == ""


def test_only_this_machine_reads(server: PageServer) -> None:
    assert server.server_address[0] == "127.0.0.1"
    assert ask(server, "/", host="evil.example")[0] == 403, "a site whose name leads here"
    assert ask(server, "/../setup.cfg")[0] == 404
    assert ask(server, "/", method="POST")[0] == 501
    with pytest.raises(InvalidFileError, match="cannot be had"):
        PageServer(int, str, server.server_port)


def test_new_trials_load_the_page_anew_and_the_reader_keeps_the_filters(
    server: PageServer, searches: Searches, browser: Browser
) -> None:
    searches.page = lambda trials: page(made_up(), Evidence(served=trials))
    browser.open(server.address)
    browser.click("#table tbody button")
    browser.click("[name=strategy][value='0']")
    shown, pinned = browser.text("#shown"), browser.text("#pinned h4")
    searches.trials += 3
    browser.wait(lambda: searches.made == 2)
    browser.wait(lambda: browser.run("return document.documentElement.dataset.ready"))
    assert (browser.text("#shown"), browser.text("#pinned h4")) == (shown, pinned)


def test_the_pointer_shows_the_card_of_a_network_of_a_served_page(
    server: PageServer, searches: Searches, browser: Browser
) -> None:
    """The server forbids code that is made from text, which a `CustomJS` of Bokeh is."""
    searches.page = lambda trials: page(made_up(), Evidence(served=trials))
    browser.open(server.address)
    macs, accuracies = browser.data("networks", "macs", "val_pckh")
    browser.point("measured_plane", macs[0], accuracies[0])
    assert f"{accuracies[0]:.1f}" in browser.wait(lambda: browser.text("#card"))
    browser.keys(Keys.ESCAPE)
