"""Torch modules as subjects: their titles, what of the question is not used, and their counts."""

import pytest

from nasbench_pose.cost import count
from nasbench_pose.cost.modules_and_onnx import is_module_or_onnx, of_module
from nasbench_pose.network import build
from nasbench_pose.spaces import find, space_of


def test_a_module_counts_as_the_graph_it_was_built_from(monkeypatch: pytest.MonkeyPatch) -> None:
    genotype = find("micro-smallest")
    network = build(genotype)
    monkeypatch.setattr("torch.nn.of_ours", lambda: network, raising=False)
    size = network.graph.input.shape[1], network.graph.input.shape[2]
    subject = of_module("torch.nn:of_ours", size)
    assert subject.inventory().counted == count(space_of(genotype).graph(genotype)).macs
    assert subject.about["input"] == [[1, *network.graph.input.shape]]
    assert subject.warning == ""


def test_a_factory_with_its_own_inputs_says_that_the_size_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    own = torch.nn.Conv2d(3, 1, 1, bias=False), (torch.zeros(1, 3, 2, 2),)
    monkeypatch.setattr("torch.nn.with_inputs", lambda: own, raising=False)
    subject = of_module("torch.nn:with_inputs", (64, 48))
    assert subject.warning == "torch.nn:with_inputs returns its own inputs; --input 64×48 is not used"
    assert subject.inventory().counted == 3 * 2 * 2
    assert of_module("torch.nn:with_inputs").warning == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [("net.ONNX", True), ("package.nets:make", True), ("efficientpose_micro:a=b", False), ("micro-smallest", False)],
)
def test_files_and_factories_are_told_from_genotypes(text: str, expected: bool) -> None:
    assert is_module_or_onnx(text) is expected
