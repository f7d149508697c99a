"""People of a data set with the positions of their crops, to map predictions to pixels of the photographs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.errors import DataError, pick
from nasbench_pose.pose.annotations import Annotations, cut
from nasbench_pose.pose.archives import ARCHIVES
from nasbench_pose.pose.crop import Crop, Floats, framed
from nasbench_pose.pose.people import People, joined
from nasbench_pose.pose.skeleton import Skeleton
from nasbench_pose.pose.source import Source, load
from nasbench_pose.pose.splits import GROUPS


@dataclass(frozen=True, slots=True, eq=False)
class CroppedPeople:
    """n people, cropped to one size, and their photographs."""

    kind: str
    """The data set: coco, lspet, mpii or synthetic."""
    people: People
    crops: tuple[Crop, ...]
    """The crop of each person in its photograph."""
    files: tuple[Path, ...]
    """The photograph of each person; for drawn people a name without a file."""
    joints: Floats
    """(n, J, 2): labels in pixels of the photographs, whose first pixel is (0, 0); NaN where not labelled."""
    head_sizes: Floats
    """(n,): head sizes of PCKh, in the same pixels."""
    label_files: tuple[Path, ...] = ()
    """The label files; empty for LSPET."""
    category: str = ""
    """The requested category of a COCO file."""

    def __len__(self) -> int:
        return len(self.people)

    @property
    def skeleton(self) -> Skeleton:
        """The skeleton of the people."""
        return self.people.skeleton

    @property
    def extents(self) -> Floats:
        """(n, 2): width and height of each crop in pixels of the photograph."""
        sides = [np.array(crop.size[::-1]) * crop.scale for crop in self.crops]
        return np.array(sides, dtype=np.float64).reshape(-1, 2)

    def in_photographs(self, joints: Floats) -> NDArray[np.float64]:
        """Convert joints (n, J, 2) from pixels of the crops to pixels of the photographs.

        Raises DataError if the number of people differs.
        """
        if len(joints) != len(self.crops):
            raise DataError(f"There are joints of {len(joints)} people, but {len(self.crops)} crops.")
        return np.array([crop.in_photograph(some) for crop, some in zip(self.crops, joints, strict=True)]).reshape(
            joints.shape
        )


def crop_people(source: str, group: str, size: tuple[int, int]) -> CroppedPeople:
    """Return the people of a group, `train`, `val`, `test`, `heldout` or `all`, cut to `size` (height, width).

    `source` is what `source.load` takes. The people of `val` and `test` are those that `evaluate` measures on, in the
    same order. Raises UnknownNameError for another group, and what `source.load` raises.

    >>> drawn = crop_people("synthetic:train=1,val=2,test=1", "heldout", (32, 32))
    >>> len(drawn.people), drawn.files[0]
    (3, PosixPath('val/00000'))
    """
    splits = pick("group of people", group, GROUPS)
    asked = Source.parse(source)
    if asked.kind in ARCHIVES:
        return _photographed(asked, splits, size)
    loaded = load(source, size=size)
    groups = [getattr(loaded, split) for split in splits]
    people = joined(groups)
    names = [Path(split) / f"{n:05d}" for split, some in zip(splits, groups, strict=True) for n in range(len(some))]
    joints = np.where(people.labelled[..., None], people.joints.astype(np.float64), np.nan)
    crops = (Crop(-0.5, -0.5, 1.0, size),) * len(people)
    return CroppedPeople(asked.kind, people, crops, tuple(names), joints, people.head_sizes.astype(np.float64))


def _photographed(asked: Source, splits: Sequence[str], size: tuple[int, int]) -> CroppedPeople:
    archive, place, skip_bad = ARCHIVES[asked.kind], asked.place or Path(), bool(asked.options["skip_bad"])
    everybody = archive.read(place, skip_bad, asked.words)
    mine = [everybody.order(split)[: asked.options[split]] for split in splits]
    chosen = everybody.take(mine[0] if len(mine) == 1 else np.sort(np.concatenate(mine)))
    people, kept = _cut(chosen, size, skip_bad)
    crops = tuple(framed(box, size) for box in kept.boxes)
    files, category = tuple(archive.layout(place, asked.words).labels.values()), asked.words.get("category", "")
    return CroppedPeople(asked.kind, people, crops, tuple(kept.files), kept.joints, kept.head_sizes, files, category)


def _cut(chosen: Annotations, size: tuple[int, int], skip_bad: bool) -> tuple[People, Annotations]:
    """Return the people whose photographs can be read, and their annotations."""
    if not skip_bad:
        return cut(chosen, size), chosen
    each = [cut(chosen.take([person]), size, skip_bad=True) for person in range(len(chosen))]
    kept = chosen.take([bool(len(one)) for one in each])
    return (joined(each) if each else cut(chosen, size)), kept
