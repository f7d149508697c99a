"""The contents of a data set, and its suspicious labels."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import compress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.errors import DataError
from nasbench_pose.hashing import short_sha256
from nasbench_pose.pose import label_checks
from nasbench_pose.pose.annotations import Annotations
from nasbench_pose.pose.archives import ARCHIVES
from nasbench_pose.pose.photograph import PhotographInfo, inspect_file
from nasbench_pose.pose.skeleton import Skeleton
from nasbench_pose.pose.source import KINDS, Source
from nasbench_pose.pose.splits import SPLITS

Progress = Callable[[int, int], None]
"""(photographs read, photographs in total)."""

UNUSED = "left out"
"""The name of the people in no split; only LSPET has them."""
WHY_UNUSED = "split.csv calls them suspect, or does not name them"

TURNED = "EXIF orientation"
"""Photographs with an EXIF rotation. It is applied if the labels have the rotated size; see `photograph.read`."""


@dataclass(frozen=True, slots=True)
class Findings:
    """The result of `check`, in the order of the data set."""

    source: str
    """What was checked: kind and folder."""
    people: Mapping[str, int]
    """Split -> people."""
    photographs: Mapping[str, int]
    """Split -> photographs."""
    joints: Mapping[str, Mapping[str, int]]
    """Joint -> split -> people who have it labelled."""
    hidden: Mapping[str, int]
    """Joint -> people who have it labelled as hidden."""
    suspicious: Mapping[str, tuple[str, ...]]
    """Finding -> the people or the photographs that it applies to."""
    skipped: tuple[str, ...]
    """One line for each annotation that cannot be used and each photograph that cannot be read."""
    skeleton: str
    """How many joints, pairs and bones there are, and what is measured."""
    hash: str
    """The first sixteen hex digits of the SHA-256 of the labels and of every photograph they name."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The findings, and the people that they apply to."""

    findings: Findings
    annotations: Annotations
    """The people whose photograph can be read."""
    names: tuple[str, ...]
    """The name of each person in the findings."""
    suspects: Mapping[str, NDArray[np.bool_]]
    """Finding -> (n,), whether it applies to each of the `annotations`."""
    shape: tuple[int, int]
    """Height and width with the usual aspect ratio of the crops."""


def check(source: str, *, progress: Progress = lambda _, __: None) -> Checked:
    """Read every label and every photograph of `source`, such as `lspet:/folder`.

    Unusable annotations and photographs are counted, with or without the option `skip_bad`. Raises the errors of
    `source.load` for unreadable labels, and DataError for drawn people, a part of a data set, or no people.
    """
    asked = _whole(source)
    place, archive = asked.place or Path(), ARCHIVES[asked.kind]
    everybody = archive.read(place, True, asked.words)
    label_files = archive.layout(place, asked.words).files
    if not len(everybody) and not everybody.skipped:
        raise DataError(f"No person is labelled in {' and '.join(map(str, label_files))}.")
    looks = _looks(everybody, progress)
    annotations = everybody.take([not looks[file].error for file in everybody.files])
    tests, names = _tests(annotations, looks), _names(annotations)
    unread = tuple(look.error for look in looks.values() if look.error)
    findings = Findings(
        asked.text,
        _per_split(annotations.splits),
        _per_split(annotations.splits[np.unique(annotations.files.astype(str), return_index=True)[1]]),
        _joints(annotations),
        _sum(annotations, annotations.labelled & ~annotations.visible),
        {test: tuple(compress(names, flags)) for test, flags in tests.items()},
        everybody.skipped + unread,
        _about(annotations.skeleton),
        _hash(label_files, looks),
    )
    return Checked(findings, annotations, names, tests, archive.shape)


def _whole(source: str) -> Source:
    """Return the source of a whole archive; raise DataError for drawn people or a part of an archive."""
    asked = Source.parse(source)
    if asked.kind not in ARCHIVES or asked.place is None:
        known = ", ".join(f"{kind}:/folder" for kind in ARCHIVES)
        raise DataError(f"{asked.text!r} is drawn, so there is no archive to check; expected {known}.")
    whole = replace(asked, options=KINDS[asked.kind].options)
    if any(asked.options[split] != whole.options[split] for split in SPLITS):
        raise DataError(
            f"{asked.text!r} selects a part of an archive, but the check reads all of it; expected {whole.text!r}."
        )
    return whole


def _looks(annotations: Annotations, progress: Progress) -> dict[Path, PhotographInfo]:
    """PhotographInfo at each photograph once."""
    sizes = {file: annotations.told_size(person) for person, file in enumerate(annotations.files)}
    looks: dict[Path, PhotographInfo] = {}
    for number, (file, size) in enumerate(sizes.items(), start=1):
        looks[file] = inspect_file(file, size)
        progress(number, len(sizes))
    return looks


def _tests(annotations: Annotations, looks: Mapping[Path, PhotographInfo]) -> dict[str, NDArray[np.bool_]]:
    joints, skeleton = annotations.joints, annotations.skeleton
    sizes = np.array([looks[file].size for file in annotations.files], dtype=float).reshape(-1, 2)
    tests = {
        "joint without coordinates": np.asarray(annotations.nowhere.any(axis=1)),
        "outside the photograph": label_checks.outside(joints, sizes),
        "head of no size": label_checks.no_head(joints, skeleton),
        "torso of no size": label_checks.no_torso(joints, skeleton),
        "left and right look swapped": label_checks.swapped(joints, skeleton),
        "same photograph twice": _twice(annotations, looks),
    }
    turned = np.array([looks[file].orientation != 1 for file in annotations.files], dtype=bool)
    return tests | ({TURNED: turned} if turned.any() else {})


def _twice(annotations: Annotations, looks: Mapping[Path, PhotographInfo]) -> NDArray[np.bool_]:
    """Return (n,): whether another file has the same bytes as a person's photograph."""
    files_of = defaultdict(set)
    for file in annotations.files:
        files_of[looks[file].digest].add(file)
    return np.array([len(files_of[looks[file].digest]) > 1 for file in annotations.files], dtype=bool)


def _per_split(splits: NDArray[np.str_]) -> dict[str, int]:
    counts = Counter(map(str, splits))
    return {split: counts[split] for split in SPLITS} | ({UNUSED: counts[""]} if counts[""] else {})


def _joints(annotations: Annotations) -> dict[str, dict[str, int]]:
    counts = {name: _per_split(annotations.splits) for name in annotations.skeleton.joints}
    for split in next(iter(counts.values())):
        mine = annotations.splits == ("" if split == UNUSED else split)
        for joint, number in _sum(annotations, annotations.labelled & mine[:, None]).items():
            counts[joint][split] = number
    return counts


def _sum(annotations: Annotations, flags: NDArray[np.bool_]) -> dict[str, int]:
    return dict(zip(annotations.skeleton.joints, map(int, flags.sum(axis=0)), strict=True))


def _names(annotations: Annotations) -> tuple[str, ...]:
    """Name people by their photograph and, where it shows several, by their number in it."""
    total, seen, names = Counter(annotations.files), Counter[Path](), []
    for file in annotations.files:
        seen[file] += 1
        names.append(f"{file.name} ({seen[file]} of {total[file]})" if total[file] > 1 else file.name)
    return tuple(names)


def _about(skeleton: Skeleton) -> str:
    joints, pairs, bones = len(skeleton.joints), len(skeleton.flip_pairs), len(skeleton.bones)
    return f"{skeleton.name}, {joints} joints, {pairs} pairs of left and right, {bones} bones; {skeleton.metric}"


def _hash(label_files: list[Path], looks: Mapping[Path, PhotographInfo]) -> str:
    facts = [(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in label_files]
    facts += sorted((file.name, look.digest) for file, look in looks.items())
    return short_sha256(repr(facts))
