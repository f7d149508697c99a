"""Small chains of every shape, for laws that hold in all spaces, and the slow definitions to hold them against."""

from collections.abc import Mapping

from hypothesis import strategies as st

from nasbench_pose.cost import count
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.spaces.kinds import Kind, kind

BLOCKS = ("k3_e1", "k3_e3", "k5_e2", "k7_e6")


def chain(genes: Mapping[str, list[str] | list[int]], blocks: list[int], of: Kind | None = None) -> SearchSpace:
    """Return a space of chains with stages of so many blocks, 8 channels wide, on images of 16×16 pixels."""
    stages = [{"width": 8 * (i + 1), "blocks": number, "stride": 2} for i, number in enumerate(blocks)]
    return SearchSpace(
        name="small",
        title="small",
        kind=of or kind("chain"),
        cite="",
        genes={gene: tuple(options) for gene, options in genes.items()},
        fixed={"stem": [8, 8], "head": [8], "sic": True, "stages": stages, "divisor": 2},
        input=(16, 16),
        joints=3,
        named={},
        baselines=(),
        digest="",
    )


@st.composite
def chains(draw: st.DrawFn) -> SearchSpace:
    """Draw a space of at most some hundred members: genes with one option or more, `width` anywhere or nowhere."""
    blocks = draw(st.lists(st.integers(1, 2), min_size=1, max_size=2))
    genes: list[tuple[str, list[str] | list[int]]] = []
    for stage, number in enumerate(blocks, start=1):
        for block in range(1, number + 1):
            words = st.sampled_from(BLOCKS if block == 1 else ("skip", *BLOCKS))
            genes.append((f"s{stage}b{block}", draw(st.lists(words, min_size=1, max_size=3, unique=True))))
    if draw(st.booleans()):
        widths = draw(st.lists(st.sampled_from([50, 75, 100]), min_size=1, max_size=2, unique=True))
        genes.insert(draw(st.integers(0, len(genes))), ("width", widths))
    return chain(dict(genes), blocks)


def one_by_one(space: SearchSpace) -> list[dict[str, int]]:
    """Count every member alone, in the order of `enumerate`."""
    costs = [count(space.graph(genotype)) for genotype in space.enumerate()]
    columns = ("params", "macs", "activations", "peak_elements")
    return [{column: getattr(cost, column) for column in columns} for cost in costs]
