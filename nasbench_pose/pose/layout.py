"""The label files and photograph folders of a data set."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nasbench_pose.errors import DataError

NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Layout:
    """The files and folders of an archive, found without reading any of them."""

    labels: Mapping[str, Path]
    """Split -> its label file; "" is the whole data set."""
    photographs: Mapping[str, Path]
    """Split -> the folder of its photographs."""
    others: tuple[Path, ...] = ()
    """More files that affect the annotations, such as a skeleton."""

    @property
    def files(self) -> list[Path]:
        """Return every file but the photographs."""
        return [*self.labels.values(), *self.others]


def chosen(folder: Path, options: Mapping[str, str], splits: Mapping[str, str]) -> Layout | None:
    """Return the layout that the user has specified, None if the standard layout applies.

    `options` may name a label file for each split (relative to `folder`, or absolute) and the folder `images`. `folder`
    may itself be a label file. `splits` maps options to splits of the archive. Raises DataError for a missing file.
    """
    if folder.is_file():
        labels, root = {"": folder}, folder.parent
        root = root.parent if root.name in _LABEL_FOLDERS else root
    else:
        labels, root = {split: folder / options[name] for name, split in splits.items() if name in options}, folder
    if not labels:
        return None
    for path in labels.values():
        if not path.is_file():
            raise DataError(f"There is no file {path}; expected one with labels, relative to {root} or absolute.")
    return Layout(labels, {split: photographs(path, root, split, options) for split, path in labels.items()})


_LABEL_FOLDERS = ("annotations", "annot")


def photographs(labels: Path, folder: Path, split: str, options: Mapping[str, str] = NOTHING) -> Path:
    """Return the folder of the photographs of a label file.

    It is the option `images` if there is one. Otherwise it is the first of `images/train2017`, `train2017`,
    `images/train`, `train` (for the split train) and `images` that exists. Otherwise it is the folder of the file, or
    `folder` if the file is in `annotations`.
    """
    if "images" in options:
        place = folder / options["images"]
        if not place.is_dir():
            raise DataError(f"There is no folder {place}; expected the one with the photographs, as images=FOLDER.")
        return place
    named = [f"images/{split}2017", f"{split}2017", f"images/{split}", split] if split else []
    beside = folder if labels.parent.name in _LABEL_FOLDERS else labels.parent
    return next((folder / place for place in [*named, "images"] if (folder / place).is_dir()), beside)
