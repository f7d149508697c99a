"""Weights of every wrapper and prefix go into the network; what does not fit is named, all in one line."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from nasbench_pose.errors import InvalidFileError, UnknownNameError
from nasbench_pose.network import build
from nasbench_pose.network.state_dict import find as find_weights
from nasbench_pose.network.weights import Loaded, load, save
from nasbench_pose.spaces import find, space_of
from nasbench_pose.spaces import load as load_space

GENOTYPE = find("SimpleBaseline-R26-narrow")
NETWORK = build(GENOTYPE, seed=3)
WEIGHTS = {name: value.clone() for name, value in NETWORK.state_dict().items()}
HEAD = ("final", "deconv")

Part = Callable[[str], str]


def named(change: Part) -> dict[str, Tensor]:
    return {change(name): value for name, value in WEIGHTS.items()}


def parts(backbone: str, head: str) -> dict[str, Tensor]:
    return named(lambda name: (head if name.startswith(HEAD) else backbone) + name)


def loaded(held: object, tmp_path: Path, **options: Any) -> Loaded:
    torch.save(held, tmp_path / "c.pth")
    return load(GENOTYPE, tmp_path / "c.pth", **options)


def same(network: torch.nn.Module, weights: Mapping[str, Tensor]) -> bool:
    return all(torch.equal(value, weights[name]) for name, value in network.state_dict().items())


def inside(word: str, front: str) -> dict[str, Tensor]:
    return named(lambda name: front + name.replace("layer1.", f"layer1.{word}"))


WRAPPED = {
    "bare": WEIGHTS,
    "model": {"model": WEIGHTS, "optimizer": {"state": {0: {"exp_avg": torch.ones(2)}}, "param_groups": []}},
    "net": {"net": WEIGHTS, "epoch": 3},
    "model_state_dict": {"model_state_dict": WEIGHTS},
    "best_state_dict": {"state_dict": named("module.".__add__), "best_state_dict": WEIGHTS},
    "ema": {"ema": WEIGHTS},
    "three deep": {"a": {"b": {"c": WEIGHTS}}},
    "DataParallel": named("module.".__add__),
    "DataParallel twice": named("module.module.".__add__),
    "torch.compile": named("_orig_mod.".__add__),
    "Lightning": {"state_dict": named("model._orig_mod.".__add__), "hyper_parameters": {"lr": 0.1}},
    "mmpose 0.x": {"meta": {"epoch": 3}, "state_dict": parts("backbone.", "keypoint_head.")},
    "mmpose 1.x": {"meta": {}, "state_dict": parts("backbone.", "head.")},
    "mmpose in Lightning": parts("model.backbone.", "model.keypoint_head."),
    "a backbone as of timm": parts("backbone.", ""),
    "encoder": parts("net.encoder.", "net.decoder."),
    "thop": {**WEIGHTS, "total_ops": torch.zeros(1), "conv1.total_params": torch.zeros(1)},
    "AveragedModel": AveragedModel(NETWORK).state_dict(),
    "torch 0.4": {name: value for name, value in WEIGHTS.items() if not name.endswith("num_batches_tracked")},
    "counts of one": {name: value.reshape(value.shape or 1) for name, value in WEIGHTS.items()},
    "a tuple": ({"lr": 0.1}, WEIGHTS, 3),
    "everything at once": {"state_dict": inside("_orig_mod.", "model.module._orig_mod."), "epoch": 3},
    "FSDP": inside("_fsdp_wrapped_module.", "_fsdp_wrapped_module."),
    "activation checkpointing": inside("_checkpoint_wrapped_module.", ""),
    "parameters": {name: torch.nn.Parameter(value, requires_grad=False) for name, value in WEIGHTS.items()},
}


@pytest.mark.parametrize("name", WRAPPED)
def test_weights_are_found_in_any_wrapper(name: str, tmp_path: Path) -> None:
    found = loaded(WRAPPED[name], tmp_path)
    assert same(found.network, WEIGHTS) and not found.network.training and not found.notes


@pytest.mark.parametrize("precision", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_become_single(precision: torch.dtype, tmp_path: Path) -> None:
    held = {name: value.to(precision) if value.is_floating_point() else value for name, value in WEIGHTS.items()}
    found = loaded(held, tmp_path).network.state_dict()
    assert all(value.dtype in (torch.float32, torch.int64) for value in found.values())
    assert torch.equal(found["conv1.weight"], held["conv1.weight"].float())


def test_safetensors_are_sorted_by_name_and_still_go_back(tmp_path: Path) -> None:
    genotype = find("efficientpose-a")  # x10 comes before x2 in the file
    network = build(genotype, seed=1)
    save_file(network.state_dict(), tmp_path / "w.safetensors")
    assert same(load(genotype, tmp_path / "w.safetensors").network, network.state_dict())


@pytest.mark.parametrize(
    "space", ["darts_micro", "darts_cifar", "heads_micro", "lite_hrnet", "mobile_pose", "hrnet_micro"]
)
def test_weights_of_our_own_go_back_into_every_named_network(space: str, tmp_path: Path) -> None:
    for name, genotype in list(load_space(space).named.items())[:3]:
        network = build(genotype, seed=2)
        save(network, tmp_path / "w.safetensors", {"genotype": genotype.text})
        assert same(load(genotype, tmp_path / "w.safetensors").network, network.state_dict()), name


@pytest.mark.slow
def test_names_of_named_networks_of_all_spaces_fit_under_a_prefix() -> None:
    from nasbench_pose.network.weights import _shapes
    from nasbench_pose.spaces import named_genotypes

    one_of_each = {genotype.space: (name, genotype) for name, genotype in named_genotypes().items()}
    for name, genotype in one_of_each.values():
        shapes = _shapes(genotype, space_of(genotype), None, None)
        found = find_weights({"model": {f"module.{key}": torch.empty(0) for key in shapes}}, shapes)
        assert found.fits and not found.extra and found.prefixes == ("module.",), name
        assert found.weights.keys() == shapes.keys(), name


def test_the_checkpoint_decides_the_joints(tmp_path: Path) -> None:
    torch.save(build(GENOTYPE, joints=5).state_dict(), tmp_path / "five.pth")
    assert load(GENOTYPE, tmp_path / "five.pth").network.graph.output.shape[0] == 5
    with pytest.raises(InvalidFileError, match="has weights for 5 joints, not for 17"):
        load(GENOTYPE, tmp_path / "five.pth", joints=17)


def test_what_was_saved_says_what_it_is_for(tmp_path: Path) -> None:
    save(build(find("micro-smallest"), input=(96, 64)), tmp_path / "w.pt", {
        "genotype": find("micro-smallest").text, "input": "96x64",
    })  # fmt: skip
    assert load(find("micro-smallest"), tmp_path / "w.pt").network.graph.input.shape == (3, 96, 64)
    with pytest.raises(
        InvalidFileError, match=r"holds the weights of efficientpose_micro:.*, not of efficientpose_micro:"
    ):
        load(find("micro-largest"), tmp_path / "w.pt")


def test_of_two_that_fit_the_first_is_used_and_the_other_named(tmp_path: Path) -> None:
    held = {"model": WEIGHTS, "ema": {name: value * 2 for name, value in WEIGHTS.items()}}
    found = loaded(held, tmp_path)
    assert same(found.network, WEIGHTS)
    assert found.notes == ("The checkpoint's 'model' is used; --part takes another that fits: 'ema'.",)
    assert same(loaded(held, tmp_path, part="ema").network, held["ema"])
    with pytest.raises(UnknownNameError, match=r"No part of the checkpoint named 'eam'.*Did you mean 'ema'"):
        loaded(held, tmp_path, part="eam")


def test_weights_without_a_place_can_be_left_out(tmp_path: Path) -> None:
    held = {"state_dict": {**named("model.".__add__), "loss.weight": torch.ones(1), "loss.bias": torch.ones(1)}}
    with pytest.raises(
        InvalidFileError, match=r"after 'model\.'.*: 'loss\.weight', 'loss\.bias' have no place in it"
    ) as error:
        loaded(held, tmp_path)
    assert str(error.value).endswith("(they begin with 'loss.'); --skip-extra leaves them out.")
    found = loaded(held, tmp_path, skip_extra=True)
    assert same(found.network, WEIGHTS) and found.notes == (
        "2 weights without a place in the network are left out (they begin with 'loss.'). "
        "Those ('state_dict', names after 'model.') are used.",
    )


def without(*words: str) -> dict[str, Tensor]:
    return {name: value for name, value in WEIGHTS.items() if not name.startswith(words)}


WRONG = {
    "integers": (
        {name: value.long() for name, value in WEIGHTS.items()},
        "'conv1.weight' holds int64 numbers; weights are",
    ),
    "integer keys": ({0: torch.zeros(1)}, "none of its names is one of the network's: it has '0'"),
    "a key that is a number": ({**WEIGHTS, 0: torch.zeros(1)}, "'0' has no place in it"),
    "lists": ({name: value.tolist() for name, value in WEIGHTS.items()}, "'conv1.weight' is of the type list"),
    "None": ({**WEIGHTS, "conv1.weight": None}, "'conv1.weight' is None"),
    "a text": ({**WEIGHTS, "conv1.weight": "a"}, "'conv1.weight' is of the type str, no tensor"),
    "a number": ({**WEIGHTS, "final_layer.weight": 3}, "'final_layer.weight' is of the type int, no tensor"),
    "no dimensions": (
        {**WEIGHTS, "final_layer.weight": torch.tensor(1.0)},
        r"has the shape \(\) instead of \(17, 32, 1, 1\)",
    ),
    "meta": ({name: value.to("meta") for name, value in WEIGHTS.items()}, "saved on the meta device"),
    "one number for gigabytes": (
        {**WEIGHTS, "conv1.weight": torch.zeros(1).expand(50, 64, 10**6)},
        r"\(50, 64, 1000000\)",
    ),
    "joints for gigabytes": (
        {**WEIGHTS, "final_layer.weight": torch.zeros(1, 1, 1, 1).expand(10**8, 32, 1, 1)},
        "is for 100,000,000 joints, but 1 of 3,200,000,000 numbers are in the file",
    ),
    "no joints": ({**WEIGHTS, "final_layer.weight": torch.zeros(0, 32, 1, 1)}, r"has the shape \(0, 32, 1, 1\)"),
    "sparse": ({**WEIGHTS, "conv1.weight": WEIGHTS["conv1.weight"].to_sparse()}, "is a sparse tensor"),
    "nested": (
        {**WEIGHTS, "conv1.weight": torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)], layout=torch.jagged)},
        "is a nested tensor",
    ),
    "complex": ({**WEIGHTS, "conv1.weight": WEIGHTS["conv1.weight"] * 1j}, "holds complex64 numbers"),
    "not finite": (
        {**WEIGHTS, "conv1.weight": WEIGHTS["conv1.weight"] / 0},
        "'conv1.weight' holds 1,176 numbers that are not",
    ),
    "a variance below 0": ({**WEIGHTS, "bn1.running_var": -torch.ones(8)}, "'bn1.running_var' holds 8 numbers"),
    "an empty dict": ({}, "does not hold weights: it is an empty dict"),
    "an optimiser": (
        {"state": {0: {"step": torch.tensor(1.0), "exp_avg": torch.ones(2)}}, "param_groups": [{"lr": 0.1}]},
        "state of an optimiser",
    ),
    "arrays of NumPy": ({name: value.numpy() for name, value in WEIGHTS.items()}, r"a NumPy array.*from_numpy"),
    "a list": ([1, 2], "does not hold weights: it is of the type list"),
    "a backbone": (
        {**without(*HEAD), "fc.weight": torch.zeros(9, 9), "fc.bias": torch.zeros(9)},
        r"it lacks 'deconv_layers\.0\.weight'.* and 14 more; 'fc\.weight', 'fc\.bias' .* \(they begin with 'fc\.'\)",
    ),
    "a stage is missing": (without("layer1"), r"it lacks 'layer1\.0\.conv1\.weight', .* and 32 more\.$"),
    "a weight like another's": (
        without("conv1") | {"aux.conv1.weight": WEIGHTS["conv1.weight"]},
        r"lacks 'conv1\.weight'",
    ),
    "other widths": (
        {name: value.repeat(2) if value.ndim == 1 else value for name, value in WEIGHTS.items()},
        r"'bn1\.weight' has the shape \(16,\) instead of \(8,\), .* and 126 more are wrong likewise",
    ),
    "teacher and student": (
        named("teacher.".__add__) | named("student.".__add__),
        r"after 'teacher\.'.*begin with 'student\.'.*--skip-extra",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_named_in_one_line(name: str, tmp_path: Path) -> None:
    held, said = WRONG[name]
    with pytest.raises(InvalidFileError, match=said) as error:
        loaded(held, tmp_path)
    assert "\n" not in str(error.value) and "c.pth" in str(error.value) and len(str(error.value)) < 600


def test_a_prefix_is_never_found_by_chance() -> None:
    """`layer1.0.conv1.weight` ends like `conv1.weight`, and is no substitute for it."""
    shapes = {name: value.shape for name, value in WEIGHTS.items()}
    assert find_weights(without("conv1"), shapes).missing == ("conv1.weight",)


def test_joints_in_another_order_are_an_error_and_other_names_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    genotype = find("micro-smallest")
    path = tmp_path / "hand.safetensors"
    save(build(genotype, joints=3), path, {"genotype": genotype.text, "joints": "wrist,thumb,index"})
    assert load(genotype, path, joints=("wrist", "thumb", "index")).network.graph.output.shape[0] == 3
    assert not caplog.messages
    with pytest.raises(InvalidFileError, match=r"another order: joint 2 of .* is 'thumb', that of the data 'index'"):
        load(genotype, path, joints=("wrist", "index", "thumb"))
    with pytest.raises(InvalidFileError, match="weights for 3 joints, not for 2"):
        load(genotype, path, joints=("wrist", "index"))
    load(genotype, path, joints=("wrist", "thumb", "tip"))
    assert "joint 3 of" in caplog.text and "is 'index', that of the data 'tip'" in caplog.text
