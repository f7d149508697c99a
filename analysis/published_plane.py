"""The published plane: what the literature says of accuracy, over costs counted one way.

Makes `published_mpii.svg` and `published_coco.svg`.
"""

import argparse
from pathlib import Path

from nasbench_pose import plots, reference

PANELS = {
    "published_mpii": ("MPII", "val", (256, 256), "MPII validation, PCKh@0.5, 256×256", 82.5),
    "published_coco": ("COCO", "val2017", (256, 192), "COCO val2017, AP, 256×192", 61.5),
}


def main(out: Path, budget: int = 0, *, suffix: str = ".svg") -> list[Path]:  # noqa: ARG001
    """Draw both planes into the folder `out`; there is nothing a larger `budget` could improve."""
    return [draw(name, out / f"{name}{suffix}") for name in PANELS]


def draw(name: str, path: Path) -> Path:
    """Draw one plane."""
    dataset, split, size, title, lowest = PANELS[name]
    rows = reference.published(dataset=dataset, split=split, input=size, role="primary")
    figure, ax = plots.figure(height=6.0)
    plots.published_plane(reference.recounted(rows), ax, title=title, lowest=lowest)
    return plots.save(figure, path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, nargs="?", default=Path("docs/figures"), help="folder for the figures")
    for written in main(parser.parse_args().out):
        print(written)
