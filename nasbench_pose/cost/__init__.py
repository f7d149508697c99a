"""Exact costs of one graph under named conventions, and of whole populations.

Modules are imported on first use, so that counting one network needs no NumPy. The package can be called:
`nasbench_pose.cost("hrnet-w32")` is `nasbench_pose.cost.count("hrnet-w32")`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from pathlib import Path

    from nasbench_pose.cost.conventions import CONVENTIONS, Convention
    from nasbench_pose.cost.cost_grid import Quantity, countable
    from nasbench_pose.cost.cost_histogram import Histogram, bounds, histogram
    from nasbench_pose.cost.cost_table import CostTable, Counts, Memory, table
    from nasbench_pose.cost.cost_window import Window, window
    from nasbench_pose.cost.inventory import Inventory
    from nasbench_pose.cost.network_cost import Cost, LayerCost, Subject, count
    from nasbench_pose.cost.rejection_sampling import Drawn, rejection
    from nasbench_pose.cost.terms import Term

__all__ = [
    "CONVENTIONS",
    "Convention",
    "Cost",
    "CostTable",
    "Counts",
    "Drawn",
    "Histogram",
    "LayerCost",
    "Memory",
    "Quantity",
    "Term",
    "Window",
    "bounds",
    "count",
    "countable",
    "histogram",
    "rejection",
    "table",
    "window",
]

_MODULES = {
    "conventions": ("CONVENTIONS", "Convention"),
    "cost_grid": ("Quantity", "countable"),
    "cost_histogram": ("Histogram", "bounds", "histogram"),
    "cost_table": ("CostTable", "Counts", "Memory", "table"),
    "cost_window": ("Window", "window"),
    "network_cost": ("Cost", "LayerCost", "count"),
    "rejection_sampling": ("Drawn", "rejection"),
    "terms": ("Term",),
}
_PLACES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class CostPackage(ModuleType):
    """The package `nasbench_pose.cost`, which is also the function `count`.

    Importing the package sets the attribute `cost` of `nasbench_pose`, so a function cannot have the same name.
    """

    if TYPE_CHECKING:
        CONVENTIONS = CONVENTIONS
        bounds = staticmethod(bounds)
        count = staticmethod(count)
        countable = staticmethod(countable)
        histogram = staticmethod(histogram)
        rejection = staticmethod(rejection)
        table = staticmethod(table)
        window = staticmethod(window)

    @overload
    def __call__(
        self,
        network: Subject,
        *,
        input: tuple[int, int] | None = None,
        joints: int | None = None,
        convention: str = "macs",
    ) -> Cost: ...
    @overload
    def __call__(self, network: Path, *, input: tuple[int, int] | None = None) -> Cost | Inventory: ...

    def __call__(
        self,
        network: Subject | Path,
        *,
        input: tuple[int, int] | None = None,
        joints: int | None = None,
        convention: str = "macs",
    ) -> Cost | Inventory:
        """Return the exact cost of a graph, a genotype, a name or a genotype's text: see `count`.

        Of an ONNX file, a Path or a text that ends in `.onnx`, return the Inventory, which counts its calls under any
        convention; `input` is then (height, width) of images whose size the file leaves open.
        """
        from pathlib import Path

        from nasbench_pose.cost.network_cost import count

        if isinstance(network, str | Path) and str(network).casefold().endswith(".onnx"):
            return _of_onnx(Path(network), input, joints, convention)
        return count(str(network) if isinstance(network, Path) else network, input=input, joints=joints,
                     convention=convention)  # fmt: skip


def _of_onnx(path: Path, input: tuple[int, int] | None, joints: int | None, convention: str) -> Inventory:
    from nasbench_pose.cost.modules_and_onnx import of_onnx
    from nasbench_pose.errors import InvalidFileError

    if joints is not None or convention != "macs":
        raise InvalidFileError(
            "An ONNX file has its joints, and its Inventory counts under any convention: cost(file).count('hrnet')."
        )
    try:
        return of_onnx(path, input).inventory()
    except OSError as error:
        raise InvalidFileError(f"No file {str(path)!r} that can be read: {error.strerror}.") from None


sys.modules[__name__].__class__ = CostPackage
