"""The page of all strategies: it is what the declarations say, and each says what a reader wants to know."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from nasbench_pose.cli.strategies import strategies
from nasbench_pose.report.strategies_page import strategies_page
from nasbench_pose.report.strategy_card import strategy_card
from nasbench_pose.strategies import STRATEGIES

PAGE = Path(__file__).parents[2] / "docs" / "strategies.md"
NOT_SEARCHES = ("baselines", "fixed", "random")


def test_the_page_is_current(request: pytest.FixtureRequest) -> None:
    """If not: `pytest --overwrite`, which does `nasbench-pose strategies --markdown > docs/strategies.md`."""
    if request.config.getoption("--overwrite"):
        PAGE.write_text(strategies_page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == strategies_page()
    assert CliRunner().invoke(strategies, ["--markdown"]).output == strategies_page()


def test_every_strategy_says_what_it_follows_and_where_it_comes_from() -> None:
    for card in map(strategy_card, STRATEGIES):
        assert card["summary"] and card["objectives"] != "not declared", card["name"]
        assert card["paper"] or card["name"] in NOT_SEARCHES, card["name"]
        assert (card["objectives"] == "none") == (card["name"] in NOT_SEARCHES), card["name"]
        assert json.loads(json.dumps(card)) == card


def test_every_default_is_on_the_page() -> None:
    """A strategy with the settings of the first of its family shows what differs: together that is all of it."""
    sections = {part.partition("`")[0]: part for part in PAGE.read_text(encoding="utf-8").split("### `")[1:]}
    assert set(sections) == set(STRATEGIES)
    darts, gdas = strategy_card("darts"), strategy_card("gdas")
    for own, other in zip(gdas["settings"], darts["settings"], strict=True):
        shown = f"`{own['name']}={json.dumps(own['default'], ensure_ascii=False)}`" in sections["gdas"]
        assert shown == (own["default"] != other["default"]), own["name"]
        assert f"| `{other['name']}` |" in sections["darts"]


def test_it_lists_no_strategy_by_name() -> None:
    refused = CliRunner().invoke(strategies, ["random", "--markdown"])
    assert refused.exit_code == 2 and "without a name" in refused.output
