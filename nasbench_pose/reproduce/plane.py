"""Found networks on the published plane, marked as ours."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.plots.labels import Label
from nasbench_pose.plots.published import published_plane
from nasbench_pose.plots.style import INK
from nasbench_pose.reference import published, recounted
from nasbench_pose.reproduce.efficientpose import WITHOUT_SIC
from nasbench_pose.reproduce.tested import Tested

OURS = "#0A7D2C"
"""A green that no published family has."""

_BELOW = -84  # points: below the caption of the published plane

PUBLISHED = {"AP": ("COCO", "val2017", (256, 192)), "PCKh@0.5": ("MPII", "val", (256, 256))}
"""Metric -> data set, split and input of the plane."""


def reproduced_plane(found: Sequence[Tested], protocol: Protocol, ax: Axes | None = None) -> Axes:
    """Draw found networks as stars on the published plane; return `ax`.

    All published values were measured by their authors; ours were measured by this package, after as many steps as the
    caption says.
    """
    dataset, split, size = PUBLISHED[found[0].metric]
    rows = recounted(published(dataset=dataset, split=split, input=size, role="primary", paradigm="top-down"))
    title = f"{dataset} {split}, {size[0]}×{size[1]}, and networks that were found here"
    ax = published_plane(rows, ax, title=title, further=lambda ax: _stars(found, ax))
    height, width = protocol.input
    text = (
        f"Stars: found and trained here (hollow: without SIC), {protocol.steps:,} steps of {protocol.batch} at "
        f"{height}×{width},\nmeasured on {found[0].people:,} people as {found[0].metric} with labelled boxes."
    )
    ax.annotate(
        text,
        (0, 0),
        (0, _BELOW),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=8,
        color=OURS,
        va="top",
    )
    return ax


def _stars(found: Sequence[Tested], ax: Axes) -> list[Label]:
    """Draw the networks that were found, and return their labels."""
    labels = []
    for (gmacs, value), names in _places(found).items():
        plain = all(name.endswith(WITHOUT_SIC) for name in names)
        ax.plot(gmacs, value, "*", ms=11, mfc="none" if plain else OURS, mec=OURS if plain else INK, mew=0.6, zorder=5)
        labels.append(Label(gmacs, value, f"{', '.join(names)}, ours", OURS, 8.5, "bold"))
    return labels


def _places(found: Sequence[Tested]) -> dict[tuple[float, float], list[str]]:
    """Return (GMACs, accuracy) -> the networks there: short searches find one network for several limits."""
    places: dict[tuple[float, float], list[str]] = {}
    for one in found:
        places.setdefault((one.macs / 1e9, one.value), []).append(one.name)
    return places
