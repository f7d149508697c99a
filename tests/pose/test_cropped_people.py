"""People in their photographs: the same people as those who are trained on, and where they were cut out."""

from pathlib import Path

import archives_on_disk
import numpy as np
import pytest

from nasbench_pose.errors import DataError, UnknownNameError
from nasbench_pose.pose.cropped_people import crop_people
from nasbench_pose.pose.predictions import as_coco
from nasbench_pose.pose.source import load

SIZE = (48, 36)


@pytest.fixture
def coco(tmp_path: Path) -> Path:
    return archives_on_disk.coco(tmp_path, {"train": 4, "val": 6})


@pytest.mark.parametrize("split", ["train", "val", "test"])
@pytest.mark.parametrize("kind", ["coco", "mpii", "synthetic"])
def test_they_are_whom_evaluate_measures_on(kind: str, split: str, tmp_path: Path) -> None:
    if kind == "coco":
        archives_on_disk.coco(tmp_path, {"train": 4, "val": 6})
    if kind == "mpii":
        archives_on_disk.mpii(tmp_path, {"annot/train.json": 3, "annot/valid.json": 4})
    source = "synthetic:train=3,val=2,test=2" if kind == "synthetic" else f"{kind}:{tmp_path},train=3,val=2"
    cropped, loaded = (
        crop_people(source, split, SIZE),
        getattr(load(source, size=SIZE, cache=tmp_path / "cache"), split),
    )
    assert cropped.people.digest == loaded.digest


def test_those_of_lspet_are_the_same_to_a_rounding(real_data: Path, tmp_path: Path) -> None:
    source = f"lspet:{real_data / 'lspet'},train=1,val=20,test=1"
    cropped, loaded = crop_people(source, "val", SIZE), load(source, size=SIZE, cache=tmp_path).val
    np.testing.assert_allclose(cropped.people.joints, loaded.joints, atol=1e-3)
    np.testing.assert_array_equal(cropped.people.labelled, loaded.labelled)
    assert np.abs(cropped.people.images.astype(int) - loaded.images).max() <= 1


def test_there_and_back(coco: Path) -> None:
    cropped = crop_people(f"coco:{coco}", "all", SIZE)
    inside = np.array([crop.points(joints) for crop, joints in zip(cropped.crops, cropped.joints, strict=True)])
    np.testing.assert_allclose(cropped.in_photographs(inside), cropped.joints)
    np.testing.assert_allclose(
        inside[cropped.people.labelled], cropped.people.joints[cropped.people.labelled], rtol=1e-5
    )
    with pytest.raises(DataError, match=r"joints of 1 people, but \d+ crops"):
        cropped.in_photographs(inside[:1])


def test_held_out_people_stand_in_the_order_of_the_archive(tmp_path: Path) -> None:
    archives_on_disk.mpii(tmp_path, {"annot/train.json": 3, "annot/valid.json": 9})
    cropped = crop_people(f"mpii:{tmp_path}", "heldout", SIZE)
    names = [file.name for file in cropped.files]
    assert names == sorted(names) and len(names) == 9


def test_whose_photograph_is_missing_is_left_out_on_request(coco: Path) -> None:
    cropped = crop_people(f"coco:{coco}", "val", SIZE)
    cropped.files[0].unlink()
    with pytest.raises(DataError, match=r"is missing.*skip_bad=1"):
        crop_people(f"coco:{coco}", "val", SIZE)
    left = crop_people(f"coco:{coco},skip_bad=1", "val", SIZE)
    assert len(left.people) == len(left.files) == len(left.crops) < len(cropped.files)
    assert cropped.files[0] not in left.files


def test_what_cannot_be_is_named(coco: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"No group of people named 'vla'; known: all.*Did you mean 'val'"):
        crop_people(f"coco:{coco}", "vla", SIZE)
    drawn = crop_people("synthetic:train=1,val=1,test=1", "val", SIZE)
    with pytest.raises(DataError, match="synthetic have no COCO image ids"):
        as_coco(drawn, drawn.joints, np.ones((1, 14)))
