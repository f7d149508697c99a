"""One-shot scores: one supernet is trained for a whole space; each network is measured with the weights it inherits.

Importing this package loads no torch. The first name that needs torch loads it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nasbench_pose.oneshot.measurement import OneShot

if TYPE_CHECKING:
    from nasbench_pose.oneshot.evaluator import OneShotEvaluator
    from nasbench_pose.oneshot.members import Member, recalibrate
    from nasbench_pose.oneshot.samplings import SAMPLINGS

__all__ = ["SAMPLINGS", "Member", "OneShot", "OneShotEvaluator", "recalibrate"]

_MODULES = {"OneShotEvaluator": "evaluator", "Member": "members", "recalibrate": "members", "SAMPLINGS": "samplings"}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
