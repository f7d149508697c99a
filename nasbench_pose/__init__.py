"""Choose a human-pose network: search spaces, strategies, exact costs, real trainings, Pareto fronts.

In a notebook, `import nasbench_pose as nbp` is enough. Heavy libraries are imported on first use.

>>> import nasbench_pose as nbp
>>> nbp.cost("hrnet-w32").macs
7645003776
>>> nbp.load_space("efficientpose_micro").sample(0).key
'd234c3564479fc00'
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nasbench_pose.benchmark import Benchmark
    from nasbench_pose.cost import CostPackage
    from nasbench_pose.genotype import Genotype
    from nasbench_pose.network import build
    from nasbench_pose.objective import Objective
    from nasbench_pose.shortcuts import compare, draw, evaluate, front
    from nasbench_pose.spaces import find
    from nasbench_pose.spaces import load as load_space
    from nasbench_pose.store import Store

    cost: CostPackage

__version__ = "0.2.0"

__all__ = [
    "Benchmark",
    "Genotype",
    "Objective",
    "Store",
    "build",
    "compare",
    "cost",
    "draw",
    "evaluate",
    "find",
    "front",
    "load_space",
]

_LOCATIONS = {
    "Benchmark": ("benchmark", "Benchmark"),
    "Genotype": ("genotype", "Genotype"),
    "Objective": ("objective", "Objective"),
    "Store": ("store", "Store"),
    "build": ("network", "build"),
    "compare": ("shortcuts", "compare"),
    "draw": ("shortcuts", "draw"),
    "evaluate": ("shortcuts", "evaluate"),
    "find": ("spaces", "find"),
    "front": ("shortcuts", "front"),
    "load_space": ("spaces", "load"),
}
"""Public name -> (module, name in that module). `cost` is absent: it is the package `cost`, which is callable."""


def __getattr__(name: str) -> Any:
    """Import a public name or a module of the package on first access."""
    from importlib import import_module

    if name in _LOCATIONS:
        module, attribute = _LOCATIONS[name]
        value = globals()[name] = getattr(import_module(f"{__name__}.{module}"), attribute)
        return value
    if name in _modules():
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_modules()})


def _modules() -> set[str]:
    from pkgutil import iter_modules

    return {module.name for module in iter_modules(__path__) if not module.name.startswith("_")}
