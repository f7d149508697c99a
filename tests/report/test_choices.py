"""What a front has in common, against counting by hand."""

import numpy as np
import pytest

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.plots import choices
from nasbench_pose.report.choices import NO_EFFECT, choice_shares
from nasbench_pose.spaces import load, names


@pytest.mark.parametrize("name", names())
def test_every_gene_with_a_choice_is_there_once_and_adds_up(name: str) -> None:
    space = load(name)
    members = [space.sample(np.random.default_rng(seed)) for seed in range(7)]
    frames = choice_shares(space, members)
    genes = [gene for frame in frames for gene in frame.columns]
    assert sorted(genes) == sorted(gene for gene, options in space.genes.items() if len(options) > 1)
    for frame in frames:
        assert frame.sum().to_numpy() == pytest.approx(100)
        for gene in frame.columns:
            taken = [dict(member.genes).get(gene, NO_EFFECT) for member in members]
            for word, share in frame[gene].dropna().items():
                assert share == pytest.approx(100 * sum(str(value).partition(".")[0] == word for value in taken) / 7)


@pytest.mark.parametrize("name", ["efficientpose_large", "mobile_pose", "nasnet_pose"])
def test_the_maps_do_not_cover_each_other(name: str) -> None:
    space = load(name)
    members = [space.sample(np.random.default_rng(seed)) for seed in range(3)]
    figure = choices(choice_shares(space, members), title="x")
    figure.draw_without_rendering()
    boxes = [ax.get_tightbbox() for ax in figure.axes]
    assert all(not a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert all(figure.bbox.contains(*corner) for box in boxes for corner in ((box.x0, box.y0), (box.x1, box.y1)))


def test_no_front_no_choices() -> None:
    with pytest.raises(NasbenchPoseError, match="No network of hrnet is on the front"):
        choice_shares(load("hrnet"), [])
