"""What `evaluate` measures, prints and keeps."""

import json
from pathlib import Path

import pytest
import torch
from commands import TINY, Run, call

from nasbench_pose.cost import count
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.train import TrainEvaluator
from nasbench_pose.network import build
from nasbench_pose.spaces import find, space_of
from nasbench_pose.store import Store

GENOTYPE = "micro-smallest"


@pytest.fixture
def no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("trained")

    monkeypatch.setattr(TrainEvaluator, "evaluate", refuse)


def test_evaluate_prints_what_it_keeps(run: Run, tmp_path: Path) -> None:
    printed = run("evaluate", GENOTYPE, *TINY, "--db", tmp_path / "runs.db", "--seed", "2")
    with Store(tmp_path / "runs.db", must_exist=True) as store:
        (fact,) = store.evaluations().to_dict("records")
    assert (fact["genotype"], fact["fidelity"], fact["seed"]) == (find(GENOTYPE).text, 3, 2)
    assert printed.startswith(f"{GENOTYPE}, synthetic people 64×64, 3 steps of ")
    for number in (f"{fact['val_pckh']:.1f} %", f"{fact['params'] / 1e3:.1f} k", f"{fact['macs'] / 1e6:.2f} M"):
        assert f" {number} " in printed.replace("\n", " ")


@pytest.mark.usefixtures("no_training")
def test_a_training_is_noticed(run: Run) -> None:
    with pytest.raises(AssertionError, match="trained"):
        run("evaluate", GENOTYPE, *TINY)


def test_a_known_trial_is_looked_up(run: Run, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    command = ("evaluate", GENOTYPE, *TINY, "--db", tmp_path / "runs.db")
    first = run(*command)
    request.getfixturevalue("no_training")
    assert run(*command) == first
    key = find(GENOTYPE).key
    assert run("evaluate", key[:9], *TINY, "--db", tmp_path / "runs.db", "--keys", tmp_path / "runs.db") == first
    assert json.loads(run(*command, "--json"))["key"] == key


def test_json_has_every_digit_and_the_whole_protocol(run: Run) -> None:
    found = json.loads(run("evaluate", GENOTYPE, *TINY, "--input", "32x64", "--json"))
    genotype = find(GENOTYPE)
    cost = count(space_of(genotype).graph(genotype, input=(32, 64), joints=14))
    assert (found["genotype"], found["params"], found["macs"]) == (genotype.text, cost.params, cost.macs)
    protocol = Protocol.parse(json.dumps(found["protocol"]))
    assert (protocol.input, protocol.steps, protocol.data) == ((32, 64), 3, "synthetic:train=64,val=16,test=16")
    assert 0 <= found["val_pckh"] <= 100 and 0 <= found["test_pckh"] <= 100
    assert found["seconds"] > 0 and found["curve"][-1][0] == 3


def test_the_seed_decides(run: Run) -> None:
    losses = [json.loads(run("evaluate", GENOTYPE, *TINY, "--seed", seed, "--json"))["val_loss"] for seed in (1, 1, 2)]
    assert losses[0] == losses[1] != losses[2]


@pytest.mark.slow
def test_the_boxes_of_a_detector_are_scored_by_ap(tmp_path: Path, real_data: Path) -> None:
    data = f"coco:{real_data / 'coco_mini'},train=8,val=4,test=4"
    photographs = {path.stem for path in (real_data / "coco_mini" / "train2017").iterdir()}
    file = real_data / "coco_mini" / "annotations" / "person_keypoints_train2017.json"
    labels = [one for one in json.loads(file.read_text())["annotations"] if f"{one['image_id']:012}" in photographs]
    found = [{"image_id": one["image_id"], "bbox": one["bbox"], "score": 0.9, "category_id": 1} for one in labels]
    (tmp_path / "boxes.json").write_text(json.dumps(found))
    torch.save(build("micro-smallest", joints=17, input=(64, 48), seed=0).state_dict(), tmp_path / "net.pt")
    command = ("evaluate", "micro-smallest", "--weights", "net.pt", "--input", "64x48", "--boxes", "boxes.json")
    status, out, err = call(*command, "--data", data, cwd=tmp_path)
    assert status == 0, err
    assert f"{data}, AP in the boxes of boxes.json" in out and "AP validation" in out
    status, _, err = call(*command, "--data", "synthetic", cwd=tmp_path)
    assert status == 2 and "Boxes of a detector are for people of COCO's format, not for 'synthetic'." in err
    status, _, err = call("evaluate", "micro-smallest", "--boxes", "boxes.json", cwd=tmp_path)
    assert status == 2 and "--boxes need --weights, which is missing" in err
