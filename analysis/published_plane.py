"""The published plane: accuracies from papers over costs counted by one convention.

Makes `published_mpii.svg` and `published_coco.svg`.
"""

from pathlib import Path

from nasbench_pose.report.figures import draw_published


def main(out: Path, budget: int = 0) -> list[Path]:  # noqa: ARG001
    """Draw both planes into the folder `out`; `budget` has no effect."""
    return draw_published(out)
