"""Loading people by a text, and keeping them on disk."""

import logging
import multiprocessing
import os
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nasbench_pose.errors import DataError, InvalidFileError, UnknownNameError
from nasbench_pose.pose import cache, source, synthetic
from nasbench_pose.pose.source import KINDS, Source

SMALL = "synthetic:train=6,val=3,test=2,seed=4"


def digests(text: str, folder: Path) -> tuple[str, str, str]:
    splits = source.load(text, size=(24, 24), cache=folder)
    return splits.train.digest, splits.val.digest, splits.test.digest


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_splits_are_independent_streams(tmp_path: Path) -> None:
    train, val, _ = digests(SMALL, tmp_path)
    assert train == synthetic.generate(6, seed=4, stream=0, size=(24, 24)).digest
    assert val == synthetic.generate(3, seed=4, stream=1, size=(24, 24)).digest
    assert digests(SMALL.replace("train=6", "train=9"), tmp_path)[1:] == digests(SMALL, tmp_path)[1:]


@given(st.fixed_dictionaries({name: st.integers(0, 9999) for name in KINDS["synthetic"].options}))
def test_the_canonical_text_is_read_back(options: dict[str, int]) -> None:
    written = Source("synthetic", None, options)
    assert Source.parse(written.text) == written
    spelt_out = "synthetic:" + ",".join(f"{name}={value}" for name, value in sorted(options.items()))
    assert Source.parse(spelt_out).text == written.text


def test_the_default_is_spelt_by_its_name() -> None:
    assert Source.parse(" synthetic ").text == "synthetic"
    assert Source.parse("synthetic:train=4000,val=1000,test=1000,seed=0").text == "synthetic"
    assert Source.parse("lspet:/some/where,train=20").text == "lspet:/some/where,train=20"


@pytest.mark.parametrize(
    "text, error, message",
    [
        ("synthetik", UnknownNameError, "No data set named 'synthetik'.*Did you mean 'synthetic'"),
        ("", UnknownNameError, "No data set named ''"),
        ("synthetic:trian=3", UnknownNameError, "No option of synthetic named 'trian'.*Did you mean 'train'"),
        ("synthetic:train=many", InvalidFileError, "'train=many' must be of the form train=number"),
        ("synthetic:train=-1", InvalidFileError, "not negative"),
        ("synthetic:train", InvalidFileError, "train=number"),
        ("lspet", InvalidFileError, "does not say where lspet is"),
        ("lspet:train=5", InvalidFileError, "does not say where lspet is"),
        ("lspet:/nowhere/at/all", DataError, "/nowhere/at/all/joints.mat does not exist"),
    ],
)
def test_errors_say_what_is_known(text: str, error: type[Exception], message: str, tmp_path: Path) -> None:
    with pytest.raises(error, match=message):
        source.load(text, cache=tmp_path)


def test_images_too_small_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidFileError, match="4 x 64 pixels"):
        source.load("synthetic", size=(4, 64), cache=tmp_path)


def test_what_is_kept_is_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = digests(SMALL, tmp_path)
    monkeypatch.setattr(synthetic, "generate", None)
    assert digests(SMALL, tmp_path) == first


@pytest.mark.parametrize(
    "other", [{"text": SMALL.replace("seed=4", "seed=5")}, {"size": (24, 32)}, {"version": synthetic.VERSION + 1}]
)
def test_everything_that_decides_is_in_the_key(
    other: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.load(SMALL, size=(24, 24), cache=tmp_path)
    monkeypatch.setattr(synthetic, "VERSION", other.get("version", synthetic.VERSION))
    source.load(str(other.get("text", SMALL)), size=other.get("size", (24, 24)), cache=tmp_path)  # type: ignore[arg-type]
    assert len(list(tmp_path.iterdir())) == 2


def test_a_changed_archive_is_read_again(tmp_path: Path) -> None:
    archive, folder = tmp_path / "archive", tmp_path / "kept"
    (archive / "images").mkdir(parents=True)
    joints = np.ones((14, 3, 12))
    joints[:, :2] = np.random.default_rng(0).uniform(10, 40, (14, 2, 12))
    scipy.io.savemat(archive / "joints.mat", {"joints": joints})
    for n in range(12):
        Image.new("RGB", (50, 50), (n, 0, 0)).save(archive / "images" / f"im{n + 1:05d}.jpg")
    before = digests(f"lspet:{archive}", folder)
    assert digests(f"lspet:{archive}", folder) == before
    for n in range(12):
        Image.new("RGB", (50, 50), (0, n, 200)).save(archive / "images" / f"im{n + 1:05d}.jpg")
    assert digests(f"lspet:{archive}", folder)[0] != before[0]


@pytest.mark.parametrize("how", ["truncated", "flipped", "empty", "garbage", "other arrays"])
def test_a_damaged_file_is_made_anew(how: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    first = digests(SMALL, tmp_path)
    path = only_file(tmp_path)
    content = bytearray(path.read_bytes())
    if how == "truncated":
        path.write_bytes(content[: len(content) // 2])
    elif how == "flipped":
        content[len(content) // 3] ^= 0x10
        path.write_bytes(content)
    elif how == "other arrays":
        np.savez(path, skeletons=np.array(["LSP14"]))
    else:
        path.write_bytes(b"" if how == "empty" else b"PK garbage")
    with caplog.at_level(logging.WARNING):
        assert digests(SMALL, tmp_path) == first
    assert "is built anew" in caplog.text
    assert digests(SMALL, tmp_path) == first and only_file(tmp_path) == path


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("in the way")
    with caplog.at_level(logging.WARNING):
        assert digests(SMALL, tmp_path / "file" / "below") == digests(SMALL, tmp_path / "fine")
    assert "cannot be written" in caplog.text


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    assert digests(SMALL, tmp_path) == tuple(
        synthetic.generate(n, seed=4, stream=stream, size=(24, 24)).digest for stream, n in enumerate((6, 3, 2))
    )
    assert list(tmp_path.iterdir()) == []


def test_processes_share_the_folder(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        answers = pool.starmap(digests, [(SMALL, tmp_path)] * 6)
    assert len(set(answers)) == 1 and only_file(tmp_path).suffix == ".npz"


def test_the_folder_can_be_named_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NASBENCH_POSE_CACHE", os.fspath(tmp_path / "here"))
    source.load(SMALL, size=(16, 16))
    assert only_file(tmp_path / "here").suffix == ".npz"
    monkeypatch.delenv("NASBENCH_POSE_CACHE")
    monkeypatch.setenv("HOME", os.fspath(tmp_path))
    assert cache.default_folder() == tmp_path / ".cache" / "nasbench-pose"


def test_nobody_is_kept_too(tmp_path: Path) -> None:
    def nobody() -> cache.Reading:
        return cache.Reading((), lambda: [synthetic.generate(0, seed=0)])

    first, again = cache.cached(tmp_path, "nobody", nobody), cache.cached(tmp_path, "nobody", nobody)
    assert len(first[0]) == len(again[0]) == 0 and first[0].digest == again[0].digest
