"""People whose crops are cut from their photographs when they are needed, instead of being held in memory."""

import hashlib
import logging
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasbench_pose.errors import DataError, InvalidFileError, pick
from nasbench_pose.pose import hrnet
from nasbench_pose.pose.annotations import ADVICE, Annotations, pixels_of, refusal
from nasbench_pose.pose.archives import ARCHIVES
from nasbench_pose.pose.augmentation import Augmentation
from nasbench_pose.pose.crop import PADDING, Crop, Floats, framed
from nasbench_pose.pose.people import People
from nasbench_pose.pose.photograph import read
from nasbench_pose.pose.skeleton import Skeleton
from nasbench_pose.pose.source import Source
from nasbench_pose.pose.splits import GROUPS, SPLITS

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Photographs:
    """n people with the positions of their crops. Joints are in pixels of the crops, as those of `People`.

    With `corner` everything is as in HRNet's code: the centre of the box is at (width / 2, height / 2), pixels are not
    averaged, and everything outside a photograph is black. Otherwise it is as in `annotations.cut`.
    """

    annotations: Annotations
    size: tuple[int, int]
    """(height, width) of the crops in pixels."""
    corner: bool
    kind: str
    """The data set: coco, lspet or mpii."""
    label_files: tuple[Path, ...] = ()
    category: str = ""

    def __len__(self) -> int:
        return len(self.annotations)

    @property
    def skeleton(self) -> Skeleton:
        """The skeleton of the people."""
        return self.annotations.skeleton

    @property
    def files(self) -> tuple[Path, ...]:
        """The photograph of each person."""
        return tuple(self.annotations.files)

    @cached_property
    def crops(self) -> tuple[Crop, ...]:
        """The rectangle of each person in the photograph."""
        return tuple(framed(box, self.size) for box in self.annotations.boxes)

    @cached_property
    def _scales(self) -> NDArray[np.float64]:
        return np.array([crop.scale for crop in self.crops], dtype=np.float64)

    @property
    def extents(self) -> Floats:
        """(n, 2): width and height of each rectangle in pixels of the photograph."""
        return np.asarray(self._scales[:, None] * np.array(self.size[::-1], float))

    @property
    def _middle(self) -> Floats:
        """Where the centre of a box is in its crop."""
        return np.array(self.size[::-1], float) / 2 - (0.0 if self.corner else 0.5)

    def in_crops(self, joints: Floats) -> Floats:
        """Convert joints (n, J, 2) from pixels of the photographs to pixels of the crops."""
        return (joints - self.annotations.boxes[:, None, :2]) / self._scales[:, None, None] + self._middle

    def in_photographs(self, joints: Floats) -> Floats:
        """Convert joints (n, J, 2) from pixels of the crops to pixels of the photographs."""
        return (joints - self._middle) * self._scales[:, None, None] + self.annotations.boxes[:, None, :2]

    @cached_property
    def joints(self) -> NDArray[np.float32]:
        """(n, J, 2): pixels of the crops; 0 where not labelled."""
        return np.nan_to_num(self.in_crops(self.annotations.joints)).astype(np.float32)

    @cached_property
    def labelled(self) -> NDArray[np.bool_]:
        """(n, J): whether there is a label inside the crop."""
        inside = (self.joints >= -0.5) & (self.joints < np.array(self.size[::-1]) - 0.5)
        return np.asarray(self.annotations.labelled & inside.all(axis=2))

    @cached_property
    def head_sizes(self) -> NDArray[np.float32]:
        """(n,): head sizes of PCKh in pixels of the crops."""
        return (self.annotations.head_sizes / self._scales).astype(np.float32)

    @cached_property
    def digest(self) -> str:
        """Sixteen hex digits that change with the names of the photographs, the labels, the boxes and the crops."""
        sha = hashlib.sha256(f"{self.skeleton.text} {self.size} {self.corner}".encode())
        sha.update("\n".join(Path(file).name for file in self.annotations.files).encode())
        for array in (self.annotations.joints, self.annotations.boxes, self.annotations.head_sizes):
            sha.update(np.ascontiguousarray(array).tobytes())
        return sha.hexdigest()[:16]

    def take(self, indices: ArrayLike) -> "Photographs":
        """Return the people at `indices` (numbers or a mask), in that order."""
        return replace(self, annotations=self.annotations.take(indices))

    def image(self, person: int) -> NDArray[np.uint8]:
        """Return the crop (height, width, 3) of one person; raise DataError for an unreadable photograph."""
        path = self.annotations.files[person]
        try:
            if self.corner:
                return hrnet.shown(hrnet.photograph(path), self.view(person), self.size)
            return pixels_of(self.crops[person], read(path, self.annotations.told_size(person)), path)
        except DataError as error:
            raise refusal(error) from None

    def held(self) -> People:
        """Return these people with their crops in memory; raise DataError for an unreadable photograph."""
        images = np.array([self.image(person) for person in range(len(self))], np.uint8).reshape(-1, *self.size, 3)
        visible = self.labelled & self.annotations.visible
        return People(images, self.joints, self.labelled, visible, self.head_sizes, self.skeleton)

    def view(self, person: int) -> hrnet.View:
        """Return the rectangle of one person, in the single precision of HRNet's code."""
        scale = (self.extents[person] / (200 * PADDING)).astype(np.float32) * np.float32(PADDING)
        return hrnet.View(self.annotations.boxes[person, :2].astype(np.float32), scale * np.float32(200))

    def drawn(
        self, person: int, settings: Augmentation, rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.bool_]]:
        """Return crop, joints and labels of one person, changed at random, each pixel interpolated once.

        A label may be outside the crop. Raises DataError for an unreadable photograph.
        """
        try:
            pixels = hrnet.photograph(self.annotations.files[person])
        except DataError as error:
            raise refusal(error) from None
        joints, labelled = self.annotations.joints[person], self.annotations.labelled[person]
        width, skeleton = pixels.shape[1], self.skeleton
        view = hrnet.changed(self.view(person), joints, labelled, width, skeleton, settings, rng)
        if view.mirrored:
            order = list(skeleton.flip_order)
            joints, labelled = joints[order] * [-1, 1] + [width - 1, 0], labelled[order]
        matrix = hrnet.affine(view, self.size)
        moved = joints @ matrix[:, :2].T + matrix[:, 2] - (0.0 if self.corner else 0.5)
        return hrnet.shown(pixels, view, self.size), np.nan_to_num(moved).astype(np.float32), labelled


@dataclass(frozen=True, eq=False)
class StreamedSplits:
    """The people of train, val and test, as `people.Splits`, with photographs that are read when they are needed."""

    train: Photographs
    val: Photographs
    test: Photographs
    source: str


def streamed(source: str, size: tuple[int, int], *, corner: bool) -> StreamedSplits:
    """Return the splits of a data set of photographs; raises what `source.load` raises, but reads no photograph."""
    splits = {split: placed(source, split, size, corner=corner) for split in SPLITS}
    return StreamedSplits(**splits, source=Source.parse(source).text)


def placed(source: str, group: str, size: tuple[int, int], *, corner: bool) -> Photographs:
    """Return the people of a group, as `crop_people` does; raise InvalidFileError without photographs."""
    asked = Source.parse(source)
    if asked.kind not in ARCHIVES:
        raise InvalidFileError(f"People of {source!r} have no photographs to cut from; use lspet, coco or mpii.")
    archive, place = ARCHIVES[asked.kind], asked.place or Path()
    everybody = archive.read(place, bool(asked.options["skip_bad"]), asked.words)
    splits = pick("group of people", group, GROUPS)
    orders = [everybody.order(split)[: asked.options[split]] for split in splits]
    mine = everybody.take(orders[0] if len(orders) == 1 else np.sort(np.concatenate(orders)))
    labels = tuple(archive.layout(place, asked.words).labels.values())
    found = Photographs(mine, size, corner, asked.kind, labels, asked.words.get("category", ""))
    return _readable(found) if asked.options["skip_bad"] else found


def _readable(people: Photographs) -> Photographs:
    """Return the people whose photographs can be read; the number of the others is logged. Each is read once."""
    errors: dict[Path, str] = {}
    for person, path in enumerate(people.files):
        if path not in errors:
            try:
                people.image(person)
                errors[path] = ""
            except DataError as error:
                errors[path] = str(error).removesuffix(f" {ADVICE}")
    bad = [error for error in map(errors.__getitem__, people.files) if error]
    if bad:
        _LOG.warning("%d of %d people are left out; the first: %s", len(bad), len(people), bad[0])
    return people.take([not errors[path] for path in people.files]) if bad else people
