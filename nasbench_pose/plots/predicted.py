"""Predicted joints on the crops of people, beside the labels: what a percentage of PCKh looks like."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from nasbench_pose.plots.people import contact_sheet
from nasbench_pose.pose.pck import distances
from nasbench_pose.pose.people import People

MOST = 16
"""People in a figure."""
THRESHOLD = 0.5
"""Head sizes (of PCKh) within which a joint is found."""


def predicted_sheet(people: People, joints: NDArray[np.floating], title: str, numbers: Sequence[int] = ()) -> Figure:
    """Return a figure of the first people with predicted `joints` (n, J, 2), and below the same people with labels.

    Under each prediction is the share of labelled joints that are found. `numbers` are those of the people in their
    split; default: from 0.
    """
    some = people.take(np.arange(min(MOST, len(people))))
    found = joints[: len(some)]
    near = distances(found, some.joints, some.labelled, some.head_sizes) <= THRESHOLD
    counts = [(int(hits[known].sum()), int(known.sum())) for hits, known in zip(near, some.labelled, strict=True)]
    everywhere = np.ones_like(some.labelled)
    drawn = replace(some, joints=found.astype(np.float32), labelled=everywhere, visible=everywhere)
    names = [f"person {number}" for number in (numbers or range(len(some)))]
    shares = [f"{hits} of {known} joints" for hits, known in counts]
    return contact_sheet({"predicted": (drawn, shares), "labelled": (some, names)}, title)
