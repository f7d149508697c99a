"""Figures that notebooks show by themselves."""

from io import BytesIO

from matplotlib.figure import Figure

SHARPNESS = 2
"""Pixels of a picture for a pixel of the page, for screens that have as many."""


class ShownFigure(Figure):
    """A figure that is not registered in pyplot, so nothing keeps it in memory, and that notebooks show nevertheless.

    Without pyplot, IPython knows no picture of matplotlib's own figures. Of axes, show `ax.figure`.
    """

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """Return the figure as a PNG, and its size on the page in pixels. Jupyter, VS Code and others call this.

        >>> ShownFigure(figsize=(3, 2), dpi=100)._repr_png_()[1]
        {'width': 300, 'height': 200}
        """
        picture = BytesIO()
        self.savefig(picture, format="png", dpi=SHARPNESS * self.dpi)
        width, height = (round(inches * self.dpi) for inches in self.get_size_inches())
        return picture.getvalue(), {"width": width, "height": height}
