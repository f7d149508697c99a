"""The exact distribution of MACs in EfficientPose's spaces (10^21 and 10^28 genotypes), with the published networks.

Makes `cost_histogram.svg`.
"""

from pathlib import Path

from nasbench_pose import cost
from nasbench_pose.plots import Landmark, figure, macs_distribution, save
from nasbench_pose.spaces import load

SPACES = {
    "EfficientPose, small template": "efficientpose_small",
    "EfficientPose, large template": "efficientpose_large",
}
INPUT, JOINTS = (256, 256), 16


def main(out: Path, budget: int = 0) -> list[Path]:  # noqa: ARG001
    """Draw the exact distribution into the folder `out`; `budget` has no effect."""
    histograms, landmarks = {}, []
    for title, name in SPACES.items():
        space = load(name)
        table = cost.table(space, input=INPUT, joints=JOINTS)
        histograms[title] = cost.histogram(table)
        macs = table.count(space.encode(space.named.values())).macs.tolist()
        landmarks += [Landmark(title, known, each) for known, each in zip(space.named, macs, strict=True)]
    drawing, ax = figure()
    about = f"What every member of EfficientPose's spaces costs, at {INPUT[0]}×{INPUT[1]}, {JOINTS} joints"
    macs_distribution(histograms, landmarks, ax, title=about)
    return [save(drawing, out / "cost_histogram.svg")]
