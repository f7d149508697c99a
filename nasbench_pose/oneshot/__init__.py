"""One-shot scores: train all networks of a space at once, then measure each with the weights it inherits.

Importing this loads no torch; it is loaded with the first name that needs it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nasbench_pose.oneshot.measurement import OneShot

if TYPE_CHECKING:
    from nasbench_pose.oneshot.evaluator import OneShotEvaluator
    from nasbench_pose.oneshot.members import Member, recalibrate
    from nasbench_pose.oneshot.paths import SAMPLINGS

__all__ = ["SAMPLINGS", "Member", "OneShot", "OneShotEvaluator", "recalibrate"]

_PLACES = {"OneShotEvaluator": "evaluator", "Member": "members", "recalibrate": "members", "SAMPLINGS": "paths"}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
