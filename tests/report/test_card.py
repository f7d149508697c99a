"""The protocol card: what it says, and that a replay finds every number that was changed."""

import copy
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.evaluator import LookUp
from nasbench_pose.errors import InvalidFileError, NasbenchPoseError
from nasbench_pose.evaluators.measurement import MeasurementOptions
from nasbench_pose.files import folder
from nasbench_pose.measurements import measurement
from nasbench_pose.objective import Limit, Objective
from nasbench_pose.report.card import card_of, write
from nasbench_pose.report.card_text import markdown
from nasbench_pose.report.checklist import checklist
from nasbench_pose.report.comparison import comparison_report
from nasbench_pose.report.replay import CardError, check_card
from nasbench_pose.search import Comparison, in_this_process
from nasbench_pose.spaces import load

Change = Callable[[dict[str, Any]], object]
SPACE = load("efficientpose_micro")


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    return Comparison(
        SPACE, ("random", "evolution[population=3,sample=2]"), LookUp(SPACE.name, "lspet"), budget=6, seeds=10,
        first_seed=2, limits=(Limit("macs", 4e6),), budget_seconds=100.0,
        store=tmp_path_factory.mktemp("db") / "runs.db",
    )  # fmt: skip


@pytest.fixture(scope="module")
def card(comparison: Comparison) -> dict[str, Any]:
    result = comparison.run(in_this_process)
    return card_of(result, comparison_report(result))


@pytest.fixture(scope="module")
def whole(comparison: Comparison) -> dict[str, Any]:
    """A card without a budget of seconds, so that its statistics can be replayed."""
    result = replace(comparison, budget_seconds=float("inf")).run(in_this_process)
    return card_of(result, comparison_report(result))


def written(card: dict[str, Any], out: Path) -> Path:
    write(card, out)
    return out / "card.json"


def dumped(card: dict[str, Any], out: Path) -> Path:
    """Write a card that somebody changed, of which no Markdown can be made."""
    (out / "card.json").write_text(json.dumps(card))
    return out / "card.json"


@pytest.mark.parametrize(
    ("measured", "space", "said"),
    [
        ("surrogate", "efficientpose_small", "a surrogate of sample_efficientpose_small_lspet, checksum"),
        ("table+latency", "efficientpose_micro", "bench_efficientpose_micro_lspet, checksum"),
        ("latency", "efficientpose_micro", "networks were measured"),
    ],
)
def test_a_benchmark_of_which_no_table_is_known_is_named_by_the_protocol(
    card: dict[str, Any], measured: str, space: str, said: str
) -> None:
    text = measurement(measured, MeasurementOptions(space=load(space)))().protocol_text
    fixed = card["reproducible"] | {"table": None, "protocol": {"key": "k", "title": "t", "text": text}}
    answers = {each["item"]: each for each in checklist({**card, "reproducible": fixed})}
    assert answers["2h"]["evidence"].startswith(said)
    assert answers["2b"]["answer"] == answers["2h"]["answer"] == ("no" if measured == "latency" else "yes")
    shown = markdown({**card, "reproducible": fixed | {"limits": {"macs": 3_650_048.0}}})
    assert "| macs ≤ 3650048.0 |" in shown, "with all digits"
    assert "by training" not in shown and (", measured |" in shown) == (measured == "latency")


def test_it_says_what_was_equal_and_answers_the_checklist(card: dict[str, Any], tmp_path: Path) -> None:
    written(card, tmp_path)
    text = (tmp_path / "card.md").read_text()
    for words in ("6 trials, at most 100 core seconds", "| seeds | 2 to 11 |", "macs ≤ 4e+06", "| macs kept |",
                  "optuna", "| 2f |", "test: unseen"):  # fmt: skip
        assert words in text, words
    answers = {each["item"]: each for each in card["checklist"]}
    assert len(answers) == 16 and answers["2f"]["answer"] == answers["2h"]["answer"] == "yes"
    assert answers["2c"]["answer"] == "no" and "evolution[population=3" in answers["3a"]["evidence"]
    assert {"reproducible", "circumstances"} <= set(card) and "ask" not in json.dumps(card["reproducible"]["searches"])


def test_an_untouched_card_comes_out(card: dict[str, Any], whole: dict[str, Any], tmp_path: Path) -> None:
    made = sum(search["trials"] for search in card["reproducible"]["searches"])
    assert made < 120, "the core seconds ended some"
    assert check_card(written(card, tmp_path)).endswith(f"comes out: 20 searches, {made} trials.")
    assert len(whole["reproducible"]["statistics"]) == 2
    assert check_card(written(whole, tmp_path)).endswith("20 searches, 120 trials.")


def test_a_budget_of_core_seconds_has_to_be_spent_and_leaves_no_statistics_to_forge(
    card: dict[str, Any], whole: dict[str, Any], tmp_path: Path
) -> None:
    forged = copy.deepcopy(card)
    forged["reproducible"]["statistics"] = whole["reproducible"]["statistics"]
    with pytest.raises(CardError, match="the number of statistics is 2 in the card and 0 in the replay"):
        check_card(dumped(forged, tmp_path))
    forged = copy.deepcopy(card)
    forged["reproducible"]["searches"][0]["trials"] = 1
    with pytest.raises(CardError, match=r"ended after \d+ core seconds of training, but its budget was 100"):
        check_card(dumped(forged, tmp_path))


def test_a_card_of_searches_that_were_not_told_of_limits_comes_out(comparison: Comparison, tmp_path: Path) -> None:
    untold = replace(comparison, tell_limits=False, seeds=2).run(in_this_process)
    card = card_of(untold, comparison_report(untold))
    assert {each["limits"] for each in card["reproducible"]["strategies"]} == {"not told of limits"}
    del card["reproducible"]["limits_told"]  # as the first cards were
    assert "comes out: 4 searches" in check_card(written(card, tmp_path))


def test_a_card_comes_out_on_a_table_that_has_grown_since(comparison: Comparison, tmp_path: Path) -> None:
    path = Path(Benchmark.load(SPACE.name, "lspet").name)
    rows = (folder("results") / path).with_suffix(".csv").read_bytes().splitlines(keepends=True)
    earlier = hashlib.sha256(b"".join(rows[:-30])).hexdigest()
    then = LookUp(SPACE.name, "lspet", version=earlier)
    found = replace(comparison, measurement=then, seeds=2).run(in_this_process)
    card = card_of(found, comparison_report(found))
    assert card["reproducible"]["table"]["sha256"] == earlier
    assert "comes out: 4 searches" in check_card(written(card, tmp_path))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda r: r["searches"][3].update(regret=0.0), r"searches\[.*, seed 5\]\.regret is 0\.0 in the card and "),
        (lambda r: r["searches"][0].update(selected="x"), r"\.selected is \"x\""),
        (lambda r: r["searches"].pop(), r"has 19 searches, but 2 strategies with 10 seeds each make 20"),
        (lambda r: r["searches"][0].update(trials=2), r"ended after 2 trials, but its replay goes on"),
        (lambda r: r["searches"][0].update(trials=7), r"made 7 trials, but its budget was 6"),
        (lambda r: r["budget"].update(trials=10**9), r"ended after 6 trials, but its replay goes on"),
        (lambda r: r["seeds"].update(count=10**8), r"2 strategies with 100000000 seeds each"),
        (lambda r: r["budget"].update(core_seconds=1.0), r"goes on after \d+ core seconds of training"),
        (lambda r: r["budget"].update(core_seconds=1e4), r"the number of statistics is 2 in the card and 0"),
        (lambda r: r["statistics"][0].update(value=0.0), r"statistics\[.*\]\.value is 0\.0"),
        (lambda r: r["strategies"][0].update(paper="ours"), r"strategies\[.*\]\.paper is \"ours\""),
        (lambda r: r["searches"][0].update(failed=True), r"\.failed is true in the card and 0"),
        (lambda r: r.update(more=1), r"more is 1 in the card and \"absent\""),
    ],
)
def test_the_first_number_that_was_changed_is_named(
    whole: dict[str, Any], tmp_path: Path, change: Change, where: str
) -> None:
    changed = copy.deepcopy(whole)
    change(changed["reproducible"])
    with pytest.raises(CardError, match=where):
        check_card(dumped(changed, tmp_path))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (
            lambda c: c["checklist"][7].update(answer="yes"),
            r'checklist\[2c\]\.answer is "yes", but its numbers say "no"',
        ),
        (lambda c: c["checklist"][0].update(evidence="ours"), r"checklist\[1a\]\.evidence is \"ours\""),
        (lambda c: c["checklist"].pop(), "the number of checklist is 15, but its numbers say 16"),
        (lambda c: c.pop("checklist"), "checklist is null"),
    ],
)
def test_an_answer_that_does_not_follow_from_the_numbers_is_named(
    whole: dict[str, Any], tmp_path: Path, change: Change, where: str
) -> None:
    changed = copy.deepcopy(whole)
    change(changed)
    with pytest.raises(CardError, match=f"contradicts itself: {where}"):
        check_card(dumped(changed, tmp_path))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c.pop("circumstances"), "circumstances is missing; it is an object with commit, versions"),
        (lambda c: c.update(format=99), "format 99, of a newer nasbench-pose"),
        (lambda c: c["reproducible"].pop("space"), "space is missing; it is an object with name, digest"),
        (lambda c: c["circumstances"].update(versions=["1"]), "versions is an object with nasbench-pose, not "),
        (lambda c: c["circumstances"].update(commit=7), "commit is a text or null, not 7"),
        (lambda c: c["reproducible"].update(seeds=3), "seeds is an object with first, count, not 3"),
        (lambda c: c["reproducible"].update(limits=["macs"]), r'limits is an object, not \["macs"\]'),
        (lambda c: c["reproducible"].update(start_from=[1]), r"start_from\[0\] is a text, not 1"),
        (lambda c: c["reproducible"]["searches"].insert(3, None), r"searches\[3\] is an object with .*, not null"),
        (lambda c: c["reproducible"]["strategies"][1].pop("label"), r"strategies\[1\].label is missing"),
        (lambda c: c["reproducible"]["budget"].update(trials="30"), r"budget\.trials is a whole number, not '30'"),
        (lambda c: c["reproducible"]["budget"].update(trials=-1), r"budget\.trials is from 1 to"),
        (lambda c: c["reproducible"]["budget"].update(core_seconds=0), "above 0, not 0"),
        (lambda c: c["reproducible"].update(reference=["x", 1]), "reference is a number, not 'x'"),
        (lambda c: c["reproducible"].update(table=None), "only a table can be replayed"),
        (lambda c: c["reproducible"]["table"].update(sha256="0" * 64), "of checksum 0000000000000000; here it has"),
        (
            lambda c: c["reproducible"]["protocol"].update(text='{"own_sha256": "0000000000000000"}'),
            "with trainings on own schedules of checksum 0000000000000000; here it has",
        ),
        (lambda c: c["reproducible"]["protocol"].update(text="no JSON"), 'an object of JSON, not "no JSON"'),
        (lambda c: c["reproducible"]["space"].update(name="/etc/passwd"), "search space of this package"),
        (lambda c: c["reproducible"]["space"].update(digest="0"), "is of efficientpose_micro 0; here it is"),
        (lambda c: c["reproducible"]["strategies"][0].update(label="os:system"), "'os:system', which this package"),
        (lambda c: c["reproducible"].update(objectives=["test_pckh", "macs"]), "measured on test"),
        (lambda c: c["reproducible"].update(limits={"latency_ms@a.csv": 3.0}), "latency_ms@a.csv, of a device file"),
    ],
)  # fmt: skip
def test_what_is_no_card_of_a_table_here_is_said_in_one_line(
    whole: dict[str, Any], tmp_path: Path, change: Change, said: str
) -> None:
    changed = copy.deepcopy(whole)
    change(changed)
    with pytest.raises(NasbenchPoseError, match=said) as caught:
        check_card(dumped(changed, tmp_path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"format": true, "reproducible": {}}',
        '{"format": 0, "reproducible": {}}',
        '{"format": "1", "reproducible": {}}',
        "\ud800",
        "a: b",
    ],
)
def test_a_file_that_is_no_card_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    path.write_bytes(text.encode(errors="surrogatepass"))
    with pytest.raises(InvalidFileError, match=r"card\.json"):
        check_card(path)
    with pytest.raises(InvalidFileError, match="cannot be read"):
        check_card(tmp_path / "missing.json")


def test_selecting_by_test_is_an_error(comparison: Comparison) -> None:
    by_test = replace(comparison, objectives=(Objective("test_pckh"), Objective("macs")))
    with pytest.raises(InvalidFileError, match="'test_pckh' is measured on test, which must not select"):
        by_test.jobs()
