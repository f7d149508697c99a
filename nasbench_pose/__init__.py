"""Choose a human-pose network: search spaces, strategies, exact costs, real trainings, Pareto fronts."""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

__version__ = "0.1.0"


def __getattr__(name: str) -> ModuleType:
    """Import a part of the package when it is first asked for: `import nasbench_pose` alone loads nothing heavy.

    >>> import nasbench_pose
    >>> nasbench_pose.spaces.load("hrnet").size
    972
    """
    if any(module.name == name for module in iter_modules(__path__)):
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
