"""Heads: their twins written down in torch, their published sizes, and what no head may break."""

from dataclasses import replace
from math import ceil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from nasbench_pose.cost import count, table
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.files import folder
from nasbench_pose.graph import Graph, GraphBuilder
from nasbench_pose.network import Network, build, build_supernet
from nasbench_pose.reference import JOINTS, published
from nasbench_pose.spaces import SearchSpace, find, load
from nasbench_pose.spaces.heads import head, split_of

WORDS = (
    "deconv256", "deconv32_sic", "slim32", "slim16_sic", "upsample32", "upsample64_sic", "shuffle32", "simcc2",
    "simcc3", "deconv32_simcc2", "slim32_sic_simcc1",
)  # fmt: skip
IMAGES = torch.randn(2, 3, 64, 96, generator=torch.Generator().manual_seed(0))


def behind(stride: int, word: str, *, image: tuple[int, int] = (64, 96), channels: int = 24, joints: int = 5) -> Graph:
    """Return an encoder of one convolution and the head that `word` names."""
    net = GraphBuilder((3, *image), {})
    space = SimpleNamespace(genes={}, fixed={"head": word})
    head(net, space, net.conv("encoder", "image", channels, kernel=3, stride=stride), joints)
    return net.graph()


@given(st.sampled_from(WORDS), st.sampled_from([8, 16, 32]), st.integers(33, 300), st.integers(33, 300))
def test_every_head_gives_maps_of_a_quarter_or_vectors(word: str, stride: int, height: int, width: int) -> None:
    output = behind(stride, word, image=(height, width)).output.shape
    if "simcc" in word:
        assert output == (5, 1, int(word[-1]) * (height + width))
    else:
        assert output == (5, ceil(height / stride) * stride // 4, ceil(width / stride) * stride // 4)
    assert split_of(output[1:], (height, width)) == (int(word[-1]) if "simcc" in word else 0)


class Official(nn.Module):
    """The head of `PoseResNet` in the code of SimCC, after an encoder of one convolution."""

    def __init__(self, doublings: int, width: int, image: tuple[int, int], split: int, joints: int) -> None:
        super().__init__()
        self.encoder = nn.Conv2d(3, 24, 3, stride=4 * 2**doublings, padding=1, bias=False)
        layers: list[nn.Module] = []
        for inside in [24, *[width] * (doublings - 1)][:doublings]:
            layers += [nn.ConvTranspose2d(inside, width, 4, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
        self.deconv_layers = nn.Sequential(*layers)
        self.final_layer = nn.Conv2d(width if doublings else 24, joints, 1)
        pixels = image[0] // 4 * image[1] // 4
        self.mlp_head_x = nn.Linear(pixels, int(image[1] * split))
        self.mlp_head_y = nn.Linear(pixels, int(image[0] * split))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the vectors of x and of y."""
        x = self.final_layer(self.deconv_layers(self.encoder(x)))
        x = x.reshape(len(x), x.shape[1], -1)
        return self.mlp_head_x(x), self.mlp_head_y(x)


@pytest.mark.parametrize(("word", "doublings", "width", "split"), [
    ("deconv256_simcc2", 3, 256, 2), ("deconv32_simcc3", 2, 32, 3), ("simcc2", 0, 24, 2)
])  # fmt: skip
def test_simcc_is_the_official_head(word: str, doublings: int, width: int, split: int) -> None:
    official = Official(doublings, width, (64, 96), split, joints=5).eval()
    network = Network(behind(4 * 2**doublings, word)).eval()
    network.load_state_dict(official.state_dict())  # by the official names
    with torch.no_grad(), FlopCounterMode(display=False) as flops:
        theirs = torch.cat(official(IMAGES[:1]), dim=-1)
    torch.testing.assert_close(network(IMAGES[:1]), theirs)
    cost = count(network.graph)
    assert cost.params == sum(parameter.numel() for parameter in official.parameters())
    assert 2 * cost.macs == flops.get_total_flops()


def _slim_twin(x: Tensor, w: dict[str, Tensor]) -> Tensor:
    for i in range(0, 9, 3):
        x = F.conv_transpose2d(x, w[f"deconv_layers.{i}.weight"], stride=2, padding=1)
        x = F.relu(_normalised(x, w, f"deconv_layers.{i + 1}"))
    x = F.relu(F.conv2d(x, w["final_layer.0.weight"], padding=1, groups=32))
    return F.conv2d(x, w["final_layer.2.weight"], w["final_layer.2.bias"])


def _upsample_twin(x: Tensor, w: dict[str, Tensor]) -> Tensor:
    for i in range(0, 12, 4):
        x = F.interpolate(x, size=(2 * x.shape[2], 2 * x.shape[3]), mode="bilinear")
        x = F.conv2d(x, w[f"upsample_layers.{i + 1}.weight"], padding=1)
        x = F.relu(_normalised(x, w, f"upsample_layers.{i + 2}"))
    return F.conv2d(x, w["final_layer.weight"], w["final_layer.bias"])


def _shuffle_twin(x: Tensor, w: dict[str, Tensor]) -> Tensor:
    for i in (1, 2, 3):
        x = F.relu(_normalised(F.conv2d(x, w[f"duc{i}.conv.weight"], padding=1), w, f"duc{i}.bn"))
        n, channels, height, width = x.shape
        x = x.view(n, channels // 4, 2, 2, height, width).permute(0, 1, 4, 2, 5, 3)
        x = x.reshape(n, channels // 4, 2 * height, 2 * width)
    return F.conv2d(x, w["final_layer.weight"], w["final_layer.bias"])


def _normalised(x: Tensor, w: dict[str, Tensor], name: str) -> Tensor:
    return F.batch_norm(x, w[f"{name}.running_mean"], w[f"{name}.running_var"], w[f"{name}.weight"], w[f"{name}.bias"])


@pytest.mark.parametrize(
    ("word", "twin"), [("slim32_sic", _slim_twin), ("upsample32", _upsample_twin), ("shuffle32", _shuffle_twin)]
)
def test_the_other_heads_are_what_they_are_said_to_be(word: str, twin: object) -> None:
    network = Network(behind(32, word))
    for _ in range(3):
        network(torch.randn(4, 3, 64, 96))  # statistics of their own
    network.eval()
    weights = dict(network.state_dict())
    features = F.conv2d(IMAGES, weights["encoder.weight"], stride=32, padding=1)
    with torch.no_grad():
        torch.testing.assert_close(network(IMAGES), twin(features, weights))  # type: ignore[operator]


def operations(graph: Graph) -> list[tuple[object, ...]]:
    """Return what the layers are, without the blocks of the picture."""
    return [(layer.name, layer.operation, layer.inputs, layer.shape) for layer in graph]


@pytest.mark.parametrize(("published_one", "word"), [
    ("efficientpose-a", "slim32_sic"), ("simplebaseline-r50", "deconv256"), ("hrnet-w32", "plain")
])  # fmt: skip
def test_the_words_spell_the_published_heads(published_one: str, word: str) -> None:
    genotype = find(published_one)
    space = load(genotype.space)
    values = {gene: value for gene, value in genotype.genes if gene != "filters"}
    fixed = {name: value for name, value in space.fixed.items() if name not in ("head", "sic")}
    genes = {gene: options for gene, options in space.genes.items() if gene != "filters"}
    spelt = replace(space, genes=genes, fixed=fixed | {"head": word})
    chosen = replace(space, genes=genes | {"head": (word, "simcc2")}, fixed=fixed)
    official = space.graph(genotype)
    assert operations(spelt.build(values)) == operations(official) == operations(chosen.build(values | {"head": word}))
    assert spelt.build(values).layers == official.layers, "the picture too"


PRINTED = published(dataset="COCO", split="val2017").pipe(
    lambda rows: rows[rows["model"].str.fullmatch(r"(HRNet|SimpleBaseline)-.*\+SimDR")]
)
SPLITS = {("SimpleBaseline-R50", 64): 3, ("SimpleBaseline-R50", 128): 3, ("SimpleBaseline-R101", 64): 3}
"""Bins per pixel of the released configurations, where they are not 2."""


@pytest.mark.parametrize("row", list(PRINTED.itertuples()), ids=lambda row: f"{row.model} {row.input_height}")
def test_published_sizes(row: SimpleNamespace) -> None:
    """To the last digit, cut off or rounded; but the ResNet-101 at 256×192, printed as 53.7 M, has 55.7 in its code."""
    model, size = row.model.removesuffix("+SimDR"), (row.input_height, row.input_width)
    split = SPLITS.get((model, row.input_height), 2)
    family, named = ("hrnet_heads", "simcc") if "HRNet" in model else ("simplebaseline_heads", "deconv256_simcc")
    space, genotype = load(family), dict(find(f"{model}-SimCC").genes)
    space = replace(space, genes=space.genes | {"head": (f"{named}{split}",)})
    cost = count(
        space.build(genotype | {"head": f"{named}{split}"}, input=size, joints=JOINTS["COCO"]), convention="hrnet"
    )
    params = 55.7 if (model, row.input_height) == ("SimpleBaseline-R101", 256) else row.params_m
    assert abs(cost.params / 1e6 - params) < 0.051
    assert -0.05 <= cost.giga - row.cost < 0.1


@pytest.mark.parametrize("name", ["heads_micro", "simplebaseline_heads", "hrnet_heads"])
def test_every_option_of_a_demonstration_space_is_another_network(name: str) -> None:
    space = load(name)
    first = {gene: options[0] for gene, options in space.genes.items()}
    built = [space.build(first | {"head": word}, input=(64, 64)) for word in space.genes["head"]]
    assert len({tuple(operations(graph)) for graph in built}) == len(built)
    for graph in built:
        names = [layer.name for layer in graph]
        assert len(set(names)) == len(names)
        assert Network(graph)(torch.zeros(2, 3, 64, 64)).shape[:2] == (2, space.joints)


def test_the_table_of_costs_counts_every_member_of_the_micro_space() -> None:
    space = load("heads_micro")
    counted = table(space).count(space.encode(space.enumerate()))
    costs = [count(space.graph(genotype)) for genotype in space.enumerate()]
    assert counted.params.tolist() == [cost.params for cost in costs]
    assert counted.macs.tolist() == [cost.macs for cost in costs]


def without(*words: str) -> SearchSpace:
    """Return the micro space without some heads."""
    space = load("heads_micro")
    return replace(space, genes=space.genes | {"head": tuple(w for w in space.genes["head"] if w not in words)})


@pytest.mark.parametrize("space", [without("simcc2", "slim32_simcc2"), without(*load("heads_micro").genes["head"][:5])])
def test_a_path_of_a_supernet_is_the_member_with_its_weights(space: SearchSpace) -> None:
    supernet, images = build_supernet(space), torch.randn(2, 3, 64, 64)
    shared = dict(supernet.named_parameters())
    for number, word in enumerate(space.genes["head"]):
        options = {gene: len(values) - 1 for gene, values in space.genes.items()} | {"head": number}
        member = build(space.decode([list(options.values())])[0], space=space).train()
        one_hot = {gene: torch.eye(len(space.genes[gene]))[option] for gene, option in options.items()}
        with torch.no_grad():
            for name, weight in member.named_parameters():
                if (there := shared.get(name, shared.get(f"heads.{word}.{name}"))) is not None:
                    weight.copy_(there)
            torch.testing.assert_close(member(images), supernet.path(images, options), rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(supernet(images, one_hot), supernet.path(images, options))


def test_heat_maps_and_vectors_are_not_mixed() -> None:
    with pytest.raises(InvalidFileError, match="head is open between 'deconv64' and 'simcc2': a supernet mixes"):
        load("heads_micro").open_graph()
    split = replace(load("heads_micro"), genes=load("heads_micro").genes | {"head": ("simcc2", "simcc3")})
    with pytest.raises(InvalidFileError, match="open between 'simcc2' and 'simcc3'"):
        split.open_graph()


@pytest.mark.parametrize(
    ("stride", "word", "message"),
    [
        (32, "deconv", r"head is 'deconv'; expected a word like plain, deconv256, .*Did you mean 'deconv256'"),
        (32, "slim32_sik", r"Did you mean 'slim32_sic'"),
        (32, "deconv0", r"head is 'deconv0'; expected"),
        (32, "simcc", r"Did you mean 'simcc2'"),
        (32, "plain", r"maps have 1/32 of the image's size, not 1/4; 'deconv256' and 'simcc2' would do"),
        (4, "upsample64", r"have 1/4 of the image's size already; 'plain' and 'simcc2' would do"),
        (4, "plain_simcc2", r"expected a word like"),
        (2, "plain", r"have 1/2 of the image's size, and heat maps have 1/4; 'simcc2' would do"),
    ],
)
def test_a_word_that_means_nothing_gets_one_clear_line(stride: int, word: str, message: str) -> None:
    with pytest.raises(InvalidFileError, match=message) as caught:
        behind(stride, word)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"simcc2", "slim', '"simcc2", "slom', "head is 'slom32_simcc2'; expected a word like"),
        (
            '"deconv64", ',
            '"deconv32", ',
            "the heads 'deconv32' and 'slim32' are the same after this encoder; remove one",
        ),
        ("divisor", "sic = true\ndivisor", "'sic' stands beside 'head', whose word includes it; leave one of them out"),
        ("divisor", "head = [32]\ndivisor", r"'head' stands in \[genes\] and in \[fixed\]; leave one of them out"),
        ('"deconv64", ', '"plain", ', "head is 'plain', but the encoder's maps have 1/8"),
    ],
)
def test_a_wrong_option_is_found_when_the_file_is_read(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (folder("search_spaces") / "heads_micro.toml").read_text().split("[named]")[0]
    path = tmp_path / "mine.toml"
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(InvalidFileError, match=message):
        load(path)


def test_samples_of_the_micro_space_have_their_head() -> None:
    space, rng = load("heads_micro"), np.random.default_rng(0)
    for genotype in (space.sample(rng) for _ in range(20)):
        output = space.graph(genotype).output.shape
        assert output == ((14, 1, 256) if "simcc" in str(genotype["head"]) else (14, 16, 16))
