"""Commands that take the folder of a trained network: its image size, joints and data set are those of the training."""

import json
from pathlib import Path

import pytest
import torch
from commands import call
from torch.utils.flop_counter import FlopCounterMode

from nasbench_pose.latency import BlockLatency, LatencyProtocol, LatencyTable, Machine
from nasbench_pose.latency.pieces import pieces_of_space
from nasbench_pose.network import build
from nasbench_pose.spaces import find, load

DATA = "synthetic:train=8,val=4,test=4"
JOINTS = ["wrist", "elbow", "knee"]


@pytest.fixture
def net(tmp_path: Path) -> Path:
    """A folder with a network for images of 96×64, whose card has 3 joints, so that it can be counted only."""
    how = ("--steps", "2", "--set", "protocol.batch=2", "--data", DATA, "--input", "96x64", "--out", "net")
    assert call("train", "micro-smallest", *how, cwd=tmp_path)[0] == 0
    return tmp_path / "net"


def test_a_folder_is_counted_drawn_and_timed_at_the_size_of_its_training(net: Path) -> None:
    card = json.loads((net / "card.json").read_text())
    (net / "card.json").write_text(json.dumps(card | {"joints": JOINTS}))
    network = build(find("micro-smallest"), input=(96, 64), joints=3).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(1, 3, 96, 64))
    counted = json.loads(call("cost", "net", "--json", cwd=net.parent)[1])
    assert (counted["input"], counted["joints"]) == ([96, 64], 3)
    assert counted["macs"] == counter.get_total_flops() / 2
    asked = json.loads(call("cost", "net", "--input", "64x64", "--joints", "5", "--json", cwd=net.parent)[1])
    assert (asked["input"], asked["joints"]) == ([64, 64], 5)

    other, size = ("--against", "micro-middle"), ("--input", "96x64", "--joints", "3")
    call("draw", "net", *other, "--out", "net.svg", cwd=net.parent)
    call("draw", "micro-smallest", *other, *size, "--out", "same.svg", cwd=net.parent)
    assert (net.parent / "net.svg").read_text() == (net.parent / "same.svg").read_text()

    (net.parent / "own.py").write_text("import torch\nmake = torch.nn.Conv2d(3, 8, 3)\n")
    timed = json.loads(call("latency", "net", "own:make", "--repeats", "30", "--json", cwd=net.parent)[1])
    assert [one["inputs"] for one in timed] == [{"0": [1, 3, 96, 64]}, {"0": [1, 3, 256, 256]}]


def test_a_folder_has_no_latency_in_blocks_for_another_size(net: Path, tmp_path: Path) -> None:
    space = load("efficientpose_micro")
    blocks = {piece.key: BlockLatency(name, "", 1.0, 1.0, 1.0) for piece, name in pieces_of_space(space).items()}
    protocol = LatencyProtocol(Machine("cpu", 1, "unknown", ()), space.input, space.joints)
    LatencyTable(space.name, space.digest, protocol, 0.0, blocks).save(tmp_path / "table.json")
    said = "Error: net was trained at 96×64, and the blocks of table.json are for 64×64.\n"
    assert call("latency", "predict", "net", "--table", "table.json", cwd=net.parent)[2] == said


def test_a_folder_is_measured_on_the_people_of_its_training(net: Path) -> None:
    card = json.loads((net / "card.json").read_text())
    status, printed, err = call("evaluate", "net", "--json", cwd=net.parent)
    assert status == 0, err
    assert json.loads(printed)["val_pckh"] == card["metrics"]["val_pckh"]
    told = call("predict", "net", "--out", "found.json", cwd=net.parent)[1]
    assert told.startswith(f"found.json: 4 people of {DATA}, val, by micro-smallest")
    told = call("predict", "net", "--data", "synthetic:train=8,val=5,test=4", "--out", "other.json", cwd=net.parent)[1]
    assert told.startswith("other.json: 5 people of synthetic:train=8,val=5,test=4")
