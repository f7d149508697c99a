"""How the page of a report looks and prints in a real browser: widths, dark mode, ticks, letters, sheets."""

from base64 import b64decode
from pathlib import Path

from browser import Browser


def test_the_page_fits_every_width_and_dark_readers_can_read(page: Path, browser: Browser) -> None:
    browser.show(page)
    axis = "return Bokeh.documents[0].get_model_by_name('measured_plane').below[0].major_label_text_color"
    several = "return Bokeh.documents[0].get_model_by_name('colour:by').palette.at(-1)"
    style = "getComputedStyle(document.body)"
    for width, dark in ((400, False), (800, True), (1600, False), (3840, False)):
        browser.look(width=width, dark=dark)
        assert browser.run("return document.documentElement.scrollWidth") <= width
        paper, ink = browser.run(f"return [{style}.backgroundColor, {style}.color]")
        assert (brightness(paper) < 60 < 200 < brightness(ink)) == dark == (browser.run(axis) == "#e6eaf0")
        assert browser.run(several) == browser.run(axis), "what several strategies proposed has the colour of the text"
    browser.look()


def test_powers_of_ten_are_labelled_on_logarithmic_axes(page: Path, browser: Browser) -> None:
    browser.show(page)
    axis = "Bokeh.documents[0].get_model_by_name('measured_plane').below[0]"
    ticks = set(browser.run(f"return {axis}.ticker.ticks"))
    assert {10, 20, 50, 100} <= ticks and not ticks & {30, 40, 60, 70, 80, 90}, "three decades of costs"
    browser.run(
        "const {x_range} = Bokeh.documents[0].get_model_by_name('measured_plane'); x_range.setv({start: 31, end: 59})"
    )
    assert browser.run(f"return {axis}.ticker.ticks") == [40, 50]
    browser.run("Bokeh.documents[0].get_model_by_name('measured_plane').reset.emit()")


def test_text_in_plots_is_as_large_as_the_page(page: Path, browser: Browser) -> None:
    browser.show(page)
    parts = "below[0].axis_label_text_font_size below[0].major_label_text_font_size below[1].label_text_font_size"
    plot = "Bokeh.documents[0].get_model_by_name('measured_plane')"
    sizes = f"return [{', '.join(f'{plot}.{part}' for part in parts.split())}].map(parseFloat)"
    root = "return parseFloat(getComputedStyle(document.documentElement).fontSize)"
    for width, size in ((1200, 16), (3840, 20), (1200, 16)):
        browser.look(width=width)
        assert browser.run(root) == size
        browser.wait(lambda size=size: browser.run(sizes) == [12 * size / 16, 11 * size / 16, 11 * size / 16])
    browser.look()


def brightness(colour: str) -> float:
    return sum(map(float, colour.removeprefix("rgb(").removesuffix(")").split(","))) / 3


def test_the_page_is_printed_and_every_control_has_a_name(page: Path, browser: Browser) -> None:
    browser.show(page)
    assert b64decode(browser.pdf()).startswith(b"%PDF")
    assert browser.run("return document.querySelectorAll('.printed').length") == 0  # of the sheets, nothing is left
    named = "one.textContent.trim() || one.labels?.length || one.ariaLabel || one.alt"
    controls = "button, input, select, [role=img], [role=region], figure[role], img"
    nameless = f"[...document.querySelectorAll('{controls}')].filter(one => !({named})).map(one => one.outerHTML)"
    assert browser.run(f"return {nameless}") == []


def test_plots_are_printed_in_the_width_of_a_sheet(page: Path, browser: Browser) -> None:
    browser.show(page)
    browser.run("dispatchEvent(new Event('beforeprint'))")
    try:
        inked = "new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer).some(Boolean)"
        each = f"c => [c.closest('figure').clientWidth, {inked}]"
        printed = browser.run(f"return [...document.querySelectorAll('.printed')].map({each})")
        assert len(printed) == browser.run("return document.querySelectorAll('.plot').length") > 5
        assert all(0 < width <= 718 and drawn for width, drawn in printed)
    finally:
        browser.run("dispatchEvent(new Event('afterprint'))")
