"""The published plane: what the literature says of accuracy, over costs counted one way.

Makes `published_mpii.svg` and `published_coco.svg`.
"""

from pathlib import Path

from nasbench_pose.report.figures import draw_published


def main(out: Path, budget: int = 0) -> list[Path]:  # noqa: ARG001
    """Draw both planes into the folder `out`; there is nothing a larger `budget` could improve."""
    return draw_published(out)
