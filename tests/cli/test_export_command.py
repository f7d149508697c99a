"""`export`: the file, what is said of it, and what is refused."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from commands import Run, finish

from nasbench_pose.network import build
from nasbench_pose.spaces import find


def test_what_is_printed_and_what_is_in_the_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "new" / "net.onnx"
    title, images, heatmaps, error = run("export", "micro-smallest", "--out", path, "--joints", "3").splitlines()
    assert title == f"{path}: micro-smallest, ONNX opset 17"
    assert images.split() == ["input", "images,", "float32,", "batch", "×", "3", "×", "64", "×", "64"]
    assert heatmaps.split() == ["output", "heatmaps,", "float32,", "batch", "×", "3", "×", "16", "×", "16"]
    assert "differ by at most" in error
    session = onnxruntime.InferenceSession(path)
    assert session.get_modelmeta().custom_metadata_map["genotype"] == find("micro-smallest").text


def test_what_the_options_change(run: Run, tmp_path: Path) -> None:
    plain, other = tmp_path / "plain.onnx", tmp_path / "other.onnx"
    run("export", "micro-smallest", "--out", plain)
    title, images, *_ = run(
        "export", "micro-smallest", "--out", other, "--opset", "13", "--dynamic", "--half"
    ).splitlines()
    assert title == f"{other}: micro-smallest, ONNX opset 13, float16 inside"
    assert images.split()[3:] == ["batch", "×", "3", "×", "height", "×", "width"]
    assert other.stat().st_size < 0.7 * plain.stat().st_size
    session = onnxruntime.InferenceSession(other)
    (heatmaps,) = session.run(None, {"images": np.zeros((3, 3, 96, 32), "float32")})
    assert (heatmaps.dtype, heatmaps.shape) == (np.float32, (3, 14, 24, 8))


def test_weights_from_a_checkpoint_are_in_the_file(run: Run, tmp_path: Path) -> None:
    network = build(find("micro-middle"), joints=5, seed=3).eval()
    torch.save(network.state_dict(), tmp_path / "w.pt")
    given = ("--weights", tmp_path / "w.pt", "--out", tmp_path / "x.onnx")
    told = json.loads(run("export", "micro-middle", *given, "--json"))
    assert (told["weights"], told["path"]) == ("w.pt", str(tmp_path / "x.onnx"))
    images = torch.randn(2, 3, 64, 64)
    (theirs,) = onnxruntime.InferenceSession(told["path"]).run([told["output"]], {told["input"]: images.numpy()})
    assert np.allclose(theirs, network(images).detach().numpy(), atol=1e-6)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["micro-smalest", "--out", "x.onnx"], "Did you mean 'micro-smallest'?"),
        (["micro-smallest"], "Missing option '--out'"),
        (["micro-smallest", "--out", "x.tflite"], "x.tflite does not end with .onnx"),
        (["micro-smallest", "--out", "x.onnx", "--opset", "10"], "10 is not in the range 11<=x<=20"),
        (["micro-smallest", "--out", "x.onnx", "--opset", "21"], "21 is not in the range 11<=x<=20"),
        (["heads-simcc", "--out", "x.onnx", "--input", "64x64", "--dynamic"], "takes 64×64 pixels only"),
        (["micro-smallest", "--out", "."], "'.' is a folder"),
        (["micro-smallest", "--out", "/dev/null/x.onnx"], "cannot be written"),
        (["micro-smallest", "--out", "x.onnx", "--weights", "w.pt"], "No weights file 'w.pt'. Did you mean 'ww.pt'?"),
        (["micro-smallest", "--out", "x.onnx", "--weights", "ww.pt"], "ww.pt does not hold weights; expected"),
        (["micro-smallest", "--out", "x.onnx", "--weights", "middle.pth"], "does not fit micro-smallest: "),
        (["micro-middle", "--out", "x.onnx", "--weights", "middle.pth", "--joints", "5"], "for 14 joints, not for 5"),
        (["hrnet-w32", "--out", "x.onnx", "--input", "50x50"], "An input of 50×50 pixels does not fit"),
    ],
)
def test_a_slip_is_answered_with_what_would_do(
    args: list[str], said: str, refused: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("ww.pt").write_text("weights")
    torch.save(build(find("micro-middle")).state_dict(), "middle.pth")
    assert said in refused("export", *args)
    assert not Path("x.onnx").exists()


def test_the_program_prints_nothing_else(tmp_path: Path) -> None:
    status, out, err = finish("export", "micro-smallest", "--out", "x.onnx", cwd=tmp_path)
    assert (status, out.count("\n")) == (0, 4)
    assert err == "These weights are random, not trained; read trained ones with --weights.\n"
