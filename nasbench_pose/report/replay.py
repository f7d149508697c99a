"""Replay a protocol card on its benchmark table and compare the numbers."""

import json
import math
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.evaluator import LookUp
from nasbench_pose.errors import InvalidFileError, NasbenchPoseError
from nasbench_pose.genotype import Genotype
from nasbench_pose.objective import Limit, Objective
from nasbench_pose.report.card import FORMAT, reproducible
from nasbench_pose.report.comparison import comparison_report
from nasbench_pose.search import Comparison, in_this_process
from nasbench_pose.spaces import load
from nasbench_pose.strategies import STRATEGIES
from nasbench_pose.strategies.labels import parse
from nasbench_pose.strategies.optuna_sampler import PREFIX
from nasbench_pose.strategies.registry import trains

TOLERANCE = 1e-9
"""Relative difference up to which two numbers are equal: the order of sums, and so rounding, may differ."""


class CardError(NasbenchPoseError, ValueError):
    """The numbers of a replay differ from those of the card."""


def read_card(path: Path) -> dict[str, Any]:
    """Return the contents of a `card.json`; raise InvalidFileError for another file, or for a newer format."""
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidFileError(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError as error:  # not JSON, or not UTF-8
        raise InvalidFileError(f"{path} is not a card.json, or was cut off: {str(error).splitlines()[0]}.") from None
    if not isinstance(card, dict) or not isinstance(card.get("format"), int) or "reproducible" not in card:
        raise InvalidFileError(f"{path} is not a card.json: it has no 'format' and 'reproducible' of a protocol card.")
    if card["format"] > FORMAT:
        raise InvalidFileError(
            f"{path} has format {card['format']}, of a newer nasbench-pose; this one reads up to {FORMAT}."
        )
    return card


def check_card(path: Path) -> str:
    """Replay the searches of a card and return one line with the result.

    Raises CardError with the first number that differs; InvalidFileError for a file that is not a card, or a card of
    trainings; and the errors of spaces and tables that differ from the card's, such as a table with more rows. Only
    strategies, spaces and tables of this package are run, so a card cannot run other code.
    """
    stated = {"limits_told": False, **read_card(path)["reproducible"]}  # the first cards told no strategy of limits
    try:
        comparison, cuts = _comparison(stated, path)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        if isinstance(error, NasbenchPoseError):
            raise
        raise InvalidFileError(f"{path} is an incomplete card: {type(error).__name__}: {error}.") from None
    with tempfile.TemporaryDirectory() as folder:
        result = replace(comparison, store=f"{folder}/runs.db").run(in_this_process)
        kept = result.trials["step"] <= [
            cuts.get((str(name), int(seed)), comparison.budget)
            for name, seed in zip(result.trials["strategy"], result.trials["run_seed"], strict=True)
        ]
        result = replace(result, trials=result.trials[kept])
        again = reproducible(result, comparison_report(result, reference=tuple(stated["reference"])))
    again["budget"] = stated["budget"]  # the searches end where the card says that they ended
    if stated["budget"]["core_seconds"] is not None:
        again["statistics"] = stated["statistics"] = []
    for where, was, now in _differences(stated, json.loads(json.dumps(again)), ""):
        raise CardError(f"{path} differs from its replay: {where} is {was} in the card and {now} in the replay.")
    return f"{path} comes out: {len(again['searches'])} searches, {sum(s['trials'] for s in again['searches'])} trials."


def _comparison(stated: Mapping[str, Any], path: Path) -> tuple[Comparison, dict[tuple[str, int], int]]:
    """Return the comparison of a card, and (strategy, seed) -> trials of each search."""
    if stated["table"] is None:
        raise InvalidFileError(f"{path} is of trainings, not of a benchmark table: only a table can be replayed.")
    space = _built_in_space(str(stated["space"]["name"]))
    if space.digest != stated["space"]["digest"]:
        raise InvalidFileError(f"{path} is of {space.name} {stated['space']['digest']}; here it is {space.digest}.")
    people = str(stated["table"]["people"]).partition(":")[0]
    table, was = Benchmark.load(space.name, people), str(stated["table"]["sha256"])
    if table.about["sha256"] != was:
        now = str(table.about["sha256"])[:16]
        raise InvalidFileError(
            f"{path} is of {table.name} of checksum {was[:16]}; here it has {now}: it has other rows."
        )
    labels = [str(each["label"]) for each in stated["strategies"]]
    for label in labels:
        name, _ = parse(label)
        if not (name in STRATEGIES or name.startswith(PREFIX)) or trains(name):
            raise InvalidFileError(f"{path} names the strategy {label!r}, which this package cannot replay on a table.")
    cuts = {(str(each["strategy"]), int(each["seed"])): int(each["trials"]) for each in stated["searches"]}
    comparison = Comparison(
        space, tuple(labels), LookUp(space.name, people, space),
        objectives=tuple(Objective.parse(text) for text in stated["objectives"]),
        limits=tuple(Limit(str(column), float(most)) for column, most in stated["limits"].items()),
        tell_limits=bool(stated["limits_told"]),
        budget=min(int(stated["budget"]["trials"]), max(cuts.values(), default=1)),
        seeds=int(stated["seeds"]["count"]), first_seed=int(stated["seeds"]["first"]),
        parallel=int(stated.get("workers", 1)),
        start_from=tuple(Genotype.parse(text) for text in stated["start_from"]),
    )  # fmt: skip
    return comparison, cuts


def _built_in_space(name: str) -> Any:
    from nasbench_pose.errors import pick
    from nasbench_pose.spaces import names

    return load(pick("search space of this package", name, {known: known for known in names()}))


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
        yield where, _short(was), _short(now)


def _same(was: Any, now: Any) -> bool:
    if isinstance(was, bool) or isinstance(now, bool) or not all(isinstance(v, int | float) for v in (was, now)):
        return bool(was == now and type(was) is type(now))
    return math.isclose(was, now, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def _name(entry: Any, number: int) -> str:
    """Return the name of an entry of a list: strategy and seed of a search, the label of a strategy."""
    if not isinstance(entry, dict):
        return str(number)
    words = [entry[key] for key in ("strategy", "label", "seed") if key in entry]
    return ", seed ".join(map(str, words)) or str(number)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}…"
