"""What a benchmark table says of itself: how, on what and from what it was made."""

import tomllib
from collections.abc import Mapping

from nasbench_pose.benchmark.rows import TableFile
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.evaluators.training import Training
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.store.provenance import provenance

IDENTITY = {"space": "search space", "space_digest": "file of the search space", "protocol": "protocol"}
"""What all rows of a table share -> what it is called."""


def description(space: SearchSpace, training: Training) -> dict[str, object]:
    """Return the head of a table's TOML file; loads the people, whose digests are part of the protocol."""
    evaluator, made = training(), provenance()
    return {
        "title": f"{space.title}: every network trained, {evaluator.protocol.title}",
        "date": made.started[:10],
        "source": "Trainings of this project: nasbench-pose benchmark build.",
        "licence": "Measured for this project: Apache-2.0.",
        "citation": "NASBench-Pose.",
        "rules": (
            "Accuracies are those of one protocol: compare them with each other only. Searches see val_pckh alone. "
            "Rows with several seeds tell the noise; seconds are processor seconds of one thread."
        ),
        "space": space.name,
        "space_digest": space.digest,
        "protocol": evaluator.protocol_text,
        "machine": ", ".join(map(str, made.machine.values())),
        "versions": made.versions,
    }


def refuse_another(file: TableFile, about: Mapping[str, object]) -> None:
    """Raise InvalidFileError if the table has rows of another space, or measured in another way."""
    if not len(file.read()):
        return
    if not file.about.is_file():
        raise InvalidFileError(f"{file.path} has rows, but {file.about.name}, which says how they were made, is gone.")
    known = tomllib.loads(file.about.read_text(encoding="utf-8"))
    for key, meaning in IDENTITY.items():
        if known.get(key) != about[key]:
            raise InvalidFileError(
                f"{file.path} was made with another {meaning} ({known.get(key)!r}, now {about[key]!r}); "
                "a table has one: give another --out."
            )
