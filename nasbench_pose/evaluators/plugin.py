"""Evaluators of other packages as measurements."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, one_line
from nasbench_pose.evaluators.measurement import Measurement, MeasurementInfo, info_of
from nasbench_pose.evaluators.trial import Evaluator
from nasbench_pose.plugins import Registry, callable_only
from nasbench_pose.spaces import SearchSpace

MEASUREMENTS: Mapping[str, str] = {
    path.stem: f"nasbench_pose.measurements.{path.stem}:MEASUREMENT"
    for path in sorted(Path(__file__).parents[1].glob("measurements/[!_]*.py"))
}
"""Name -> `module:attribute` of the function from MeasurementOptions to a measurement; imported only when used."""
EVALUATORS: Registry[Callable[..., object]] = Registry(
    "evaluator", "nasbench_pose.evaluators", MEASUREMENTS, callable_only, "a function of a space"
)
"""Evaluators: those of `MEASUREMENTS`, and those of other packages, which are functions of a space that make an
evaluator, or Measurement classes."""
REQUIRED = ("protocol_key", "protocol_text", "full_fidelity", "evaluate")
"""Attributes that every evaluator must have."""


def resolve(name: str) -> Callable[..., object]:
    """Return the function that makes an evaluator or a Measurement for a space: an entry point or `module:attribute`.

    Raises UnknownNameError for a name that cannot be found or imported, InvalidFileError for an object that is not
    callable.

    >>> resolve("math:pi")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.InvalidFileError: The evaluator 'math:pi' is a float; expected a function of a space.
    """
    return EVALUATORS.resolve(name)


@dataclass(frozen=True)
class PluginMeasurement:
    """The measurement of another package; each worker process imports it and makes its own evaluator.

    The plug-in is a function of a space that returns an evaluator, or a class of Measurement whose argument is a space.
    """

    name: str
    """Name of the entry point, or `module:attribute`."""
    space: SearchSpace

    def __call__(self) -> Evaluator:
        """Import and make the evaluator; raise UnknownNameError or InvalidFileError if that fails."""
        found = resolve(self.name)
        try:
            made: Any = found(self.space)() if _is_measurement(found) else found(self.space)
        except NasbenchPoseError:
            raise
        except Exception as error:  # a plug-in's function may raise anything
            said = f"The evaluator {self.name!r} cannot be made of a space: {one_line(error)}."
            raise InvalidFileError(said) from error
        if not callable(getattr(made, "evaluate", None)):
            raise InvalidFileError(f"The evaluator {self.name!r} makes a {type(made).__name__}: no evaluator.")
        if missing := [name for name in REQUIRED if not hasattr(made, name)]:
            raise InvalidFileError(
                f"The evaluator {self.name!r} has no {missing[0]!r}; it needs {', '.join(REQUIRED)}."
            )
        evaluator: Evaluator = made
        return evaluator

    def describe(self, evaluator: Evaluator) -> MeasurementInfo:
        """Return the properties of the measurement: those of its class, or else of `measurement.info_of`."""
        found = resolve(self.name)
        if _is_measurement(found):
            return found(self.space).describe(evaluator)
        return info_of(evaluator, self.space, self.name)


def _is_measurement(function: Callable[..., object]) -> TypeGuard[Callable[[SearchSpace], Measurement]]:
    """Whether a plug-in is a class of Measurement. It is decided without calling it, which may take long."""
    return isinstance(function, type) and issubclass(function, Measurement)
