"""Rich display of values in notebooks; the modules that draw them are imported on demand."""

from importlib import import_module

SHOWN_BY = "nasbench_pose.report.html.notebook"
"""The module whose function `html` has a case for each class; a name, because low layers import no higher ones."""


class Shown:
    """A value that notebooks show as HTML, with a picture where there is one."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        """Return the value as HTML. Jupyter, VS Code and others call this."""
        text: str = import_module(SHOWN_BY).html(self)
        return text
