"""Replay a protocol card on its benchmark table and compare the numbers."""

import json
import math
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.report.card import FORMAT, reproducible
from nasbench_pose.report.card_comparison import CardError, stated_comparison
from nasbench_pose.report.checklist import checklist
from nasbench_pose.report.comparison import comparison_report
from nasbench_pose.scalar import is_finite
from nasbench_pose.search import in_this_process
from nasbench_pose.shape import misfit, shown

TOLERANCE = 1e-9
"""Relative difference up to which two numbers are equal: the order of sums, and so rounding, may differ."""

AROUND = {"commit": str | None, "versions": {"nasbench-pose": str}}
"""What the checklist reads of the part `circumstances` of a card."""


def read_card(path: Path) -> dict[str, Any]:
    """Return the contents of a `card.json`; raise InvalidFileError for another file, or for a newer format."""
    try:
        card = json.loads(path.read_text(encoding="utf-8-sig"))  # an editor may have written a byte order mark
    except OSError as error:
        raise InvalidFileError(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:  # not JSON, or not UTF-8
        raise InvalidFileError(f"{path} is not a card.json, or was cut off: {str(error).splitlines()[0]}.") from None
    if (
        not isinstance(card, dict)
        or type(card.get("format")) is not int  # a bool is an int, too
        or card["format"] < 1
        or not isinstance(card.get("reproducible"), dict)
    ):
        raise InvalidFileError(f"{path} is not a card.json: it has no 'format' and 'reproducible' of a protocol card.")
    if card["format"] > FORMAT:
        raise InvalidFileError(
            f"{path} has format {card['format']}, of a newer nasbench-pose; this one reads up to {FORMAT}."
        )
    return card


def check_card(path: Path) -> str:
    """Replay the searches of a card and return one line with the result.

    Raises CardError with the first number or answer of the checklist that differs, or for a search that did not spend
    its budget though its replay goes on; InvalidFileError for a file that is not a card, or a card of trainings; and
    the errors of spaces and tables that differ from the card's, such as a table with more rows. Only strategies, spaces
    and tables of this package are run, so a card cannot run other code.
    """
    whole = read_card(path)
    stated = {"limits_told": False, **whole["reproducible"]}  # the first cards told no strategy of limits
    card = stated_comparison(stated, path)
    with tempfile.TemporaryDirectory() as folder:
        # Without the budget of core seconds: the searches' own seconds differ from those of the card.
        free = replace(card.comparison, store=f"{folder}/runs.db", budget=card.replayed, budget_seconds=math.inf)
        result = free.run(in_this_process)
        card.check_budgets(result.trials, path)
        as_stated = replace(free, budget=card.comparison.budget, budget_seconds=card.comparison.budget_seconds)
        result = replace(result, comparison=as_stated, trials=card.kept(result.trials))
        again = reproducible(result, comparison_report(result, reference=card.reference))
    for where, was, now in _differences(stated, json.loads(json.dumps(again)), ""):
        raise CardError(f"{path} differs from its replay: {where} is {was} in the card and {now} in the replay.")
    for where, was, now in _differences(whole.get("checklist"), _checklist(again, whole, path), "checklist"):
        raise CardError(f"{path} contradicts itself: {where} is {was}, but its numbers say {now}.")
    return f"{path} comes out: {len(again['searches'])} searches, {sum(s['trials'] for s in again['searches'])} trials."


def _checklist(again: Mapping[str, Any], card: Mapping[str, Any], path: Path) -> list[dict[str, str]]:
    """Return the answers that follow from the replayed numbers, and from the versions that the card states."""
    if said := misfit(card, {"circumstances": AROUND}):
        raise InvalidFileError(f"{path}: {said}.")
    return checklist({"reproducible": again, "circumstances": card["circumstances"]})


def _differences(was: Any, now: Any, where: str) -> Iterator[tuple[str, str, str]]:
    """Yield place, value in the card and value in the replay of each difference, in the order of the card."""
    if isinstance(was, dict) and isinstance(now, dict):
        for key in dict.fromkeys((*now, *was)):
            yield from _differences(was.get(key, "absent"), now.get(key, "absent"), f"{where}.{key}".lstrip("."))
    elif isinstance(was, list) and isinstance(now, list):
        if len(was) != len(now):
            yield f"the number of {where}", str(len(was)), str(len(now))
        for number, pair in enumerate(zip(was, now, strict=False)):
            yield from _differences(*pair, f"{where}[{_name(pair[1], number)}]")
    elif not _same(was, now):
        yield where, shown(was), shown(now)


def _same(was: Any, now: Any) -> bool:
    if isinstance(was, bool) or isinstance(now, bool) or not all(isinstance(v, int | float) for v in (was, now)):
        return bool(was == now and type(was) is type(now))
    if not (is_finite(was) and is_finite(now)):
        return bool(was == now)
    return math.isclose(was, now, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def _name(entry: Any, number: int) -> str:
    """Return the name of an entry of a list: strategy and seed of a search, the label of a strategy."""
    if not isinstance(entry, dict):
        return str(number)
    words = [entry[key] for key in ("strategy", "label", "item", "seed") if key in entry]
    return ", seed ".join(map(str, words)) or str(number)
