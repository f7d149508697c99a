"""`nasbench-pose strategies`: the list of search strategies, and the settings of one."""

import json
from typing import Any

import click

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.report.text import aligned


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--markdown", is_flag=True, help="Print all built-in strategies and settings as Markdown.")
def strategies(name: str | None, as_json: bool, markdown: bool) -> None:
    """List search strategies, or show the settings of NAME.

    NAME is that of a built-in strategy or of one in an installed package, or package.module:attribute.
    """
    from nasbench_pose.report.strategies_page import strategies_page
    from nasbench_pose.report.strategy_card import strategy_card
    from nasbench_pose.strategies.registry import REGISTRY

    if markdown:
        if name is not None or as_json:
            raise click.UsageError("--markdown prints all built-in strategies: give it without a name and --json.")
        click.echo(strategies_page(), nl=False)
        return
    if name is not None:
        card = strategy_card(name)
        click.echo(json.dumps(card) if as_json else _described(card))
        return
    cards = [_card_or_reason(known) for known in REGISTRY.names()]
    if as_json:
        click.echo(json.dumps(cards))
        return
    head = ["strategy", "family", "needs besides the space", "what it does"]
    rows = [[card["name"], card["family"], ", ".join(card["needs"]) or "nothing", card["summary"]] for card in cards]
    click.echo(aligned([head, *rows], left=4))


def _card_or_reason(name: str) -> dict[str, Any]:
    """Return the card of a strategy; for a broken package, a card with its error."""
    from nasbench_pose.report.strategy_card import family_of, strategy_card

    try:
        return strategy_card(name)
    except NasbenchPoseError as error:
        return {"name": name, "family": family_of(name), "summary": str(error), "needs": []}


def _described(card: dict[str, Any]) -> str:
    """Return the card of one strategy: a line for each property, then its settings."""
    from nasbench_pose.report.strategies_page import default_in_words

    presets = (
        f"preset={name}: {', '.join(f'{setting}={json.dumps(value)}' for setting, value in values.items())}"
        for name, values in card["presets"].items()
    )
    known = {
        "family": card["family"],
        "paper": card["paper"],
        "needs": ", ".join(card["needs"]) or "nothing besides the space",
        "objectives": card["objectives"],
        "limits": card["limits"],
        "fidelity": card["fidelity"],
        "defaults from": card["defaults"],
        "presets": "; ".join(presets),
    }
    lines = [[f"  {what}", text] for what, text in known.items() if text]
    head = f"{card['name']}: {card['summary']}" if card["summary"] else card["name"]
    if not card["settings"]:
        return f"{head}\n{aligned([*lines, ['  settings', 'none']], left=2)}"
    rows = [
        [
            f"  {setting['name']}",
            default_in_words(setting),
            setting["value"],
            setting["meaning"],
        ]
        for setting in card["settings"]
    ]
    example = f"--set {card['name']}.{min(card['settings'], key=lambda each: each['required'])['name']}=VALUE"
    table = aligned([["  setting", "default", "value", "meaning"], *rows], left=4)
    return f"{head}\n{aligned(lines, left=2)}\n\n{table}\n\nSet one with {example}"
