"""A protocol card as Markdown."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nasbench_pose.objective import Limit
from nasbench_pose.report.checklist import benchmark_of


def markdown(card: Mapping[str, Any]) -> str:
    """Return the card as Markdown, from the values of `card.json`."""
    fixed = card["reproducible"]
    count, space = len(fixed["strategies"]), fixed["space"]["name"]
    title = f"# Protocol card: {count} {'strategy' if count == 1 else 'strategies'} on {space}"
    parts = [f"{LEVELS.get(name, '##')} {name}\n{_table(head, rows)}" for name, head, rows in sections(card)]
    return "\n".join([title, CHECK, *parts]) + "\n"


def sections(card: Mapping[str, Any]) -> list[tuple[str, Sequence[str], list[list[str]]]]:
    """Return the title, the columns and the rows of each section of a card."""
    fixed, around = card["reproducible"], card["circumstances"]
    answers = [[row[column] for column in CHECKLIST] for row in card["checklist"]]
    return [
        ("Reproducible", ["", ""], _facts(fixed)),
        ("Strategies", STRATEGIES, list(map(_strategy, fixed["strategies"]))),
        ("Results", RESULTS, _results(fixed)),
        ("Not the same for all, and not reproducible", ["", ""], _around(around)),
        ("Checklist of Lindauer & Hutter (2020)", CHECKLIST, answers),
    ]


EQUAL = ("space", "protocol", "objectives", "limits", "budget", "seeds", "reference point")
"""What one comparison has in common; the searches of a database may lack the field's `unequal` of these."""
LEVELS = {"Strategies": "###", "Results": "###"}
CHECK = (
    "`nasbench-pose leaderboard check card.json` replays a card of a benchmark table and compares every number of its\n"
    "reproducible part."
)
STRATEGIES = ("strategy", "variant", "settings", "paper", "source of the defaults", "limits", "trainings")
RESULTS = ("strategy", "searches", "trials", "failed", "core seconds of trainings", "mean regret")
CHECKLIST = ("item", "question", "answer", "evidence")


def _strategy(about: Mapping[str, Any]) -> list[str]:
    own = json.dumps(about["settings"], ensure_ascii=False) if about["settings"] else "none"
    sources = about["defaults"] or ("ours" if about["settings"] else "no settings")
    return [about["label"], about["variant"], own, about["paper"], sources, about["limits"], about["fidelities"]]


def _facts(fixed: Mapping[str, Any]) -> list[list[str]]:
    table, budget, seeds = fixed["table"], fixed["budget"], fixed["seeds"]
    limits = [Limit(column, most).text.replace("<=", " ≤ ") for column, most in fixed["limits"].items()]
    seconds = "" if budget["core_seconds"] is None else f", at most {budget['core_seconds']:g} core seconds"
    benchmark = None if table else benchmark_of(fixed)
    measured = f"looked up in {table['name']}, checksum {table['sha256'][:16]}" if table else "measured"
    if benchmark:
        measured = f"trainings are {benchmark[0]}, {benchmark[2]}"
    return [
        ["space", f"{fixed['space']['name']}, digest {fixed['space']['digest']}"],
        ["protocol", f"{fixed['protocol']['title']} (key {fixed['protocol']['key']}), {measured}"],
        ["data", "train: weights of the trials; val: what searches see, and what selects; test: unseen"],
        ["objectives", ", ".join(fixed["objectives"])],
        ["limits of the selected network", " and ".join(limits) or "none"],
        ["limits told to the strategies", "yes, see below" if fixed.get("limits_told") else "no"],
        ["reference point of the hypervolume", ", ".join(f"{value:g}" for value in fixed["reference"])],
        ["budget of a search", f"{budget['trials']} trials{seconds}"],
        ["seeds", f"{seeds['first']} to {seeds['first'] + seeds['count'] - 1}"],
        ["workers of a search", f"{fixed.get('workers', 1)}; strategies that train between proposals have one"],
        ["proposed first", ", ".join(fixed["start_from"]) or "nothing"],
        ["equal for all", ", ".join(each for each in EQUAL if each not in fixed.get("unequal", ()))],
        ["random search", "yes" if any(s["name"] == "random" for s in fixed["strategies"]) else "no"],
    ]


def _results(fixed: Mapping[str, Any]) -> list[list[str]]:
    rows = []
    for strategy in fixed["strategies"]:
        own = [search for search in fixed["searches"] if search["strategy"] == strategy["label"]]
        regrets = [search["regret"] for search in own if search["regret"] is not None]
        regret = f"{sum(regrets) / len(regrets):.3f} ({len(regrets)} of {len(own)} found one)" if regrets else "unknown"
        counts = [sum(search[key] for search in own) for key in ("trials", "failed", "training_seconds")]
        rows.append([strategy["label"], str(len(own)), *(f"{count:.0f}" for count in counts), regret])
    return rows


def _around(around: Mapping[str, Any]) -> list[list[str]]:
    seconds = [f"{name} {spent['search']:g}" for name, spent in around["core_seconds"].items()]
    return [
        ["written", around["written"]],
        ["versions", ", ".join(f"{name} {number}" for name, number in around["versions"].items())],
        ["commit", around["commit"] or "unknown"],
        ["machine", ", ".join(str(value) for value in around["machine"].values())],
        ["command", f"`{around['command']}`"],
        ["core seconds of the searches themselves", ", ".join(seconds)],
        ["failures", "; ".join(f"{name}: {reason}" for name, reason in around["failures"].items()) or "none"],
        *(["note", note] for note in around["notes"]),
    ]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join(["", f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *lines, ""])
