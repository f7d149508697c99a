"""Saving figures reproducibly: equal figures give equal bytes."""

from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from nasbench_pose.errors import pick

METADATA: dict[str, dict[str, str | None]] = {
    ".svg": {"Date": None, "Creator": "nasbench-pose"},
    ".pdf": {"CreationDate": None, "Creator": "nasbench-pose", "Producer": None},
    ".png": {"Software": "nasbench-pose"},
}
"""Suffix -> metadata of the file, without dates."""


def save(figure: Figure, path: Path | str) -> Path:
    """Write a figure as .svg, .pdf or .png, by the suffix; return the path.

    Equal figures give equal bytes. Missing folders are created. Raises UnknownNameError for another suffix.
    """
    path = Path(path)
    metadata = pick("figure format", path.suffix.lower(), METADATA)
    path.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({"svg.hashsalt": "nasbench-pose"}):
        figure.savefig(path, dpi=200 if path.suffix.lower() == ".png" else "figure", metadata=metadata)
    return path
