"""From a training to a score: `evaluate --save`, `evaluate --weights`, `predict`, `score` and `export` agree."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from commands import Run

from nasbench_pose.cost import count
from nasbench_pose.network import build
from nasbench_pose.pose.cropped_people import crop_people
from nasbench_pose.pose.oks import average_precision, oks
from nasbench_pose.spaces import find, space_of

GENOTYPE = "micro-smallest"
DATA = ("--data", "synthetic:train=64,val=16,test=16")
METRICS = ("val_pckh", "test_pckh", "val_pckh_area", "val_loss", "params", "macs")


@pytest.fixture(scope="module")
def coco_mini(real_data: Path) -> tuple[str, ...]:
    return ("--data", f"coco:{real_data / 'coco_mini'}", "--protocol", "mse")


@pytest.mark.parametrize("name", ["w.safetensors", "w.pt"])
def test_what_is_trained_is_kept_measured_predicted_and_scored(name: str, run: Run, tmp_path: Path) -> None:
    weights, found, truth = tmp_path / name, tmp_path / "found.json", tmp_path / "truth.json"
    trained = json.loads(run("evaluate", GENOTYPE, *DATA, "--steps", "20", "--seed", "4", "--save", weights, "--json"))
    measured = json.loads(run("evaluate", GENOTYPE, *DATA, "--weights", weights, "--json"))
    assert {key: measured[key] for key in METRICS} == {key: trained[key] for key in METRICS}
    assert measured["protocol"] == trained["protocol"]
    for split in ("val", "test"):
        call = ("predict", GENOTYPE, *DATA, "--weights", weights, "--split", split, "--out", found, "--truth", truth)
        assert run(*call).splitlines()[1].strip() == f"nasbench-pose score pckh --truth {truth} --predictions {found}"
        scored = json.loads(run("score", "pckh", "--truth", truth, "--predictions", found, "--json"))
        assert scored["weighted_mean"] == trained[f"{split}_pckh"] and scored["people"] == 16
    told = json.loads(run("export", GENOTYPE, "--weights", weights, "--out", tmp_path / "x.onnx", "--json"))
    assert onnxruntime.InferenceSession(told["path"]).get_outputs()[0].shape[1] == 14


def test_ap_on_coco_is_what_the_arrays_say(run: Run, coco_mini: tuple[str, ...], tmp_path: Path) -> None:
    weights, found, truth = tmp_path / "w.safetensors", tmp_path / "found.json", tmp_path / "truth.json"
    trained = json.loads(run("evaluate", GENOTYPE, *coco_mini, "--steps", "20", "--save", weights, "--json"))
    files = ("--out", found, "--truth", truth)
    run("predict", GENOTYPE, *coco_mini[:2], "--weights", weights, *files)
    printed = json.loads(run("score", "coco", "--truth", truth, "--predictions", found, "--json"))
    entries, persons = json.loads(found.read_text()), json.loads(truth.read_text())["annotations"]
    images = []
    for image in sorted({entry["image_id"] for entry in persons}):
        here, guesses = ([e for e in group if e["image_id"] == image] for group in (persons, entries))
        labels = np.array([entry["keypoints"] for entry in here], float).reshape(-1, 17, 3)
        points = np.array([entry["keypoints"] for entry in guesses], float).reshape(-1, 17, 3)
        areas, boxes = (np.array([entry[name] for entry in here], float) for name in ("area", "bbox"))
        near = oks(points[..., :2], labels[..., :2], labels[..., 2] > 0, areas, boxes=boxes)
        crowds = np.array([bool(entry["iscrowd"]) for entry in here])
        ignored = ~(labels[..., 2] > 0).any(axis=1) | crowds
        images.append((np.array([entry["score"] for entry in guesses]), near, ignored, crowds))
    assert printed["AP"] == pytest.approx(average_precision(images), abs=1e-9)  # type: ignore[arg-type]
    run("predict", GENOTYPE, *coco_mini[:2], "--weights", weights, *files, "--format", "joints")
    scored = json.loads(run("score", "pckh", "--truth", truth, "--predictions", found, "--json"))
    people = crop_people(coco_mini[1], "val", (64, 64))  # `evaluate` counts no labels beyond the crop
    labels, inside = np.isfinite(people.joints).all(axis=2).sum(), people.people.labelled.sum()
    assert scored["weighted_mean"] * labels == pytest.approx(trained["val_pckh"] * inside) and labels > inside


def test_a_trial_that_is_known_is_trained_again_to_save_its_weights(run: Run, tmp_path: Path) -> None:
    call = ("evaluate", GENOTYPE, *DATA, "--steps", "2", "--db", tmp_path / "runs.db", "--json")
    first = run(*call)
    assert run(*call, "--save", tmp_path / "w.pt") == first and (tmp_path / "w.pt").is_file()


def test_weights_of_another_program_are_measured(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = build(find(GENOTYPE), joints=14, seed=5)
    torch.save({"model": network.state_dict()}, tmp_path / "other.pth")
    call = ("evaluate", GENOTYPE, *DATA, "--weights", tmp_path / "other.pth")
    printed = run(*call, "--protocol", "mse", "--json")
    genotype = find(GENOTYPE)
    assert json.loads(printed)["macs"] == count(space_of(genotype).graph(genotype, joints=14)).macs
    assert run(*call).startswith(f"{GENOTYPE}, other.pth, synthetic:train=64")
    assert json.loads(run(*call, "--alignment", "corner", "--json"))["protocol"]["loss"] == "spatial_cross_entropy"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["evaluate", GENOTYPE, "--weights", "w.pt", "--steps", "3"], "--steps needs a training"),
        (["evaluate", GENOTYPE, "--weights", "w.pt", "--db", "x.db"], "--db needs a training"),
        (["evaluate", GENOTYPE, "--weights", "w.pt", "--seed", "0"], "--seed needs a training"),
        (["evaluate", GENOTYPE, "--weights", "w.pt", "--save", "v.pt"], "--save needs a training"),
        (["evaluate", GENOTYPE, *DATA, "--skip-extra"], "need --weights, which is missing"),
        (["evaluate", GENOTYPE, *DATA, "--save", "w.onnx"], "No format of weights named '.onnx'; known: .pt, .pth"),
        (["evaluate", GENOTYPE, "--data", "coco:MINI", "--weights", "w.pt"], "has weights for 14 joints, not for 17"),
        (["evaluate", "micro-largest", *DATA, "--weights", "w.pt"], "does not fit micro-largest"),
        (["predict", GENOTYPE, *DATA, "--out", "p.json"], "Missing option '--weights'"),
        (["predict", GENOTYPE, *DATA, "--out", "p.json", "--weights", "v.pt"], "Did you mean 'w.pt'"),
        (
            ["predict", GENOTYPE, *DATA, "--out", "p.json", "--weights", "w.pt", "--split", "tset"],
            "Did you mean 'test'",
        ),
        (["predict", GENOTYPE, *DATA, "--out", "p.json", "--weights", "w.pt", "--format", "coco"], "format joints"),
        (
            ["predict", GENOTYPE, *DATA, "--out", "p.json", "--weights", "w.pt", "--protocol", "mes"],
            "Did you mean 'mse'",
        ),
    ],
)
def test_a_slip_is_answered_with_what_would_do(
    args: list[str], said: str, refused: Run, real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save(build(find(GENOTYPE), joints=14).state_dict(), "w.pt")
    recipe = ["--protocol", "default"] if "--weights" in args and "--protocol" not in args else []
    assert said in refused(*[arg.replace("MINI", str(real_data / "coco_mini")) for arg in args], *recipe)
    assert not Path("p.json").exists()
