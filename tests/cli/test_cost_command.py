"""What `cost` prints."""

import csv
import json
from collections.abc import Callable

import pytest
from commands import Run

from nasbench_pose.cost import count
from nasbench_pose.files import folder
from nasbench_pose.spaces import find, space_of

OURS = {"PoseResNet-50": "SimpleBaseline-R50"}
with (folder("results") / "official_costs.csv").open() as file:
    OFFICIAL = [row for row in csv.DictReader(file) if not row["model"].startswith("DARTS")]


def test_cost(run: Run, golden: Callable[[str], None]) -> None:
    golden(run("cost", "hrnet-w32", "--input", "256x192", "--joints", "17", "--convention", "hrnet"))


def test_cost_of_layers(run: Run, golden: Callable[[str], None]) -> None:
    golden(run("cost", "simplebaseline-r26-narrow", "--layers", "--input", "64x64"))


@pytest.mark.parametrize("row", OFFICIAL, ids=lambda row: f"{row['model']}-{row['input_height']}x{row['input_width']}")
def test_json_has_the_official_numbers_to_the_last_unit(row: dict[str, str], run: Run) -> None:
    name = OURS.get(row["model"], row["model"])
    size, joints = f"{row['input_height']}x{row['input_width']}", row["joints_or_classes"]
    printed = run("cost", name, "--input", size, "--joints", joints, "--convention", "hrnet", "--json")
    found = json.loads(printed)
    assert (found["params"], found["macs"]) == (int(row["params"]), int(row["macs"]))
    assert found["count"] == int(row["hrnet_summary_ops"])
    assert found["giga"] == pytest.approx(float(row["hrnet_summary_gi"]), abs=5e-5)
    assert (found["convention"], found["joints"]) == ("hrnet", int(joints))
    assert found["genotype"] == find(name).text


def test_the_layers_of_the_json_add_up(run: Run) -> None:
    found = json.loads(run("cost", "EfficientPose-A", "--layers", "--json"))
    genotype = find("EfficientPose-A")
    cost = count(space_of(genotype).graph(genotype))
    assert len(found["layers"]) == len(cost.layers)
    for column in ("params", "macs", "count"):
        assert sum(layer[column] for layer in found["layers"]) == found[column] == getattr(cost, column)


@pytest.mark.parametrize("spelling", ["hrnet-w8-narrow", "HRNet-W8-narrow", "hrnet/hrnet-w8-narrow"])
def test_a_genotype_has_many_names(spelling: str, run: Run) -> None:
    assert run("cost", spelling) == run("cost", find("HRNet-W8-narrow").text)
