"""Files of weights: every format is read, none of their code is run, and what is wrong with one is one line."""

import argparse
import collections
import gzip
import io
import os
import pathlib
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, UnknownNameError
from nasbench_pose.network.checkpoint import read, save

WEIGHTS = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.ones(2)}


class Code:
    """Pickles as a call of a function, which whoever reads it without care runs."""

    def __init__(self, function: Any, text: str) -> None:
        self.call = function, (text,)

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return self.call


@pytest.mark.parametrize("name", ["w.safetensors", "w.pt", "w.pth"])
def test_what_is_saved_is_read(name: str, tmp_path: Path) -> None:
    save(WEIGHTS, tmp_path / name, {"seed": "3"})
    again = read(tmp_path / name)
    held = again.held.get("state_dict", again.held)
    assert again.about == {"seed": "3"} and all(torch.equal(held[key], value) for key, value in WEIGHTS.items())


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"'\.h5'; known: \.pt, \.pth, \.safetensors"):
        save(WEIGHTS, tmp_path / "w.h5", {})


def test_the_format_before_zip_is_read(tmp_path: Path) -> None:
    torch.save(WEIGHTS, tmp_path / "pose_resnet.pth.tar", _use_new_zipfile_serialization=False)
    assert list(read(tmp_path / "pose_resnet.pth.tar").held) == list(WEIGHTS)


@pytest.mark.parametrize(
    "beside",
    [np.float64(0.7), np.float32(1), np.int64(2), np.bool_(True), np.arange(3), argparse.Namespace(lr=0.1),
     pathlib.PurePosixPath("/data"), collections.defaultdict(list, epochs=[1])],
)  # fmt: skip
def test_what_training_scripts_save_beside_the_weights_is_passed_over(beside: Any, tmp_path: Path) -> None:
    torch.save({"state_dict": WEIGHTS, "beside": beside, "epoch": 3}, tmp_path / "c.pth")
    held = read(tmp_path / "c.pth").held
    assert torch.equal(held["state_dict"]["a.bias"], WEIGHTS["a.bias"]) and held["epoch"] == 3


@pytest.mark.parametrize("function", [os.system, eval, exec])
@pytest.mark.parametrize("writer", ["zip", "old", "pickle"])
def test_no_code_of_a_file_is_run(function: Any, writer: str, tmp_path: Path) -> None:
    mark, path = tmp_path / "ran", tmp_path / "c.pth"
    text = f"touch {mark}" if function is os.system else f"open({str(mark)!r}, 'w')"
    held = {"state_dict": WEIGHTS, "x": Code(function, text)}
    if writer == "pickle":
        path.write_bytes(pickle.dumps(Code(function, text)))
    else:
        torch.save(held, path, _use_new_zipfile_serialization=writer == "zip")
    with pytest.raises(InvalidFileError, match=r"c\.pth does not hold weights; "):
        read(path)
    assert not mark.exists()


def test_a_pickled_network_is_refused_with_what_would_do(tmp_path: Path) -> None:
    torch.save(torch.nn.Sequential(torch.nn.ReLU()), tmp_path / "net.pth")
    with pytest.raises(InvalidFileError, match=r"code would have to run \(torch\.nn\..*state_dict\(\)"):
        read(tmp_path / "net.pth")


def written(**options: Any) -> bytes:
    file = io.BytesIO()
    torch.save(WEIGHTS, file, **options)
    return file.getvalue()


def arrays() -> bytes:
    file = io.BytesIO()
    np.savez(file, **{"conv.weight": np.zeros(2), "conv.bias": np.zeros(1)})  # type: ignore[arg-type]
    return file.getvalue()


def zipped_again(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("w.pth", content)
    return file.getvalue()


def contents(tmp_path: Path) -> dict[str, bytes]:
    """Return files that hold no weights, by what is said of them."""
    torch.save(WEIGHTS, tmp_path / "w.pth")
    torch.save(WEIGHTS, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    save_file(WEIGHTS, tmp_path / "w.safetensors")
    zipped, old, safe = ((tmp_path / name).read_bytes() for name in ("w.pth", "old.pth", "w.safetensors"))
    return {
        "is empty": b"",
        "cut off or damaged .File is not a zip": zipped[: len(zipped) // 2],
        "cut off or damaged .*zip file": zipped[:-30],
        "c.pth does not hold weights; it is cut off": old[: len(old) - 40],
        "cannot be read as safetensors": safe[:-5],
        "cannot be read as safetensors; is it cut off": safe[:60],
        "compressed by gzip": gzip.compress(zipped),
        "a pointer of Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:0",
        "an HTML or XML page": b"<!DOCTYPE html><html></html>",
        "looks like an ONNX file": b"\x08\x08\x12\x07pytorch",
        "a pickle that torch.save did not write": pickle.dumps(WEIGHTS["a.bias"].tolist(), protocol=2),
        "pickled with a protocol above 2.*without pickle_protocol": written(pickle_protocol=4),
        "holds arrays of NumPy .conv.weight.npy, ": arrays(),
        "a plain archive .w.pth, ": zipped_again(zipped),
        "the index of weights in several files": b'{"metadata": {}, "weight_map": {"a": "model-00001-of-00002.bin"}}',
        "HDF5": b"\x89HDF\r\n\x1a\n",
        "does not hold weights; expected a state dict": b"weights",
    }


@pytest.mark.parametrize("number", range(17))
def test_a_file_of_another_kind_is_one_line(number: int, tmp_path: Path) -> None:
    words, content = list(contents(tmp_path).items())[number]
    (tmp_path / "c.pth").write_bytes(content)
    with pytest.raises(InvalidFileError, match=words) as error:
        read(tmp_path / "c.pth")
    assert "\n" not in str(error.value)


def test_an_archive_that_unpacks_without_end_is_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.pth", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"archive/{number}", b"\0" * 10**8)
    with pytest.raises(InvalidFileError, match="unpacks to 300,000,000"):
        read(tmp_path / "bomb.pth")


def test_folders_and_missing_files(tmp_path: Path) -> None:
    torch.save(WEIGHTS, tmp_path / "small.pt")
    with pytest.raises(InvalidFileError, match="is a folder; expected a state dict"):
        read(tmp_path)
    with pytest.raises(NasbenchPoseError, match=r"No weights file .*Did you mean .*small\.pt"):
        read(tmp_path / "smal.pt")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("ending", [".pt", ".safetensors"])
def test_a_full_disk_is_an_oserror_and_leaves_no_half_file(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"w{ending}"
    path.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        save({"bias": torch.ones(2)}, path, {})
    assert not path.exists()
