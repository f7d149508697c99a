"""Data sets with joints of their own, in files of their own."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from archives_on_disk import coco, coco_file, mpii
from PIL import Image

from nasbench_pose.errors import DataError, InvalidFileError
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.training import Training
from nasbench_pose.pose import coco_archive, mpii_archive, source
from nasbench_pose.pose.check import check
from nasbench_pose.pose.people import Splits
from nasbench_pose.pose.skeleton import COCO17, Skeleton
from nasbench_pose.pose.source import Source
from nasbench_pose.spaces import find

HAND = ["wrist", *(f"{finger}{n}" for finger in ("thumb", "index", "middle", "ring", "little") for n in range(1, 5))]
CROWD = [
    f"{side}_{joint}" for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle") for side in ("left", "right")
]
CROWD += ["head", "neck"]


def archive(folder: Path, names: list[str], category: dict[str, Any] | None = None, count: int = 12) -> Path:
    """Write `labels.json` of people with these joints, and their photographs in `photos`."""
    rng, known = np.random.default_rng(0), {"id": 3, "name": "hand", "keypoints": names} | (category or {})
    images, annotations = [], []
    (folder / "photos").mkdir(parents=True)
    for n in range(count):
        Image.fromarray(rng.integers(0, 255, (100, 120, 3), dtype=np.uint8)).save(folder / "photos" / f"{n}.png")
        joints = np.c_[rng.uniform([15, 15], [100, 85], (len(names), 2)), np.full(len(names), 2)]
        images.append({"id": n, "file_name": f"{n}.png", "width": 120, "height": 100})
        about = {"id": n, "image_id": float(n), "category_id": known["id"], "bbox": [10, 10, 100, 80]}
        annotations.append(about | {"keypoints": joints.ravel().tolist()})
    held = {"images": images, "annotations": annotations, "categories": [known]}
    (folder / "labels.json").write_text("\ufeff" + json.dumps(held), encoding="utf-8")
    return folder


def load(folder: Path, options: str = "") -> Splits:
    where = f"coco:{folder},train=labels.json,images=photos{options}"
    return source.load(where, size=(32, 32), cache=folder / "kept")


def test_a_hand_has_its_own_joints(tmp_path: Path) -> None:
    splits = load(archive(tmp_path, HAND, {"skeleton": [[1, 2], [2, 3]]}))
    assert splits.train.skeleton.joints == tuple(HAND) and splits.train.joints.shape[1:] == (21, 2)
    assert splits.train.skeleton.bones == ((0, 1), (1, 2)) and splits.train.skeleton.flip_pairs == ()
    named = archive(tmp_path / "named", HAND, {"skeleton": [HAND[:2], HAND[1:3]]})
    assert load(named).train.skeleton.bones == ((0, 1), (1, 2))
    assert len(splits.train) + len(splits.val) + len(splits.test) == 12 and min(len(splits.val), len(splits.test)) > 0
    assert load(tmp_path).train.skeleton == splits.train.skeleton, "from the cache"


def test_a_crowd_has_pairs_by_name_and_no_bones_that_are_anothers(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    skeleton = load(archive(tmp_path, CROWD, {"name": "person", "skeleton": [[16, 14], [14, 12]]})).train.skeleton
    assert skeleton.flip_pairs == tuple((n + 1, n) for n in range(0, 12, 2)) and skeleton.bones == ()
    assert "bones of joints that it does not have" in caplog.text
    assert sum(skeleton.upper_body) == 8 and skeleton.side(1) == "right" and skeleton.side(13) == "middle"


def test_bones_may_be_counted_from_zero(tmp_path: Path) -> None:
    assert load(archive(tmp_path, HAND, {"skeleton": [[0, 1], [1, 20]]})).train.skeleton.bones == ((0, 1), (1, 20))


def test_without_a_head_the_box_is_the_measure(tmp_path: Path) -> None:
    found = coco_archive.read(archive(tmp_path, HAND), options={"train": "labels.json", "images": "photos"})
    assert found.head_sizes == pytest.approx(0.4 * 100) and found.skeleton.metric == "PCK@0.2 of the box"


@pytest.mark.parametrize(
    "field, ends, factor", [("head", ["head", "neck"], 0.75), ("torso", ["left_shoulder", "right_hip"], 0.4)]
)
def test_a_head_or_a_torso_is_the_measure(field: str, ends: list[str], factor: float, tmp_path: Path) -> None:
    archive(tmp_path, CROWD)
    (tmp_path / "s.toml").write_text(f"{field} = {json.dumps(ends)}\n")
    options = {"train": "labels.json", "images": "photos", "skeleton": "s.toml"}
    found = coco_archive.read(tmp_path, options=options)
    one, other = (CROWD.index(end) for end in ends)
    lengths = np.linalg.norm(found.joints[:, one] - found.joints[:, other], axis=1)
    expected = factor * np.maximum(lengths, np.median(lengths) / 2)
    assert found.head_sizes == pytest.approx(expected)
    assert found.skeleton.metric == ("PCKh@0.5" if field == "head" else "PCK@0.2 of the torso")


def test_coordinates_without_a_flag_are_one_line(tmp_path: Path) -> None:
    archive(tmp_path, HAND)
    held = json.loads((tmp_path / "labels.json").read_text(encoding="utf-8-sig"))
    for annotation in held["annotations"]:
        annotation["keypoints"] = [[5, 6]] * 20
    (tmp_path / "labels.json").write_text(json.dumps(held))
    with pytest.raises(DataError, match="has annotations with 40 numbers as 'keypoints'; expected x, y and a flag"):
        load(tmp_path)


def test_the_toml_file_says_what_the_category_does_not(tmp_path: Path) -> None:
    archive(tmp_path, HAND, {"keypoints": None})
    with pytest.raises(DataError, match=r"category 'hand' of .* does not name its 21 joints; .*skeleton=hand.toml"):
        load(tmp_path)
    sigmas = [0.03] * 21
    (tmp_path / "hand.toml").write_text(
        f'\ufeffname = "left hand"\njoints = {json.dumps(HAND)}\nbones = [["wrist", "thumb1"]]\nsigmas = {sigmas}\n'
        'flip_pairs = [["thumb1", "little1"]]\nlower_body = ["wrist"]\n', encoding="utf-8"
    )  # fmt: skip
    skeleton = load(tmp_path, ",skeleton=hand.toml").train.skeleton
    assert (skeleton.name, skeleton.bones, skeleton.flip_pairs) == ("left hand", ((0, 1),), ((1, 17),))
    assert skeleton.sigmas == tuple(sigmas) and not skeleton.upper_body[0] and Skeleton.parse(skeleton.text) == skeleton


@pytest.mark.parametrize(
    "said, error",
    [
        (
            'bones = [["wrist", "thum1"]]',
            r"'bones' names 'thum1', which is not a joint of the skeleton. Did you mean 'thumb1'",
        ),
        ('bones = [["wrist"]]', "must be a list of pairs of joints"),
        ("bones = 3", "must be a list of pairs"),
        ('flip_pairs = [["thumb1", "thumb2"], ["thumb1", "thumb3"]]', "a joint in two pairs"),
        ("sigmas = [0.1]", "'sigmas' must be 21 positive numbers"),
        (f"sigmas = {[0.0] * 21}", "'sigmas' must be 21 positive numbers"),
        ("sigma = [0.1]", r"a skeleton has no 'sigma'; known: .*Did you mean 'sigmas'"),
        ("bones = [", "cannot be read as TOML"),
        ('lower_body = "wrist"', "expected a list of joints"),
    ],
)
def test_a_wrong_toml_file_is_one_line(said: str, error: str, tmp_path: Path) -> None:
    archive(tmp_path, HAND)
    (tmp_path / "s.toml").write_text(said)
    with pytest.raises(InvalidFileError, match=error) as found:
        load(tmp_path, ",skeleton=s.toml")
    assert "\n" not in str(found.value) and "s.toml" in str(found.value)


def test_a_skeleton_is_looked_for_beside_the_file_with_the_labels(tmp_path: Path) -> None:
    archive(tmp_path, HAND)
    (tmp_path / "s.toml").write_text(f"sigmas = {[0.03] * 21}")
    where = f"coco:{tmp_path / 'labels.json'},images=photos,skeleton=s.toml"
    assert source.load(where, size=(32, 32), cache=tmp_path / "kept").train.skeleton.sigmas == (0.03,) * 21


def test_two_skeletons_are_two_protocols(tmp_path: Path) -> None:
    archive(tmp_path, CROWD)
    (tmp_path / "s.toml").write_text('flip_pairs = [["left_hip", "right_hip"]]')
    assert load(tmp_path).train.digest != load(tmp_path, ",skeleton=s.toml").train.digest


def test_networks_train_on_it_with_that_many_maps(tmp_path: Path) -> None:
    where = f"coco:{archive(tmp_path, HAND)},train=labels.json,images=photos"
    evaluator = Training(where, Protocol(steps=1, batch=4, input=(32, 32)))()
    trial = evaluator.evaluate(find("micro-smallest"), fidelity=1, seed=0)
    assert trial.error is None and evaluator.network(find("micro-smallest"), 0).graph.output.shape[0] == 21
    assert evaluator.protocol.metric == "PCK@0.2 of the box" and evaluator.protocol.data == "coco"
    assert evaluator.title == "hand, 21 joints, 32×32, 1 steps of 4, PCK@0.2 of the box"
    assert evaluator.protocol.title == "joints of one's own 32×32, 1 steps of 4, PCK@0.2 of the box"


def test_a_check_tells_of_the_skeleton_and_leaves_out_what_it_lacks(tmp_path: Path) -> None:
    found = check(f"coco:{archive(tmp_path, HAND)},train=labels.json,images=photos").findings
    assert found.skeleton == "hand, 21 joints, 0 pairs of left and right, 0 bones; PCK@0.2 of the box"
    assert not any(
        found.suspicious[test] for test in ("head of no size", "torso of no size", "left and right look swapped")
    )


@pytest.mark.parametrize("identity", [0, 2, 7.0, "1"])
def test_a_person_is_a_person_by_name(identity: object, tmp_path: Path) -> None:
    path = coco_file(coco(tmp_path, {"train": 6}), "train")
    before = len(coco_archive.read(tmp_path))
    held = json.loads(path.read_text())
    held["categories"] = [{"id": 99, "name": "dog"}, {"id": identity, "name": " Person"}]
    for annotation in held["annotations"]:
        annotation["category_id"] = identity
    dog = {"id": 99, "image_id": held["images"][0]["id"], "category_id": 99, "bbox": [0, 0, 9, 9], "area": 81}
    held["annotations"] += [dog, dog | {"keypoints": []}, dog | {"keypoints": None}, dog | {"category_id": identity}]
    path.write_text(json.dumps(held))
    found = coco_archive.read(tmp_path)
    assert len(found) == before and found.skeleton == COCO17


def test_several_categories_with_joints_have_to_be_chosen_from(tmp_path: Path) -> None:
    archive(tmp_path, HAND)
    held = json.loads((tmp_path / "labels.json").read_bytes())
    foot = [held["annotations"][0] | {"category_id": 8, "id": 99, "keypoints": [9, 9, 2] * 2}]
    held["categories"].append({"id": 8, "name": "foot", "keypoints": ["heel", "toe"]})
    held["annotations"] += foot
    (tmp_path / "labels.json").write_text(json.dumps(held))
    with pytest.raises(
        DataError, match="several categories with joints; say which one with category=NAME: 'foot', 'hand'"
    ):
        load(tmp_path)
    assert len(load(tmp_path, ",category=foot").train.skeleton.joints) == 2
    with pytest.raises(DataError, match=r"no category 'foto'; it has 'foot', 'hand'. Did you mean 'foot'"):
        load(tmp_path, ",category=foto")


IMAGES = [
    ({"file_name": None}, r"'file_name' is null; expected the name of a file"),
    ({"file_name": ""}, "expected the name of a file"),
    ({"width": 0}, r"'width' is 0; expected a positive number"),
    ({"height": "100"}, "'height' is \"100\", not a number"),
    ({"id": 1}, r"has the id 1 of another image, '1.png'"),
]


@pytest.mark.parametrize("changed, said", IMAGES)
def test_a_wrong_image_is_named_or_its_people_left_out(changed: dict[str, object], said: str, tmp_path: Path) -> None:
    path = archive(tmp_path, HAND) / "labels.json"
    held = json.loads(path.read_bytes())
    held["images"][2] |= changed
    path.write_text(json.dumps(held))
    with pytest.raises(DataError, match=f"{said}.*skip_bad=1"):
        load(tmp_path)
    left = load(tmp_path, ",skip_bad=1")
    assert 9 <= len(left.train) + len(left.val) + len(left.test) <= 11


def test_windows_separators_and_folders_below(tmp_path: Path) -> None:
    path = archive(tmp_path, HAND) / "labels.json"
    before = load(tmp_path).train.digest
    held = json.loads(path.read_bytes())
    (tmp_path / "photos" / "of me").mkdir()
    for image in held["images"]:
        (tmp_path / "photos" / image["file_name"]).rename(tmp_path / "photos" / "of me" / image["file_name"])
        image["file_name"] = f"of me\\{image['file_name']}"
    path.write_text(json.dumps(held))
    assert load(tmp_path).train.digest == before


def test_one_file_is_enough_and_three_are_kept_apart(tmp_path: Path) -> None:
    archive(tmp_path, HAND)
    (tmp_path / "photos").rename(tmp_path / "images")
    assert len(source.load(f"coco:{tmp_path / 'labels.json'}", size=(32, 32), cache=tmp_path / "kept").train) > 6
    held = json.loads((tmp_path / "labels.json").read_bytes())
    for n, split in enumerate(("a", "b", "c")):
        (tmp_path / f"{split}.json").write_text(
            json.dumps(held | {"annotations": held["annotations"][4 * n : 4 * n + 4 - n]})
        )
    splits = source.load(
        f"coco:{tmp_path},train=a.json,val=b.json,test=c.json,train=3", size=(32, 32), cache=tmp_path / "kept"
    )
    assert (len(splits.train), len(splits.val), len(splits.test)) == (3, 3, 2)


@pytest.mark.parametrize("name", ["a=b", "a,b", "a,b=c,train=3", "with a space", "größe-人"])
def test_folders_of_any_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive(tmp_path / name, HAND)
    splits = load(tmp_path / name, ",val=1")
    assert len(splits.val) == 1 and Source.parse(splits.source).place == tmp_path / name
    monkeypatch.chdir(tmp_path)
    assert Source.parse(Source.parse(f"coco:./{name},val=1").text).place == Path(name)


@pytest.mark.parametrize("place", ["annot/trainval.json", "trainval.json", "annotations/mpii_trainval.json"])
def test_mpii_in_one_file(place: str, tmp_path: Path) -> None:
    archive = mpii(tmp_path, {place: 12})
    assert sorted(set(mpii_archive.read(archive).splits)) == ["test", "train", "val"]
    whole = source.load(f"mpii:{tmp_path / place}", size=(32, 32), cache=tmp_path / "kept")
    assert whole.train.digest == source.load(f"mpii:{tmp_path}", size=(32, 32), cache=tmp_path / "kept").train.digest


def test_files_of_mpii_by_their_names(tmp_path: Path) -> None:
    mpii(tmp_path, {"mine.json": 5, "theirs.json": 6})
    splits = source.load(f"mpii:{tmp_path},train=mine.json,val=theirs.json", size=(32, 32), cache=tmp_path / "kept")
    assert len(splits.train) == 5 and len(splits.val) + len(splits.test) == 6


@pytest.mark.parametrize(
    "text, said",
    [
        ("coco:{},train=no.json", "There is no file .*no.json; expected one with labels"),
        ("coco:{},train=labels.json,images=no", "There is no folder .*no; expected the one with the photographs"),
        ("coco:{}", r"has no annotations/person_keypoints_.*train=labels.json,images=FOLDER"),
        ("coco:{},train=labels.json,images=photos,skeleton=no.toml", "There is no file .*no.toml; expected a skeleton"),
        ("coco:{},image=photos", "No option of coco named 'image'.*Did you mean 'images'"),
        ("coco:{},train=-3", "must be of the form train=number, a whole number that is not negative or train=text"),
        ("lspet:{},train=a.json", "must be of the form train=number"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_named(text: str, said: str, tmp_path: Path) -> None:
    archive(tmp_path, HAND)
    with pytest.raises((DataError, InvalidFileError, LookupError), match=said):
        source.load(text.format(tmp_path), size=(32, 32), cache=tmp_path / "kept")
