"""The page in a real browser: what a reader does by pointer and by keyboard, and what comes back."""

import csv
import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from browser import Browser
from PIL import Image
from selenium.webdriver.common.keys import Keys
from shown_reports import TRIALS, hostile, made_up, report_on
from test_pictures import by_matplotlib

import nasbench_pose as nbp
from nasbench_pose.pareto import front
from nasbench_pose.report.comparison import ComparisonReport
from nasbench_pose.report.html.networks import networks_of
from nasbench_pose.report.html.page import write

ROWS = "return window.report.rows()"


@pytest.fixture(scope="module")
def best(report: ComparisonReport) -> tuple[float, float]:
    """The cheapest network of the front, where nothing covers it: its millions of MACs and its accuracy."""
    row = networks_of(report).rows.nlargest(1, "val_pckh").iloc[0]
    return row["macs"] / 1e6, row["val_pckh"]


def test_the_pointer_over_a_network_shows_its_card_with_a_drawing(
    page: Path, browser: Browser, best: tuple[float, float]
) -> None:
    browser.show(page)
    browser.point("measured_plane", *best)
    card = browser.wait(lambda: browser.text("#card"))
    assert f"{best[1]:.1f}" in card and "efficientpose_small:" in card
    assert browser.run("return document.querySelectorAll('#card svg.network g').length") > 5
    browser.keys(Keys.ESCAPE)
    assert browser.text("#card") == ""


ALSO = [pytest.param(name, marks=pytest.mark.slow) for name in ("efficientpose_small", "hrnet_search")]


@pytest.mark.parametrize("name", ["mobile_pose", "darts_pose", *ALSO])
def test_the_page_draws_what_draw_draws(name: str, tmp_path: Path, browser: Browser) -> None:
    space = nbp.load_space(name)
    report = report_on([space.sample(seed) for seed in range(8)])
    browser.show(write(report, tmp_path / "report.html"))
    words = "one => [...one.querySelectorAll('text')].map(text => [...text.children].map(c => c.textContent).join(' '))"
    boxes = "one => [...one.querySelectorAll('rect')].map(rect => rect.getAttribute('fill'))"
    for row, text in enumerate(networks_of(report).rows["genotype"]):
        of = f"(window.report.drawing({row}))"
        texts, colours, _ = by_matplotlib(nbp.find(text), space)
        assert sorted(browser.run(f"return ({words}){of}")) == texts
        assert sorted(browser.run(f"return ({boxes}){of}")) == sorted(colours)


def test_a_brush_filters_everything(page: Path, browser: Browser, report: ComparisonReport) -> None:
    browser.show(page)
    before = browser.data("choices", "share")
    browser.drag("measured_plane", (30, 55), (300, 60))
    inside = report.genotypes["macs"].between(30e6, 300e6) & report.genotypes["val_pckh"].between(55, 60)
    shown = browser.wait(lambda: (text := browser.text("#shown")).endswith("brushed") and text)
    assert int(shown.split()[0].replace(",", "")) == pytest.approx(inside.sum(), rel=0.06), "to a pixel at its edges"
    accuracies = column(browser, 2)
    assert all(55 < value < 60.1 for value in accuracies)
    (shares, words), (every,) = browser.data("choices", "share", "text"), before
    assert shares != every and words == [f"{share:.0f}" for share in shares]
    drawn = browser.data("front", "x", "y")
    assert all(a < b for line in drawn for a, b in pairwise(line)), "dearer is better along a front"
    browser.click("#clear")
    assert browser.text("#shown") == "5,000 of 5,000 networks"


def test_a_brush_and_the_curves_of_strategies_follow_each_other(page: Path, browser: Browser) -> None:
    browser.show(page)
    selected = "return Bokeh.documents[0].get_model_by_name('trials').selected.indices"
    browser.drag("measured_plane", (30, 55), (300, 60))
    shown = browser.wait(lambda: browser.text("#shown").endswith("brushed") and browser.run(ROWS))
    row, evaluations, heights = browser.data("trials", "row", "evaluations", "best_so_far_evaluations")
    assert sorted(row[trial] for trial in browser.run(selected)) == sorted(shown)
    browser.click("#clear")
    assert browser.run(selected) == []
    browser.drag("best_so_far_evaluations", (100.5, heights[-1]), (120.5, heights[-1]))
    shown = browser.wait(lambda: browser.text("#shown").endswith("brushed") and browser.run(ROWS))
    expected = {row for row, place in zip(row, evaluations, strict=True) if 101 <= place <= 120}
    assert len(expected ^ set(shown)) <= 40, "to a pixel at its edges: an evaluation is a trial of 20 searches"
    assert len(expected) == 400
    browser.keys(Keys.ESCAPE)
    assert browser.text("#shown") == "5,000 of 5,000 networks"


def test_published_networks_are_brushed_with_the_measured_ones(tmp_path: Path, browser: Browser) -> None:
    report = report_on([nbp.find(name) for name in ("hrnet-w32", "hrnet-w48", "hrnet-w8-narrow")])
    browser.show(write(report, tmp_path / "report.html"))
    of = "const planes = ['published_mpii', 'published_coco'].map(name => Bokeh.documents[0].get_model_by_name(name))"
    marks = (
        "planes.flatMap(plane => plane.renderers).filter(one => one.name === 'published').map(one => one.data_source)"
    )
    models = f"{of}; return {marks}.flatMap(({{data, selected}}) => selected.indices.map(i => data.model[i]))"
    row = networks_of(report).rows["genotype"].tolist().index(nbp.find("hrnet-w32").text)
    browser.run(f"window.report.brush([{row}])")
    assert {model[:9] for model in browser.run(models)} == {"HRNet-W32"}, "as often as papers print it"
    browser.keys(Keys.ESCAPE)
    assert browser.run(models) == []
    x0, x1, y0, y1 = browser.run(
        f"{of}; const {{x_range: x, y_range: y}} = planes[1]; return [x.start, x.end, y.start, y.end]"
    )
    browser.drag("published_coco", (x0 * 1.02, y0 + 0.1), (x1 * 0.98, y1 - 0.1))  # pixels inside the frame
    browser.wait(lambda: browser.text("#shown").endswith("brushed"))
    shown = set(browser.run("return window.report.rows().map(window.report.text)"))
    assert shown == {nbp.find(name).text for name in ("hrnet-w32", "hrnet-w48")}
    assert {"HRNet-W32", "HRNet-W48", "SimpleBaseline-R50"} <= set(browser.run(models))


def test_numbers_are_those_of_what_is_shown(page: Path, browser: Browser, report: ComparisonReport) -> None:
    browser.show(page)
    rows, trials = networks_of(report).rows, report.trials
    quality, cost = report.criterion.objectives[:2]

    def expected(rows: pd.DataFrame) -> dict[str, str]:
        good, macs = rows["val_pckh"], rows["macs"] / 1e6
        return {
            quality.metric.heading: f"{good.min():.{quality.metric.digits}f} to {good.max():.{quality.metric.digits}f}",
            cost.metric.heading: f"{macs.min():.{cost.metric.digits}f} to {macs.max():.{cost.metric.digits}f}",
            "on their front": str(front(rows, quality, cost).sum()),
        }

    numbers = (
        "return [...document.querySelectorAll('#numbers dt')].map(dt => [dt.textContent, dt.nextSibling.textContent])"
    )
    counts = "return [...document.querySelectorAll('[data-strategy]')].map(one => one.textContent.replace(',', ''))"
    assert expected(rows).items() <= dict(browser.run(numbers)).items()
    browser.drag("measured_plane", (30, 55), (300, 60))
    shown = rows.iloc[browser.wait(lambda: browser.text("#shown").endswith("brushed") and browser.run(ROWS))]
    assert expected(shown).items() <= dict(browser.run(numbers)).items()
    proposed = trials[trials["key"].isin(shown["key"])].groupby("strategy")["key"].nunique()
    assert browser.run(counts) == [str(proposed.get(name, 0)) for name in networks_of(report).strategies]
    browser.run("window.report.brush([arguments[0]])", 7)
    assert dict(browser.run(numbers))["on their front"] == "1"
    browser.keys(Keys.ESCAPE)


def column(browser: Browser, number: int) -> list[float]:
    """Return a column of numbers of the table of networks."""
    cells = f"[...document.querySelectorAll('#table td:nth-child({number})')]"
    return [float(cell.split(" ")[0]) for cell in browser.run(f"return {cells}.map(cell => cell.textContent)")]


def test_a_slider_limits_the_costs_by_keyboard(page: Path, browser: Browser, report: ComparisonReport) -> None:
    browser.show(page)
    browser.find("#limits input").send_keys(Keys.PAGE_DOWN)
    words = browser.find("#limits input").get_attribute("aria-valuetext")
    most = float(words.split()[1])
    kept = int((report.genotypes["macs"] / 1e6 <= most + 0.005).sum())
    assert browser.text("#shown") == f"{kept:,} of 5,000 networks" and kept < 5000
    browser.click("#limits input")
    browser.click("button[type=reset]")
    browser.wait(lambda: browser.text("#shown") == "5,000 of 5,000 networks")


def test_a_network_without_the_limited_cost_is_not_within_the_limit(tmp_path: Path, browser: Browser) -> None:
    report = made_up()
    rows = report.genotypes
    rows = rows.assign(params=np.arange(len(rows)) * 1e3, macs=rows["macs"].where(rows.index > 0))
    browser.show(write(replace(report, genotypes=rows), tmp_path / "report.html"))
    browser.find("#limits input[data-column=macs]").send_keys(Keys.PAGE_DOWN)
    columns = "return window.report.rows().map(row => Bokeh.documents[0].get_model_by_name('networks').data.macs[row])"
    macs = browser.run(columns)
    assert 0 < len(macs) < len(rows) - 1 and all(isinstance(value, float | int) for value in macs)


def test_two_networks_are_pinned_and_compared_by_keyboard(page: Path, browser: Browser) -> None:
    browser.show(page)
    browser.find("#table tbody button").send_keys(Keys.ENTER)
    assert browser.run("return document.activeElement.textContent") == "unpin", "the focus stays"
    browser.keys(Keys.TAB, Keys.SPACE)
    assert browser.run("return document.querySelectorAll('#pinned article').length") == 2
    first, second = browser.run("return window.report.state.pins.map(window.report.text)")
    mine, theirs = (dict(nbp.find(text).genes) for text in (first, second))
    differ = sum(mine.get(gene) != theirs.get(gene) for gene in {*mine, *theirs})
    assert browser.text("#difference caption").startswith(f"{differ} of ")
    assert browser.run("return document.querySelectorAll('#pinned [style*=d55e00]').length") > 0
    browser.click("#pinned article:last-child > button")
    assert not browser.text("#difference")


def test_what_is_copied_builds_the_network(page: Path, browser: Browser) -> None:
    browser.show(page)
    browser.click("#table tbody button")
    row = browser.run("return window.report.state.pins[0]")
    genotype = nbp.find(browser.run("return window.report.text(arguments[0])", row))
    for place, expected in enumerate((genotype.text, f"nasbench-pose cost '{genotype.text}'", "nasbench-pose draw ")):
        browser.click(f"#pinned .tools button:nth-of-type({place + 1})")
        assert pasted(browser).startswith(expected)
    browser.click("#pinned .tools button:nth-of-type(4)")
    made: dict[str, object] = {}
    exec(pasted(browser), made)
    size = sum(parameter.numel() for parameter in made["network"].parameters())  # type: ignore[attr-defined]
    assert size == nbp.cost(genotype).params


def pasted(browser: Browser) -> str:
    return str(browser.driver.execute_async_script("navigator.clipboard.readText().then(arguments[0])"))


def test_networks_and_plots_are_saved(page: Path, browser: Browser, report: ComparisonReport) -> None:
    browser.show(page)
    browser.drag("measured_plane", (30, 60), (400, 70))
    shown = browser.run(ROWS)
    lines = list(csv.DictReader(browser.save("#csv", "networks.csv").read_text().splitlines()))
    assert len(lines) == len(shown) > 10
    macs = report.genotypes.set_index("key")["macs"]
    assert all(float(line["macs (MMACs)"]) == pytest.approx(macs[line["key"]] / 1e6) for line in lines)
    assert all(nbp.find(line["genotype"]).key == line["key"] for line in lines[:20])
    drawn = browser.save("[data-save=svg][data-of=measured_plane]", "measured_plane.svg").read_text()
    assert "Multiply-accumulates" in drawn
    with Image.open(browser.save("[data-save=png][data-of=measured_plane]", "measured_plane.png")) as picture:
        assert picture.width > 400 and len(picture.getcolors(maxcolors=10**6)) > 20


def test_a_tap_pins_a_network_and_a_cell_brushes_an_option(
    page: Path, browser: Browser, best: tuple[float, float]
) -> None:
    browser.show(page)
    browser.tap("measured_plane", *best)
    browser.wait(lambda: browser.run("return document.querySelectorAll('#pinned article').length") == 1)
    browser.keys(Keys.ESCAPE)
    gene, option = (values[0] for values in browser.data("choices", "gene", "option"))
    browser.tap("choice_map", gene, option)
    texts = browser.run("return window.report.rows().map(window.report.text)")
    assert 0 < len(texts) < TRIALS and all(str(dict(nbp.find(text).genes)[gene]) == option for text in texts[:50])


def test_published_costs_are_switched(page: Path, browser: Browser) -> None:
    browser.show(page)
    plotted = """return Bokeh.documents[0].get_model_by_name('published_coco').renderers
        .filter(one => one.name === 'published').flatMap(one => Array.from(one.data_source.data.plotted))"""
    found = {}
    for name in ("as_macs", "as_hrnet", "as_published"):
        browser.click(f"[name=published][value={name}]")
        found[name] = browser.run(plotted)
    assert found["as_macs"] != found["as_hrnet"] != found["as_published"]


def test_a_hostile_database_is_text(tmp_path: Path, browser: Browser) -> None:
    browser.show(hostile(tmp_path / "report.html"))  # an alert would stop every later command
    assert browser.run("return document.images.length + document.scripts.length") == 4
    text = browser.save("#csv", "networks.csv").read_text()
    cells = [cell for line in csv.reader(text.splitlines()) for cell in line]
    assert not any(cell.lstrip()[:1] in tuple("=+-@") for cell in cells if cell)
    assert "\x1b" not in text
    assert json.loads(browser.run("return document.getElementById('facts').textContent"))["strategies"]


def test_a_page_of_few_networks_works(tmp_path: Path, browser: Browser) -> None:
    browser.show(write(made_up(), tmp_path / "report.html"))
    macs, accuracy = browser.data("networks", "macs", "val_pckh")
    browser.tap("measured_plane", macs[0], accuracy[0])
    browser.wait(lambda: browser.text("#shown").endswith("brushed"))
    assert "it broke" in browser.text("#failures")
