"""`nasbench-pose strategies`: the list of search strategies, and the settings of one."""

import json
from typing import TYPE_CHECKING, Any

import click

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.report.text import aligned

if TYPE_CHECKING:
    from nasbench_pose.strategies.declaration import DeclaredSetting


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def strategies(name: str | None, as_json: bool) -> None:
    """List search strategies, or show the settings of NAME.

    NAME is that of a built-in strategy or of one in an installed package, or package.module:attribute.
    """
    from nasbench_pose.strategies.registry import REGISTRY

    if name is not None:
        card = _card(name)
        click.echo(json.dumps(card) if as_json else _described(card))
        return
    cards = [_card_or_reason(known) for known in REGISTRY.names()]
    if as_json:
        click.echo(json.dumps(cards))
        return
    head = ["strategy", "family", "needs besides the space", "what it does"]
    rows = [[card["name"], card["family"], ", ".join(card["needs"]) or "nothing", card["summary"]] for card in cards]
    click.echo(aligned([head, *rows], left=4))


def _card(name: str) -> dict[str, Any]:
    from nasbench_pose.strategies.declaration import NEEDED_SETTINGS
    from nasbench_pose.strategies.limits import TREATMENTS
    from nasbench_pose.strategies.registry import declaration, settings, treatment_of

    known = declaration(name)
    handed_over = {NEEDED_SETTINGS[need] for need in known.needs if need in NEEDED_SETTINGS}
    return {
        "name": name,
        "family": _family(name),
        "summary": known.summary,
        "paper": known.paper,
        "defaults": known.defaults,
        "needs": list(known.needs),
        "limits": TREATMENTS[treatment_of(name)],
        "colour": known.colour,
        "presets": {preset: dict(values) for preset, values in known.presets.items()},
        "settings": [_setting(setting, handed_over) for setting in settings(name)],
    }


def _card_or_reason(name: str) -> dict[str, Any]:
    """Return the card of a strategy; for a broken package, a card with its error."""
    try:
        return _card(name)
    except NasbenchPoseError as error:
        return {"name": name, "family": _family(name), "summary": str(error), "needs": []}


def _family(name: str) -> str:
    from nasbench_pose.strategies.registry import family

    return family(name) or "of another package"


def _setting(setting: "DeclaredSetting", handed_over: set[str]) -> dict[str, Any]:
    from nasbench_pose.strategies.settings import described

    default = None if setting.required else setting.default
    return {
        "name": setting.name,
        "required": setting.required,
        "handed_over": setting.name in handed_over,
        "default": list(default) if isinstance(default, tuple) else default,
        "value": described(setting),
        "meaning": setting.about.meaning,
    }


def _described(card: dict[str, Any]) -> str:
    """Return the card of one strategy: a line for each property, then its settings."""
    presets = (
        f"preset={name}: {', '.join(f'{setting}={json.dumps(value)}' for setting, value in values.items())}"
        for name, values in card["presets"].items()
    )
    known = {
        "family": card["family"],
        "paper": card["paper"],
        "needs": ", ".join(card["needs"]) or "nothing besides the space",
        "limits": card["limits"],
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
            _default(setting),
            setting["value"],
            setting["meaning"],
        ]
        for setting in card["settings"]
    ]
    example = f"--set {card['name']}.{min(card['settings'], key=lambda each: each['required'])['name']}=VALUE"
    table = aligned([["  setting", "default", "value", "meaning"], *rows], left=4)
    return f"{head}\n{aligned(lines, left=2)}\n\n{table}\n\nSet one with {example}"


def _default(setting: dict[str, Any]) -> str:
    if setting["handed_over"]:
        return "of the comparison"
    return "must be given" if setting["required"] else json.dumps(setting["default"])
