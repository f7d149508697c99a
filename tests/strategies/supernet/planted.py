"""A space with planted truth: of every choice, one option is better by construction."""

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from nasbench_pose.evaluators.batches import Tensors
from nasbench_pose.genotype import Value
from nasbench_pose.graph import Graph, GraphBuilder, Shape
from nasbench_pose.graph.operations import Concat, Slice, Zero
from nasbench_pose.spaces.blocks import conv_bn
from nasbench_pose.spaces.kinds import Kind, Template
from nasbench_pose.strategies.supernet.samplers import Sample
from nasbench_pose.strategies.supernet.stretch import Phase
from nasbench_pose.strategies.supernet.training import SupernetTraining

TRUTH = {"labels": "clean", "channels": "whole"}
FILE = """
name = "planted"
kind = "planted:KIND"
title = "Planted truth"
cite = "none"
input = [32, 32]
joints = 14

[genes]
labels = ["noisy", "clean"]   # noisy: the joints that the network is trained on are displaced
channels = ["whole", "cut"]   # cut: one channel of eight is passed on
"""
DISPLACEMENT = 6.0
"""Pixels, standard deviation."""


def build(_: Template, genes: Mapping[str, Value], image: Shape, joints: int) -> Graph:
    """Return a stem, a choice that changes the labels only, one between all channels and one of them, and a head."""
    net = GraphBuilder(image, genes)

    def option(gene: str, x: str, value: Value) -> str:
        with net.block(gene, "body", str(value)):
            name = f"{gene}.{value}"
            out = net.relu(f"{name}.relu", conv_bn(net, (f"{name}.conv", f"{name}.bn"), x, 8, kernel=3))
            return _cut(net, name, out) if value == "cut" else out

    with net.block("stem", "stem", "stem"):
        x = net.relu("stem.relu", conv_bn(net, ("stem.conv", "stem.bn"), "image", 8, kernel=3, stride=4))
    for gene, options in {"labels": ("noisy", "clean"), "channels": ("whole", "cut")}.items():
        x = net.choose(gene, options, lambda value, gene=gene, x=x: option(gene, x, value), name=gene)
    with net.block("head", "head", "head"):
        net.conv("head.conv", x, joints, kernel=1, bias=True)
    return net.graph()


def _cut(net: GraphBuilder, name: str, x: str) -> str:
    kept, lost = net.add(f"{name}.kept", Slice(0, 1), x), net.add(f"{name}.lost", Slice(1, 8), x)
    return net.add(f"{name}.joined", Concat(), kept, net.add(f"{name}.zero", Zero(), lost))


KIND = Kind("planted", build)


class NoisyLabels(SupernetTraining):
    """A training in which the labels are as noisy as the option of `labels` says."""

    def _loss(self, people: Tensors, sample: Sample, phase: Phase) -> Tensor:
        noisy, clean = sample.weights["labels"]
        found = noisy * super()._loss(_displaced(people), sample, phase) + clean * super()._loss(people, sample, phase)
        return found / (noisy + clean)

    def _path_loss(self, people: Tensors, path: Mapping[str, int]) -> Tensor:
        return super()._path_loss(people if path["labels"] else _displaced(people), path)


def _displaced(people: Tensors) -> Tensors:
    rng = torch.Generator().manual_seed(int(people.joints.sum().item()) % 1000)
    moved = people.joints + DISPLACEMENT * torch.randn(people.joints.shape, generator=rng)
    return replace(people, joints=moved)
