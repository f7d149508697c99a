"""`train` keeps a network in a folder, which the other commands take."""

import json
from pathlib import Path

import pytest
from commands import TINY, Run, call

NET, DATA = "micro-smallest", ("--data", "synthetic:train=64,val=16,test=16")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained network."""
    path = tmp_path_factory.mktemp("trained")
    status, out, err = call("train", NET, *TINY, "--out", "net", "--db", "runs.db", cwd=path)
    assert status == 0, err
    assert out.startswith("net: micro-smallest, synthetic people 64×64, 3 steps of 16, PCKh@0.5, seed 0\n")
    return path / "net"


def test_every_command_takes_the_folder(run: Run, folder: Path, tmp_path: Path) -> None:
    card = json.loads((folder / "card.json").read_text())
    assert json.loads(run("evaluate", folder, *DATA, "--json"))["val_pckh"] == card["metrics"]["val_pckh"]
    pictures = ("--out", tmp_path / "found.json", "--draw", tmp_path / "found.svg")
    assert "16 people" in run("predict", folder, *DATA, *pictures)
    assert (tmp_path / "found.svg").read_text().count("person 15") == 1
    assert "micro-smallest" in run("export", folder, "--out", tmp_path / "net.onnx")
    assert "micro-smallest" in run("latency", folder, "--repeats", "30")
    assert "micro-smallest" in run("cost", folder)


def test_a_training_that_ended_is_not_repeated(folder: Path) -> None:
    card = (folder / "card.json").read_bytes()
    status, _, _ = call("train", NET, *TINY, "--out", "net", cwd=folder.parent)
    assert status == 0 and (folder / "card.json").read_bytes() == card
    status, _, err = call("train", NET, *TINY, "--out", "net", "--seed", "1", cwd=folder.parent)
    assert status == 2 and "its seed is 0, not 1. Use another folder." in err


def test_a_start_from_weights_is_said(folder: Path, tmp_path: Path) -> None:
    weights = folder / "weights.safetensors"
    status, _, err = call("train", NET, *TINY, "--out", "net", "--init", weights, cwd=tmp_path)
    assert status == 0 and f"weights of {weights} are used." in err
    assert str(weights) in json.loads((tmp_path / "net" / "card.json").read_text())["init"]
    status, _, err = call("train", NET, *TINY, "--out", "other", "--init", "no.pt", cwd=tmp_path)
    assert (status, err.splitlines()[-1]) == (2, "Error: No weights file 'no.pt'.")


def test_no_weights_are_asked_for(tmp_path: Path) -> None:
    status, _, err = call("predict", NET, *DATA, "--out", "found.json", cwd=tmp_path)
    assert status == 2 and "Missing option '--weights', or the folder of a trained network" in err


def test_a_network_of_hrnet_coco_is_predicted_with_from_photographs(real_data: Path, tmp_path: Path, run: Run) -> None:
    data = ("--data", f"coco:{real_data / 'coco_mini'},train=8")
    recipe = ("--protocol", "hrnet-coco", "--input", "64x48", "--steps", "2", "--set", "protocol.batch=4")
    printed = run("train", NET, *data, *recipe, "--out", tmp_path / "net")
    assert "\n  AP validation  " in printed
    run("predict", tmp_path / "net", *data, "--out", tmp_path / "found.json", "--truth", tmp_path / "truth.json")
    files = ("--truth", tmp_path / "truth.json", "--predictions", tmp_path / "found.json")
    score = json.loads(run("score", "coco", *files, "--json"))
    card = json.loads((tmp_path / "net" / "card.json").read_text())
    assert 100 * score["AP"] == pytest.approx(card["metrics"]["val_ap"])


FEW = ("--data", "synthetic:train=8,val=4,test=4", "--steps", "2", "--set", "protocol.batch=4")


def test_a_teacher_is_a_folder_or_a_file(tmp_path: Path) -> None:
    status, _, err = call("train", "micro-largest", *FEW, "--out", "big", cwd=tmp_path)
    assert status == 0, err
    student = ("train", "micro-smallest", *FEW, "--out")
    keys = []
    for number, teacher in enumerate(("big", "micro-largest=big/weights.safetensors")):
        status, _, err = call(*student, f"small{number}", "--teacher", teacher, cwd=tmp_path)
        assert status == 0 and err == "taught by micro-largest, big/weights.safetensors\n", err
        keys.append((tmp_path / f"small{number}" / "weights.safetensors").stat().st_size)
    assert '"teacher": "taught by micro-largest' in (tmp_path / "small0" / "card.json").read_text()
    wrong = {
        "bigg": "'bigg' is no teacher: expected a folder of `train`, or GENOTYPE=FILE.",
        "micro-largest=none.pt": "No weights file 'none.pt'",
        "micro-smallest=big/weights.safetensors": "holds the weights of",
    }
    for teacher, said in wrong.items():
        status, _, err = call(*student, "small2", "--teacher", teacher, cwd=tmp_path)
        assert status == 2 and said in err
    status, _, err = call(*student, "small2", "--teacher", "big", "--set", "protocol.loss=mse", cwd=tmp_path)
    assert status == 2 and "was trained with loss=spatial_cross_entropy, so its maps mean something else" in err


def test_a_dry_run_says_what_the_training_takes(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    title, head, row = run("train", NET, *FEW, "--out", "net", "--dry-run").splitlines()
    assert title.endswith("2 steps of 4, PCKh@0.5; measured on cpu, one device")
    found = dict(zip([name.strip() for name in head.split("  ") if name], row.split(), strict=True))
    assert found["stage"] == NET and found["steps"] == "2" and float(found["s/step"]) > 0 and found["disk MB"] == "0"
    assert not (tmp_path / "net").exists()
