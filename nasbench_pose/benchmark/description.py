"""The description of a benchmark table: space, protocol, machine, versions and plan."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import torch

from nasbench_pose.benchmark.rows import TableFile
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.evaluators.train import TrainEvaluator
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.store.provenance import provenance

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

IDENTITY = {"space": "search space", "space_digest": "file of the search space", "protocol": "protocol"}
"""Key that must be equal for all rows of a table -> its name in messages."""


def description(
    space: SearchSpace,
    evaluator: TrainEvaluator,
    plan: "DataclassInstance",
    *,
    what: str = "every network trained",
    made_by: str = TableFile.WRITTEN_BY,
) -> dict[str, object]:
    """Return the first part of a table's TOML file; the digests of the data set are part of the protocol.

    `plan` is the Plan of a table or the SamplePlan of a sample, `made_by` the command.
    """
    made = provenance()
    machine, instructions = made.machine, torch.backends.cpu.get_cpu_capability()  # on which rounding depends
    return {
        "title": f"{space.title}: {what}, {evaluator.title}",
        "date": made.started[:10],
        "source": f"Trainings of this project: nasbench-pose {made_by}.",
        "licence": "Measured for this project: Apache-2.0.",
        "citation": "NASBench-Pose.",
        "rules": (
            "Accuracies are those of one protocol: compare them with each other only. Searches see val_pckh alone. "
            "Rows with several seeds tell the noise; seconds are processor seconds of one thread."
        ),
        "space": space.name,
        "space_digest": space.digest,
        "protocol": evaluator.protocol_text,
        "machine": f"{machine['cpu']}, {machine['cores']} cores, {instructions}, {machine['os']}",
        "versions": made.versions,
        "plan": asdict(plan),
    }


def begun(file: TableFile, about: Mapping[str, Any]) -> dict[str, Any]:
    """Create or continue a table and its description; return the description of its rows and of those to come.

    The description on disk stays that of the rows until there are new ones. Raises the errors of `continued`.
    """
    known = continued(file, about)
    file.begin()
    file.describe(known)
    return extended(known, about)


def continued(file: TableFile, about: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the description of the existing rows of a table; `about` if there are none.

    Raises InvalidFileError if the table is of another kind, space or protocol, or if its rows were edited.
    """
    if others := {"drawn_by", "steps"} & set(file.columns) - {file.MARK}:
        raise InvalidFileError(
            f"{file.path} is no {file.WHAT}: it has the column {others.pop()}; `{file.WRITTEN_BY}` needs another file."
        )
    if not len(file.read()) and (not file.about.is_file() or file.description()["sha256"] == file.empty):
        return about
    known = file.description()
    for key, meaning in IDENTITY.items():
        if known[key] != about[key]:
            how = difference(str(known[key]), str(about[key]))
            raise InvalidFileError(f"{file.path} was made with another {meaning} ({how}); choose another file.")
    if not file.goes_on_from(known["sha256"]):
        raise InvalidFileError(
            f"{file.path} has been edited: its rows, {len(file.read())} of them, are not those that {file.about.name} "
            "describes. Download it again, or choose another file."
        )
    return known


def extended(known: Mapping[str, Any], about: Mapping[str, Any]) -> dict[str, Any]:
    """Merge the descriptions of old rows (`known`) and new rows (`about`): all machines, versions, the larger plan.

    >>> then = {"machine": "A", "versions": {"torch": "2.12"}, "plan": {"seeds": 3}, "date": "2026-11-23"}
    >>> extended(then, {"machine": "B", "versions": {"torch": "2.13"}, "plan": {"seeds": 2, "each": 1}})
    {'machine': 'A; B', 'versions': {'torch': '2.12; 2.13'}, 'plan': {'seeds': 3, 'each': 1}, 'date': '2026-11-23'}
    """
    then, now = ({key: part.get(key, {}) for key in ("versions", "plan")} for part in (known, about))
    return {
        **about,
        **known,
        "machine": _both(known["machine"], about["machine"]),
        "versions": {name: _both(then["versions"].get(name), value) for name, value in now["versions"].items()},
        "plan": {name: max(then["plan"].get(name, value), value) for name, value in now["plan"].items()},
    }


def _both(then: str | None, now: str) -> str:
    return "; ".join(dict.fromkeys([*(then.split("; ") if then else []), now]))


def difference(then: str, now: str) -> str:
    """Return the change in words; of two protocols, the fields that differ.

    >>> difference('{"batch":8,"steps":16}', '{"batch":8,"steps":17}')
    'steps: 16, now 17'
    """
    if not then.startswith("{"):
        return f"{then}, now {now}"
    old, new = json.loads(then), json.loads(now)
    changed = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return "; ".join(f"{name}: {old.get(name)}, now {new.get(name)}" for name in changed)
