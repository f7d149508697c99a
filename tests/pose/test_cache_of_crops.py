"""The cache of crops: whatever changes in an archive is seen, and what is damaged is built anew."""

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from archives_on_disk import change, coco, coco_file, mpii, photograph
from PIL import Image

from nasbench_pose.pose import annotations, cache, crop, source
from nasbench_pose.pose import photograph as photographs
from nasbench_pose.pose.splits import SPLITS


def digests(archive: Path, options: str = "", kind: str = "coco") -> tuple[str, ...]:
    splits = source.load(f"{kind}:{archive}{options}", size=(32, 24), cache=archive.parent / "kept")
    return tuple(getattr(splits, split).digest for split in SPLITS)


@pytest.fixture
def cuts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the splits that are really cut out."""
    counted: list[int] = []
    real = annotations.cut

    def counting(group: annotations.Annotations, *args: object) -> object:
        counted.append(len(group))
        return real(group, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(annotations, "cut", counting)
    return counted


def renamed(archive: Path, name: Callable[[str], str]) -> Path:
    """Give the photographs of train other names, in the labels too."""
    path = coco_file(archive, "train")
    held = json.loads(path.read_text())
    for image in held["images"]:
        new = archive / "train2017" / name(image["file_name"])
        new.parent.mkdir(exist_ok=True)
        with Image.open(archive / "train2017" / image["file_name"]) as old:
            old.save(new)
        (archive / "train2017" / image["file_name"]).unlink()
        image["file_name"] = name(image["file_name"])
    path.write_text(json.dumps(held))
    return archive


NAMES = {
    "png": lambda name: name.replace(".jpg", ".png"),
    "jpeg": lambda name: name.replace(".jpg", ".jpeg"),
    "JPG": lambda name: name.replace(".jpg", ".JPG"),
    "a folder below": lambda name: f"sub/{name}",
    "bmp": lambda name: name.replace(".jpg", ".bmp"),
}


@pytest.mark.parametrize("name", NAMES)
def test_replaced_photographs_are_seen_whatever_they_are_called(name: str, tmp_path: Path, cuts: list[int]) -> None:
    archive = renamed(coco(tmp_path / "coco", {"train": 6}), NAMES[name])
    before = digests(archive)
    assert digests(archive) == before and len(cuts) == 3
    for file in (file for file in (archive / "train2017").rglob("*") if file.is_file()):
        Image.new("RGB", (200, 150)).save(file)
    after = source.load(f"coco:{archive}", size=(32, 24), cache=tmp_path / "kept")
    assert after.train.images.max() == 0 and len(cuts) == 6


def test_a_change_that_keeps_size_and_time_is_seen(tmp_path: Path) -> None:
    archive = coco(tmp_path / "coco", {"train": 6})
    before, file = digests(archive), archive / "train2017" / "000000000001.jpg"
    about, content = file.stat(), file.read_bytes()
    other = (archive / "train2017" / "000000000002.jpg").read_bytes()[: len(content)]
    time.sleep(0.02)  # the clock of files ticks a hundred times a second
    file.write_bytes(other.ljust(len(content), b"\0"))
    os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (about.st_size, about.st_mtime_ns)
    assert digests(archive, ",skip_bad=1") != before


def test_one_photograph_that_goes_or_comes_is_seen(tmp_path: Path) -> None:
    archive = coco(tmp_path / "coco", {"train": 6})
    everybody = digests(archive, ",skip_bad=1")
    file = archive / "train2017" / "000000000003.jpg"
    file.rename(tmp_path / "elsewhere.jpg")
    fewer = digests(archive, ",skip_bad=1")
    assert fewer != everybody and digests(archive, ",skip_bad=1") == fewer
    (tmp_path / "elsewhere.jpg").rename(file)
    assert digests(archive, ",skip_bad=1") == everybody


def test_a_photograph_behind_a_link_is_seen(tmp_path: Path) -> None:
    archive = coco(tmp_path / "coco", {"train": 6})
    (archive / "train2017").rename(tmp_path / "real")
    (archive / "train2017").symlink_to(tmp_path / "real")
    before = digests(archive)
    photograph(tmp_path / "real" / "000000000001.jpg", [(9.0, 9.0)])
    assert digests(archive) != before


@pytest.mark.parametrize("field", ["bbox", "keypoints"])
def test_changed_labels_are_seen_though_size_and_time_stay(field: str, tmp_path: Path) -> None:
    archive = coco(tmp_path / "coco", {"train": 6})
    path, before = coco_file(archive, "train"), digests(archive)
    about, held = path.stat(), json.loads(path.read_text())
    held["annotations"][2][field][-2 if field == "keypoints" else 2] += 1
    text = json.dumps(held)
    path.write_text(text.ljust(about.st_size))
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert digests(archive) != before


def test_photographs_that_nobody_uses_do_not_matter(tmp_path: Path, cuts: list[int]) -> None:
    archive = coco(tmp_path / "coco", {"train": 6})
    before = digests(archive)
    photograph(archive / "train2017" / "another.jpg", [])
    assert digests(archive) == before and len(cuts) == 3


def test_a_folder_that_takes_precedence_later_is_seen(tmp_path: Path) -> None:
    archive = coco(tmp_path / "coco", {"train": 6})
    before = digests(archive)
    shutil.copytree(archive / "train2017", archive / "images" / "train2017")
    photograph(archive / "images" / "train2017" / "000000000001.jpg", [(9.0, 9.0)])
    assert digests(archive) != before


def test_equal_relative_names_in_two_folders_are_two_archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for number in range(2):
        coco(tmp_path / str(number) / "coco", {"train": 6})
        if number:
            photograph(tmp_path / "1" / "coco" / "train2017" / "000000000001.jpg", [(9.0, 9.0)])
        monkeypatch.chdir(tmp_path / str(number))
        splits = source.load("coco:coco", size=(32, 24), cache=tmp_path / "kept")
        found.append(tuple(getattr(splits, split).digest for split in SPLITS))
    assert len(set(found)) == 2


@pytest.mark.parametrize("module", [crop, photographs])
def test_another_version_of_cutting_is_another_key(
    module: object, tmp_path: Path, cuts: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = coco(tmp_path / "coco", {"train": 6})
    digests(archive)
    monkeypatch.setattr(module, "VERSION", 99)
    digests(archive)
    assert len(cuts) == 6 and len(list((tmp_path / "kept").iterdir())) == 2


def test_mpii_and_its_other_files_are_followed(tmp_path: Path) -> None:
    archive = mpii(tmp_path / "mpii", {"annot/train.json": 6, "annot/valid.json": 6})
    before = digests(archive, kind="mpii")
    photograph(archive / "images" / "000001002.jpg", [(9.0, 9.0)], size=(160, 200))
    after = digests(archive, kind="mpii")
    assert after[0] == before[0] and after[1:] != before[1:]
    change(archive / "annot" / "train.json", [0, "scale"], 0.7)
    assert digests(archive, kind="mpii")[0] != after[0]


@pytest.mark.parametrize("damage", ["photographs", "states", "skeletons"])
def test_a_cache_without_its_facts_is_built_anew(damage: str, tmp_path: Path, cuts: list[int]) -> None:
    archive = coco(tmp_path / "coco", {"train": 6})
    before = digests(archive)
    (path,) = (tmp_path / "kept").iterdir()
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files if name != damage}
    with path.open("wb") as file:
        np.savez(file, **arrays)
    assert digests(archive) == before and len(cuts) == 6


def test_a_file_that_changes_while_it_is_read_is_read_again(tmp_path: Path) -> None:
    file, made = tmp_path / "a.jpg", []
    photograph(file, [(9.0, 9.0)])

    def make() -> list[object]:
        made.append(file.stat().st_mtime_ns)
        if len(made) == 1:
            time.sleep(0.02)
            photograph(file, [(50.0, 50.0)])
        return []

    for _ in range(3):
        cache.cached(tmp_path / "kept", "key", lambda: cache.Reading([file], make))  # type: ignore[arg-type]
    assert len(made) == 2
