"""People in their photographs: the same people as those who are trained on, and where they were cut out."""

from pathlib import Path

import archives_on_disk
import numpy as np
import pytest

from nasbench_pose.errors import DataError, UnknownNameError
from nasbench_pose.pose.located import locate
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
    located, loaded = locate(source, split, SIZE), getattr(load(source, size=SIZE, cache=tmp_path / "cache"), split)
    assert located.people.digest == loaded.digest


def test_those_of_lspet_are_the_same_to_a_rounding(real_data: Path, tmp_path: Path) -> None:
    source = f"lspet:{real_data / 'lspet'},train=1,val=20,test=1"
    located, loaded = locate(source, "val", SIZE), load(source, size=SIZE, cache=tmp_path).val
    np.testing.assert_allclose(located.people.joints, loaded.joints, atol=1e-3)
    np.testing.assert_array_equal(located.people.labelled, loaded.labelled)
    assert np.abs(located.people.images.astype(int) - loaded.images).max() <= 1


def test_there_and_back(coco: Path) -> None:
    located = locate(f"coco:{coco}", "all", SIZE)
    inside = np.array([crop.points(joints) for crop, joints in zip(located.crops, located.joints, strict=True)])
    np.testing.assert_allclose(located.in_photographs(inside), located.joints)
    np.testing.assert_allclose(
        inside[located.people.labelled], located.people.joints[located.people.labelled], rtol=1e-5
    )
    with pytest.raises(DataError, match=r"joints of 1 people, but \d+ crops"):
        located.in_photographs(inside[:1])


def test_held_out_people_stand_in_the_order_of_the_archive(tmp_path: Path) -> None:
    archives_on_disk.mpii(tmp_path, {"annot/train.json": 3, "annot/valid.json": 9})
    located = locate(f"mpii:{tmp_path}", "heldout", SIZE)
    names = [file.name for file in located.files]
    assert names == sorted(names) and len(names) == 9


def test_whose_photograph_is_missing_is_left_out_on_request(coco: Path) -> None:
    located = locate(f"coco:{coco}", "val", SIZE)
    located.files[0].unlink()
    with pytest.raises(DataError, match=r"is missing.*skip_bad=1"):
        locate(f"coco:{coco}", "val", SIZE)
    left = locate(f"coco:{coco},skip_bad=1", "val", SIZE)
    assert len(left.people) == len(left.files) == len(left.crops) < len(located.files)
    assert located.files[0] not in left.files


def test_what_cannot_be_is_named(coco: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"No group of people named 'vla'; known: all.*Did you mean 'val'"):
        locate(f"coco:{coco}", "vla", SIZE)
    drawn = locate("synthetic:train=1,val=1,test=1", "val", SIZE)
    with pytest.raises(DataError, match="synthetic have no COCO image ids"):
        as_coco(drawn, drawn.joints, np.ones((1, 14)))
