"""The report as one HTML page: what is in it, that it loads nothing, and that no text of a database is code in it."""

import json
import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from shown_reports import HOSTILE, SPACE, hostile, made_up

import nasbench_pose as nbp
from nasbench_pose.benchmark.evaluator import LookUp
from nasbench_pose.evaluators import Trial
from nasbench_pose.objective import Limit
from nasbench_pose.report.card import card_of
from nasbench_pose.report.comparison import comparison_report
from nasbench_pose.report.comparison_text import printed
from nasbench_pose.report.database import report as report_of_database
from nasbench_pose.report.html import tables
from nasbench_pose.report.html.curves import learning_curves
from nasbench_pose.report.html.networks import networks_of
from nasbench_pose.report.html.page import Evidence, page
from nasbench_pose.report.text import aligned
from nasbench_pose.search import Comparison
from nasbench_pose.spaces import find
from nasbench_pose.store import Run, Store


class Reader(HTMLParser):
    """Collects elements with their attributes, and the text of each script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.elements:
            self.texts.append((self.elements[-1][0], data))

    def json(self, name: str) -> dict[str, object]:
        """Return the JSON of the script element with this id."""
        place = [attributes.get("id") for tag, attributes in self.elements if tag == "script"].index(name)
        return json.loads([text for tag, text in self.texts if tag == "script" and text.strip()][place])  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def text() -> str:
    return page(made_up())


def test_a_page_loads_nothing_from_elsewhere(text: str) -> None:
    for tag, attributes in Reader(text).elements:
        for name in ("src", "href", "action", "data", "srcset", "poster"):
            assert (attributes.get(name) or "#").startswith(("#", "data:")), (tag, attributes)
    style = re.findall(r"<style>(.*?)</style>", text, flags=re.DOTALL)
    assert style and not any("url(" in part or "@import" in part for part in style)
    assert len(text) < 1_900_000, "most of it is Bokeh"


def test_a_page_says_as_the_terminal_does_of_how_many_seeds_a_mean_is() -> None:
    report = made_up()
    summary = report.summary.assign(best_seeds=[1, 0], best=[20.0, math.nan], regret=9.0, regret_spread=1.0)
    summary = summary.assign(same_best=[True, False])
    found = tables.strategies(replace(report, summary=summary, worst_regret=9.0))
    columns = dict(zip(found.head, zip(*found.rows, strict=True), strict=True))
    (best,) = [cells for head, cells in columns.items() if head.startswith("PCKh")]
    (regret,) = [cells for head, cells in columns.items() if head.startswith("regret")]
    assert best[0].endswith("(1 of 2)") and best[1] == "none"
    assert regret == ("9.00", "9.00 ± 1.00")
    for line in ("only so many seeds found a network", "no seed found a network", "no ± of what the table answered"):
        assert line in found.caption and line in printed(replace(report, summary=summary, worst_regret=9.0))


def test_a_page_has_every_network_failure_and_convention(text: str) -> None:
    read = Reader(text)
    facts = read.json("facts")
    members = {find(name).key for name in (*SPACE.named, "hrnet-w8-narrow")}
    assert set(facts["keys"]) <= members and len(facts["keys"]) >= 3  # type: ignore[call-overload,arg-type]
    assert facts["drawn"] == len(facts["keys"]), "every network is drawn"  # type: ignore[arg-type]
    conventions = {attributes["value"] for tag, attributes in read.elements if attributes.get("name") == "published"}
    assert conventions == {"as_published", "as_macs", "as_hrnet", "as_mmcv", "as_fvcore", "as_thop"}
    words = [words for _, words in read.texts]
    assert "it broke" in words and "4 of 14 trials failed" in " ".join(words)
    assert all(label in " ".join(words) for label in ("random", "evolution", "baselines"))


def test_a_regret_has_the_unit_of_its_metric() -> None:
    report = made_up()
    summary = report.summary.assign(regret=1.5e6, regret_spread=math.nan)
    cheapest = replace(report.criterion, objectives=report.criterion.objectives[::-1])
    found = tables.strategies(replace(report, summary=summary, criterion=cheapest, worst_regret=2e6))
    column = next(place for place, head in enumerate(found.head) if head.startswith("regret (MMACs)"))
    assert [row[column] for row in found.rows] == ["1.500", "1.500"]


def test_a_learning_curve_is_that_of_one_training(tmp_path: Path) -> None:
    """A network is measured after 100, 300 and 800 steps of one training, and after 100 of a schedule of its own."""
    genotype, run = SPACE.named["micro-middle"], Run("mine", SPACE.name, SPACE.digest, 1, "p", 800)
    whole = [(step, float(step) / 100) for step in (100, 200, 300, 800)]
    short = ((50, 9.0), (100, 10.0))
    with Store(tmp_path / "runs.db") as store:
        trials = [
            Trial(genotype, "p", most, 1, {"val_pckh": 1.0, "macs": 2}, curve=tuple(p for p in whole if p[0] <= most))
            for most in (100, 300, 800)
        ]
        trials.append(replace(trials[0], curve=short, schedule="own"))
        number = store.run(run, budget=4)
        for step, trial in enumerate(trials, start=1):
            store.visit(number, step, trial, 0.0)
        drawn = learning_curves(store.curves(), networks_of(report_of_database(store)))
    assert drawn is not None
    source = drawn.renderers[0].data_source.data
    lines = [np.stack(xy, axis=1).tolist() for xy in zip(source["xs"], source["ys"], strict=True)]
    lines = [[(x, round(y, 4)) for x, y in line] for line in lines]
    assert lines == [whole, list(short)]
    assert source["schedule"] == ["whole", "100 steps of its own"]


def test_published_costs_are_counted_under_the_selected_convention() -> None:
    """HRNet-W32 of the published plane has the count of `cost`, not the published number."""
    from bokeh.models import ColumnDataSource

    from nasbench_pose.report.html.published import published_planes

    coco = published_planes()[1]
    sources = [renderer.data_source for renderer in coco.renderers]
    assert all(isinstance(source, ColumnDataSource) for source in sources)
    (costs,) = (
        {name: source.data[name][place] for name in ("as_macs", "as_hrnet", "as_published")}
        for source in sources
        for place, model in enumerate(source.data["model"])
        if model == "HRNet-W32"
    )
    assert costs["as_macs"] == pytest.approx(nbp.cost("hrnet-w32", input=(256, 192)).macs / 1e9)
    assert costs["as_hrnet"] == pytest.approx(7.12, abs=0.005) and costs["as_published"] == 7.1


def test_hostile_names_are_text(tmp_path: Path) -> None:
    text = hostile(tmp_path / "report.html").read_text()
    read = Reader(text)
    scripts = [attributes for tag, attributes in read.elements if tag == "script"]
    assert len(scripts) == 4, "two of data, Bokeh, and ours"
    assert not any(tag == "img" for tag, _ in read.elements)
    assert not any(name.startswith("on") for _, attributes in read.elements for name in attributes)
    assert HOSTILE in read.json("facts")["strategies"]  # type: ignore[operator]
    assert "\x1b" not in text, "a terminal would obey it"
    assert not list(tmp_path.glob("*.part"))


def test_hostile_names_are_text_in_a_terminal() -> None:
    words = printed(made_up((HOSTILE, "random"), error=HOSTILE))
    assert "\x1b" not in words and words.count(r"\x1b[31m") >= 2
    assert "\u202e" not in aligned([["\u202ereversed"]], left=1)


def test_the_same_report_is_the_same_picture_of_each_network() -> None:
    drawn = [Reader(page(made_up())).json("facts")["pictures"] for _ in range(2)]
    assert drawn[0] == drawn[1]


def test_the_page_of_a_comparison_has_its_protocol_card(tmp_path: Path) -> None:
    space = nbp.load_space("efficientpose_micro")
    no_limit = (Limit("macs", math.inf),)
    comparison = Comparison(
        space, ("random",), LookUp(space.name), budget=4, seeds=2, store=tmp_path / "runs.db", limits=no_limit
    )
    result = comparison.run(comparison.executor(1))
    report = comparison_report(result)
    text = page(report, Evidence(card=card_of(result, report)))
    words = " ".join(words for _, words in Reader(text).texts)
    assert "Protocol card: Checklist of Lindauer & Hutter (2020)" in words
    assert Reader(text).json("facts")["limits"] == {} and "no limit" in words and "inf " not in words
    assert f"{space.name}, digest {space.digest}" in words and "compared with random search" in words
