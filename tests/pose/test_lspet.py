"""LSPET: the real archive, and small broken ones."""

import logging
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nasbench_pose.errors import DataError
from nasbench_pose.pose import lspet
from nasbench_pose.pose.crop import Crop, around

EVERYBODY = (10**9, 10**9, 10**9)
N = 40


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Forty images with a white dot at the neck (joint 12); the left wrist is never annotated."""
    rng = np.random.default_rng(0)
    (tmp_path / "images").mkdir()
    joints = np.ones((14, 3, N))
    joints[:, :2] = rng.uniform(20, 80, (14, 2, N))
    joints[11, 2] = 0
    joints[11, :2] = -500
    y, x = np.mgrid[:110, :100]
    for number in range(N):
        neck = joints[12, :2, number]
        dot = 255 * np.exp(-((x - neck[0]) ** 2 + (y - neck[1]) ** 2) / 18)
        Image.fromarray(np.repeat(dot[..., None], 3, 2).astype(np.uint8)).save(image(tmp_path, number), quality=95)
    scipy.io.savemat(tmp_path / "joints.mat", {"joints": joints})
    return tmp_path


def image(folder: Path, number: int) -> Path:
    return folder / "images" / f"im{number + 1:05d}.jpg"


def load(folder: Path, *, skip_bad: bool = False) -> list[lspet.People]:
    return lspet.load(folder, size=(64, 64), limits=EVERYBODY, skip_bad=skip_bad)


def write_split(folder: Path, rows: list[str], header: str = "image,split,suspect") -> None:
    (folder / "split.csv").write_text("\n".join([header, *rows]) + "\n")


def test_joints_move_with_the_pixels(archive: Path) -> None:
    for people in load(archive):
        weights = (people.images[..., 0].astype(float) / 255) ** 4
        y, x = np.mgrid[:64, :64]
        total = weights.sum(axis=(1, 2))
        found = np.stack([(weights * x).sum(axis=(1, 2)) / total, (weights * y).sum(axis=(1, 2)) / total], axis=1)
        assert np.abs(found - people.joints[:, 12])[inner(people.joints[:, 12])].max() < 0.15


def inner(points: np.ndarray) -> np.ndarray:
    return np.asarray(((points > 8) & (points < 55)).all(axis=1))


def test_not_annotated_is_not_labelled(archive: Path) -> None:
    people = load(archive)[0]
    assert not people.labelled[:, 11].any() and people.labelled.sum(axis=1).tolist() == [13] * len(people)
    assert np.array_equal(people.visible, people.labelled)


def test_everybody_is_in_one_split_by_the_hash_of_the_name(archive: Path) -> None:
    splits = load(archive)
    assert sum(map(len, splits)) == N and len(splits[0]) > len(splits[1]) + len(splits[2])
    digests = [people.take([i]).digest for people in splits for i in range(len(people))]
    assert len(set(digests)) == N


def test_a_hash_split_gives_eighty_ten_ten(tmp_path: Path) -> None:
    split = lspet.assign(tmp_path / "absent.csv", 20_000)
    assert [split.count(name) / 20_000 for name in lspet.SPLITS] == pytest.approx([0.8, 0.1, 0.1], abs=0.01)
    assert lspet.assign(tmp_path / "absent.csv", 100) == split[:100]


def test_limits_keep_the_first(archive: Path) -> None:
    whole, few = load(archive)[0], lspet.load(archive, size=(64, 64), limits=(3, 0, 1))
    assert [len(people) for people in few] == [3, 0, 1]
    assert few[0].digest == whole.take(range(3)).digest


def test_split_csv_is_followed(archive: Path) -> None:
    rows = [f"{image(archive, n).name},{'train' if n < 10 else 'val'},{int(n % 10 == 0)}" for n in range(N)]
    write_split(archive, rows)
    split = lspet.assign(archive / "split.csv", N)
    assert [split[n] for n in (0, 10, 20, 30)] == [""] * 4 and split.count("train") == 9
    assert split.count("val") + split.count("test") == 27 and min(split.count("val"), split.count("test")) > 5


def test_a_test_split_of_its_own_is_kept(archive: Path) -> None:
    names = ["train"] * 20 + ["val"] * 10 + ["test"] * 10
    write_split(archive, [f"{image(archive, n).name},{name},0" for n, name in enumerate(names)])
    assert lspet.assign(archive / "split.csv", N) == names


@pytest.mark.parametrize(
    "rows, header, message",
    [
        (["im00001.jpg,train"], "image,split", "columns image,split,suspect"),
        (["im00001.jpg,train,maybe"], "image,split,suspect", "columns image,split,suspect"),
        (["im00001.jpg,trian,0"], "image,split,suspect", "names the split 'trian'"),
    ],
)
def test_a_wrong_split_file_is_named(archive: Path, rows: list[str], header: str, message: str) -> None:
    write_split(archive, rows, header)
    with pytest.raises(DataError, match=message):
        load(archive)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere.joints.mat does not exist; expected the folder"):
        load(tmp_path / "nowhere")


@pytest.mark.parametrize("content", [b"", b"not a MATLAB file", b"MATLAB 5.0 MAT-file" + bytes(200)])
def test_unreadable_labels_are_named(archive: Path, content: bytes) -> None:
    (archive / "joints.mat").write_bytes(content)
    with pytest.raises(DataError, match=r"joints.mat (cannot be read|has no variable)"):
        load(archive)


def test_labels_of_another_shape_are_named(archive: Path) -> None:
    scipy.io.savemat(archive / "joints.mat", {"joints": np.ones((3, 14, 5))})
    with pytest.raises(DataError, match=r"\(14, 3, N\), not \(3, 14, 5\). That is the axis order of LSP"):
        load(archive)
    scipy.io.savemat(archive / "joints.mat", {"labels": np.ones(3)})
    with pytest.raises(DataError, match="no variable 'joints'"):
        load(archive)


def damage(archive: Path, how: str) -> None:
    path = image(archive, 3)
    if how == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: {"truncated": 700, "empty": 0, "head": 10}[how]])


@pytest.mark.parametrize("how", ["missing", "truncated", "empty", "head"])
def test_a_bad_image_is_named_or_left_out(archive: Path, how: str, caplog: pytest.LogCaptureFixture) -> None:
    damage(archive, how)
    with pytest.raises(DataError, match=r"im00004.jpg (is missing|cannot be read).*skip_bad=1"):
        load(archive)
    with caplog.at_level(logging.WARNING):
        assert sum(map(len, load(archive, skip_bad=True))) == N - 1
    assert "1 of " in caplog.text and "im00004.jpg" in caplog.text


def test_an_image_without_labels_is_left_out(archive: Path) -> None:
    joints = scipy.io.loadmat(archive / "joints.mat")["joints"]
    joints[:, 2, 5] = 0
    scipy.io.savemat(archive / "joints.mat", {"joints": joints})
    assert sum(map(len, load(archive))) == N - 1


def test_head_sizes_have_a_floor_and_a_stand_in() -> None:
    joints = np.full((3, 14, 2), np.nan)
    joints[:, 0], joints[:, 12] = (0, 100), (0, 0)
    joints[0, 13], joints[1, 13] = (0, -20), (0, -1)
    assert lspet.head_size(joints) == pytest.approx([0.75 * 20, 0.08 * 101, 0.14 * 100])


@given(
    left=st.floats(-60, 90), top=st.floats(-60, 90), scale=st.floats(0.3, 3), size=st.sampled_from([(64, 64), (48, 64)])
)
def test_a_crop_carries_a_ramp_to_itself(left: float, top: float, scale: float, size: tuple[int, int]) -> None:
    """Red is x, green is y: so each pixel of a crop says where it comes from."""
    y, x = np.mgrid[:120, :120].astype(np.uint8)
    photograph = Image.fromarray(np.stack([x, y, x], axis=-1))
    crop = Crop(left, top, scale, size)
    pixels = crop.pixels(photograph).astype(float)
    assert pixels.shape == (*size, 3)
    rows, columns = np.mgrid[: size[0], : size[1]]
    back = crop.points(pixels[..., :2])
    inside = ((pixels[..., :2] > 2 + scale) & (pixels[..., :2] < 117 - scale)).all(axis=-1)
    error = np.abs(back - np.stack([columns, rows], axis=-1))[inside] * scale
    assert error.size == 0 or error.max() < 0.75, "bytes round to half a pixel of the photograph"


def test_a_crop_has_room_around_the_labelled_joints() -> None:
    rng = np.random.default_rng(0)
    for size in ((64, 64), (96, 64)):
        joints = rng.uniform(0, 100, (14, 2))
        joints[3] = np.nan
        moved = around(joints, size).points(joints)
        low, high = np.nanmin(moved, axis=0), np.nanmax(moved, axis=0)
        assert max((high - low) / [size[1], size[0]]) == pytest.approx(1 / 1.25)
        assert (low + high) / 2 == pytest.approx([(size[1] - 1) / 2, (size[0] - 1) / 2])


def test_the_real_archive(real_data: Path) -> None:
    few = lspet.load(real_data / "lspet", size=(64, 64), limits=(150, 40, 40))
    assert [len(people) for people in few] == [150, 40, 40]
    for people in few:
        inside = people.joints[people.labelled]
        assert (inside > 0).all() and (inside < 63).all()
        assert 0.8 < people.labelled.mean() < 0.95
        assert 5 < np.median(people.head_sizes) < 11
        span = inside_span(people)
        assert np.allclose(span, 64 / 1.25, atol=1e-3)


def inside_span(people: lspet.People) -> np.ndarray:
    marked = np.where(people.labelled[..., None], people.joints, np.nan)
    return np.asarray((np.nanmax(marked, axis=1) - np.nanmin(marked, axis=1)).max(axis=1))


def test_the_real_split_leaves_out_the_suspects(real_data: Path) -> None:
    labels = lspet.read_labels(real_data / "lspet" / "joints.mat")
    split = lspet.assign(real_data / "lspet" / "split.csv", len(labels))
    assert split.count("train") == 7834 and split.count("val") + split.count("test") == 987
    assert abs(split.count("val") - split.count("test")) < 100


@pytest.mark.parametrize("joint", ["neck", "head_top", "r_ankle", "l_wrist"])
def test_real_people_have_their_joints_where_people_have_them(real_data: Path, joint: str) -> None:
    """Over all people, heads are mostly above and ankles mostly below the middle of their crops."""
    labels = lspet.read_labels(real_data / "lspet" / "joints.mat")
    middle = np.nanmean(labels, axis=1)
    above = labels[:, lspet.LSP14.joints.index(joint), 1] < middle[:, 1]
    assert above.mean() > 0.5 if joint in ("neck", "head_top") else above.mean() < 0.6
