"""A figure as an address that holds it, so that a page needs no other file."""

from base64 import b64encode
from pathlib import Path
from tempfile import TemporaryDirectory

from matplotlib.figure import Figure

from nasbench_pose.plots import save


def address(figure: Figure) -> str:
    """Return a figure as a `data:` address with its SVG, for the `src` of an image."""
    with TemporaryDirectory() as folder:
        picture = save(figure, Path(folder) / "figure.svg").read_bytes()
    return f"data:image/svg+xml;base64,{b64encode(picture).decode()}"
