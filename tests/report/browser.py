"""Chromium without a window, as a person at a page: it looks, points, drags, types and saves."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip
PLACE = """
const plot = Bokeh.documents[0].get_model_by_name(arguments[0]), view = Bokeh.index.find_one(plot)
const at = view.canvas_view.el.getBoundingClientRect()
return [at.x + view.frame.x_scale.compute(arguments[1]), at.y + view.frame.y_scale.compute(arguments[2])]
"""


class Browser:
    """One window. Names of hosts do not resolve, so a page that asks for anything elsewhere logs an error."""

    def __init__(self, chromium: str, chromedriver: str, folder: Path) -> None:
        options = Options()
        options.binary_location = chromium
        for argument in ARGUMENTS:
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(chromedriver))
        self.driver.set_script_timeout(60)
        self.saved = folder
        self._command("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
        self._command("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])

    def open(self, address: str) -> None:
        """Load a page, until it says that it is ready."""
        self.look()
        self.driver.get(address)
        self.wait(lambda: self.run("return document.documentElement.dataset.ready"))

    def show(self, page: Path) -> None:
        """Load a page from a file, or reset it if it is the one that is shown."""
        if self.driver.current_url != page.as_uri():
            self.open(page.as_uri())
            return
        self.run("window.report.state.pins.forEach(window.report.toggle)")
        self.click("button[type=reset]")
        self.driver.execute_async_script("setTimeout(() => requestAnimationFrame(arguments[0]), 50)")  # drawn anew

    def look(self, *, width: int = 1200, dark: bool = False) -> None:
        """Make the window this wide, in pixels, and prefer dark pages or light ones."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self._command("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._command("Emulation.setEmulatedMedia", features=[scheme])

    def run(self, script: str, *values: object) -> Any:
        """Return what a script in the page returns."""
        return self.driver.execute_script(script, *values)

    def data(self, source: str, *columns: str) -> list[list[Any]]:
        """Return columns of one of Bokeh's data sources."""
        script = "const {data} = Bokeh.documents[0].get_model_by_name(arguments[0])"
        return list(self.run(f"{script}; return arguments[1].map(name => Array.from(data[name]))", source, columns))

    def wait(self, until: Callable[[], Any], seconds: float = 20) -> Any:
        """Return the first true answer."""
        return WebDriverWait(self.driver, seconds, poll_frequency=0.05).until(lambda _: until())

    def find(self, selector: str) -> WebElement:
        """Return the first element of a CSS selector."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        """Return the text of an element."""
        return str(self.find(selector).text)

    def click(self, selector: str) -> None:
        """Click an element, wherever it is on the page."""
        element = self.find(selector)
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        element.click()

    def place(self, plot: str, x: float | str, y: float | str) -> tuple[int, int]:
        """Return where a point of a plot is in the window, after its plot has been scrolled there."""
        self.run(
            "document.getElementById(arguments[0]).scrollIntoView({block: 'center', behavior: 'instant'})",
            f"plot-{plot}",
        )
        left, top = self.run(PLACE, plot, x, y)
        return round(left), round(top)

    def point(self, plot: str, x: float, y: float) -> None:
        """Move the pointer to a point of a plot."""
        self._pointer(self.place(plot, x, y)).perform()

    def tap(self, plot: str, x: float | str, y: float | str) -> None:
        """Click a point of a plot."""
        self._pointer(self.place(plot, x, y)).click().perform()

    def drag(self, plot: str, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag from one point of a plot to another."""
        chain = self._pointer(self.place(plot, *start)).click_and_hold()
        chain.w3c_actions.pointer_action.move_to_location(*self.place(plot, *end))
        chain.release().perform()

    def keys(self, *keys: str) -> None:
        """Press keys, one after the other, wherever the focus is."""
        ActionChains(self.driver, duration=0).send_keys(*keys).perform()

    def save(self, selector: str, name: str) -> Path:
        """Click an element that saves a file of this name; return the file once it is whole."""
        path = self.saved / name
        path.unlink(missing_ok=True)
        self.click(selector)
        self.wait(lambda: path.is_file() and path.stat().st_size)
        return path

    def pdf(self) -> str:
        """Return the page as it is printed, in base 64."""
        return str(self._command("Page.printToPDF", printBackground=True)["data"])

    def errors(self) -> list[str]:
        """Return the warnings and errors in the console since the last call."""
        return [json.dumps(line) for line in self.driver.get_log("browser") if line["level"] in ("WARNING", "SEVERE")]

    def close(self) -> None:
        """End the browser."""
        self.driver.quit()

    def _command(self, command: str, **values: object) -> Any:
        return self.driver.execute_cdp_cmd(command, values)

    def _pointer(self, to: tuple[int, int]) -> ActionChains:
        chain = ActionChains(self.driver, duration=0)
        chain.w3c_actions.pointer_action.move_to_location(*to)
        return chain
