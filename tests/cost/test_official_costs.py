"""Our counts against those of the official code, to the last unit."""

import csv

import pytest

from nasbench_pose.cost import count
from nasbench_pose.files import folder
from nasbench_pose.spaces import find, space_of

OURS = {"PoseResNet-50": "simplebaseline-r50"}
with (folder("results") / "official_costs.csv").open() as file:
    ROWS = [row for row in csv.DictReader(file) if not row["model"].startswith("DARTS")]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['model']}-{row['input_height']}x{row['input_width']}")
def test_counts_equal_the_official_codes(row: dict[str, str]) -> None:
    genotype = find(OURS.get(row["model"], row["model"]))
    size = (int(row["input_height"]), int(row["input_width"]))
    graph = space_of(genotype).graph(genotype, input=size, joints=int(row["joints_or_classes"]))
    cost = count(graph, convention="hrnet")
    assert cost.params == int(row["params"])
    assert cost.macs == int(row["macs"])
    assert cost.count == int(row["hrnet_summary_ops"])
    assert cost.giga == pytest.approx(float(row["hrnet_summary_gi"]), abs=5e-5)
