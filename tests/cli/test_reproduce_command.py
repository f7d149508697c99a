"""EfficientPose from the search to the plane, at the smallest size: every stage is real, and it is stopped once."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch
from commands import call
from mobilenet import MobileNetV2

from nasbench_pose.cost import count
from nasbench_pose.evaluators import checkpoints
from nasbench_pose.evaluators.protocol import PROTOCOLS
from nasbench_pose.evaluators.training import Training
from nasbench_pose.reproduce import efficientpose as stages
from nasbench_pose.reproduce.efficientpose import Plan
from nasbench_pose.spaces import find, load
from nasbench_pose.store import Store
from nasbench_pose.store.live import under_way
from nasbench_pose.trained import TrainedFolder

SMALL = ("--input", "32x32", "--set", "protocol.batch=2", "--steps", "2", "--search-steps", "4", "--networks", "A")


def test_other_data_and_networks_are_one_line(tmp_path: Path, real_data: Path) -> None:
    status, _, err = call("reproduce", "efficientpose", "--data", "lspet:/nowhere", cwd=tmp_path)
    assert status == 2 and "was trained on COCO and MPII, not on 'lspet:/nowhere'" in err
    data = f"coco:{real_data / 'coco_mini'}"
    status, _, err = call("reproduce", "efficientpose", "--data", data, "--networks", "D", cwd=tmp_path)
    assert status == 2 and "No network of EfficientPose named 'D'; known: A, B, C." in err
    status, _, err = call("reproduce", "efficientpose", "--data", data, *SMALL, cwd=tmp_path)
    assert status == 2 and "A search of 4 steps is too short; expected at least 20." in err
    for given, said in (("A", "no NAME=λ, such as A=0.1"), ("A=nan", "no NAME=λ"), ("B=0.1", "known: A."),
                        ("A=-1", "λ of A is -1, which rewards cost")):  # fmt: skip
        status, _, err = call("reproduce", "efficientpose", "--data", data, *SMALL, "--lambda", given, cwd=tmp_path)
        assert status == 2 and said in err


def test_a_network_with_a_weight_of_its_own_has_a_search_of_its_own(real_data: Path) -> None:
    evaluator = Training(f"coco:{real_data / 'coco_mini'},train=8", replace(PROTOCOLS["mse"], input=(32, 32)))()
    plan = Plan(evaluator, "coco", 20, networks=("A", "B", "C"), weights={"B": 0.2}, sic="without")
    assert [(one.name, one.networks, one.weight) for one in plan.searches] == [
        ("efficientpose_small", ("A",), None),
        ("efficientpose_large", ("C",), None),
        ("efficientpose_large_B", ("B",), 0.2),
    ]
    (name, genotype), *others = plan.trained({"A": find("EfficientPose-A")}).items()
    assert (name, genotype, others) == ("A-nosic", find("EfficientPose-A-nosic"), [])


@pytest.mark.slow
def test_every_stage_is_real_and_a_stop_in_the_search_changes_nothing(
    tmp_path: Path, real_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "ASKS", 2)
    command = ("reproduce", "efficientpose", "--data", f"coco:{real_data / 'coco_mini'},train=8", *SMALL)
    status, out, err = call(*command, "--out", "whole", "--db", "runs.db", cwd=tmp_path)
    assert status == 0, err
    with Store(tmp_path / "runs.db", must_exist=True) as store:
        assert len(store.evaluations()) == 2 and under_way(store) == []
    assert "A, ours" in out and (tmp_path / "whole" / "plane.svg").read_text().count("A, ours") == 1
    found = json.loads((tmp_path / "whole" / "efficientpose_small.json").read_text())
    network = find(found["networks"]["A"])
    published = load("efficientpose_small").graph(find("EfficientPose-A"), input=(32, 32), joints=17)
    mine = load("efficientpose_small").graph(network, input=(32, 32), joints=17)
    assert count(mine).macs <= found["limits"]["A"] == count(published).macs
    card = TrainedFolder.read(tmp_path / "whole" / "A").card
    assert card["genotype"] == network.text and card["protocol"]["schedule"] == "step_coco"
    plain = TrainedFolder.read(tmp_path / "whole" / "A-nosic")
    assert plain.genotype.space == "efficientpose_small_nosic" and plain.genotype.genes == network.genes
    table = pd.read_csv(tmp_path / "whole" / "results.csv")
    assert list(table["name"]) == ["A", "A-nosic"]
    assert table.loc[0, "macs"] - table.loc[1, "macs"] == 8 * 8 * 32 * 9  # of the depthwise convolution
    assert table.loc[0, "metric"] == "AP" and table.loc[0, "macs"] == count(mine).macs

    for step in (1, 2):  # within an ask, and between two
        with monkeypatch.context() as patch:
            patch.setattr(checkpoints, "stopped_by_signals", stopping)
            status, _, err = call(*command, "--out", "parts", cwd=tmp_path)
        assert status == 130 and f"Stopped by SIGTERM after step {step} of 4 of the search" in err, err
    status, _, err = call(*command, "--out", "parts", cwd=tmp_path)
    assert status == 0, err
    for name in ("efficientpose_small.json", "results.csv"):
        assert (tmp_path / "whole" / name).read_text() == (tmp_path / "parts" / name).read_text()


@contextmanager
def stopping() -> Iterator[Callable[[], str]]:
    """Ask to stop the second time that it is asked for; it is before each ask, and within."""
    calls = iter([""])
    yield lambda: next(calls, "SIGTERM")


def test_a_search_and_a_training_start_from_mobilenet(real_data: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    seed = {name: torch.rand_like(value) for name, value in MobileNetV2().state_dict().items() if value.ndim}
    torch.save(seed, tmp_path / "mobilenet.pth")
    evaluator = Training(f"coco:{real_data / 'coco_mini'},train=8", replace(PROTOCOLS["mse"], input=(32, 32)))()
    plan = Plan(evaluator, f"coco:{real_data / 'coco_mini'},train=8", 50, mobilenet=tmp_path / "mobilenet.pth")
    supernet = plan.strategy(plan.searches[0]).training.supernet
    stem = seed["features.0.0.weight"]
    assert torch.equal(supernet.state_dict()["first.0.conv.weight"], stem)
    network, starting = find("EfficientPose-A"), plan.starting(find("EfficientPose-A"))
    assert torch.equal(starting.network(network, 0).state_dict()["first.0.conv.weight"], stem)
    assert starting.protocol.init and starting.protocol_key != evaluator.protocol_key
    assert plan.search_steps == 40
    plain = replace(plan, mobilenet=None)
    assert plain.starting(network).protocol_key == evaluator.protocol_key
    assert plain.identity(plan.searches[0]) != plan.identity(plan.searches[0])
