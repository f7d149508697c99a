"""One measurement of a search: a network that cannot be measured fails, a machine that cannot measure raises."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any

from nasbench_pose.errors import (
    DataError,
    EvaluatorError,
    InvalidFileError,
    InvalidNumberError,
    MeasurementError,
    NotFiniteError,
    StoppedError,
    StoreError,
    UnknownNameError,
    one_line,
)
from nasbench_pose.evaluators import Evaluator, Progress, Trial
from nasbench_pose.evaluators.schedules import MEANING, schedules_of
from nasbench_pose.evaluators.trial import Schedule
from nasbench_pose.genotype import Genotype
from nasbench_pose.metrics import NEVER_NEGATIVE

USER_ERRORS = (
    DataError,
    EvaluatorError,
    InvalidFileError,
    InvalidNumberError,
    MeasurementError,
    StoppedError,
    StoreError,
    UnknownNameError,
)
"""Errors that are not the genotype's fault. They are raised: stored, they would fail the genotype for good."""


OUT_OF_MEMORY = ("out of memory", "not enough memory", "allocate memory")
"""Messages by which a RuntimeError of torch is recognised as lack of memory; torch has no class for it on the CPU."""


def measure(
    evaluator: Evaluator,
    genotype: Genotype,
    *,
    fidelity: int,
    seed: int,
    schedule: Schedule = "whole",
    progress: Progress | None = None,
) -> Trial:
    """Return the trial of `genotype`. An exception caused by the network becomes the `error` of the trial.

    Other exceptions are raised and nothing is stored, so that the next attempt measures again: MeasurementError if the
    disk, the memory or an import failed, EvaluatorError for an evaluator that returns another trial than requested, and
    the `USER_ERRORS`.
    """
    known = schedules_of(evaluator)
    full = fidelity == evaluator.full_fidelity
    if not full and schedule not in known:
        raise InvalidFileError(
            f"A fidelity of {fidelity} on {MEANING[schedule]} was asked for; this measurement has only "
            f"{' and '.join(MEANING[each] for each in known)}: set the strategy's schedule to {known[0]}."
        )
    more: Mapping[str, Any] = {} if full or known == ("whole",) else {"schedule": schedule}
    started = perf_counter()

    def failed(error: str) -> Trial:
        spent = perf_counter() - started
        return Trial(genotype, evaluator.protocol_key, fidelity, seed, seconds=spent, error=error, schedule=schedule)

    try:
        trial = evaluator.evaluate(genotype, fidelity=fidelity, seed=seed, progress=progress, **more)
    except NotFiniteError as error:
        return failed(str(error))
    except USER_ERRORS:
        raise
    except Exception as error:
        if _is_machine_failure(error):
            raise MeasurementError(
                f"The measurement of {genotype.text} (seed {seed}) was ended by {one_line(error)}. Nothing of it is "
                "kept: the same command tries it again."
            ) from error
        return failed(one_line(error))
    _check_answer(evaluator, trial, genotype, fidelity, seed, schedule)
    return trial


def _is_machine_failure(error: BaseException) -> bool:
    """Return whether the machine failed, so that the same measurement may succeed elsewhere or later.

    The OutOfMemoryError of an accelerator is recognised by name, without importing torch.
    """
    if isinstance(error, (OSError, MemoryError, ImportError)):
        return True
    if any(kind.__name__ == "OutOfMemoryError" for kind in type(error).__mro__):
        return True
    said = " ".join(str(error).lower().split())
    return isinstance(error, RuntimeError) and any(sign in said for sign in OUT_OF_MEMORY)


def _check_answer(
    evaluator: Evaluator, trial: object, genotype: Genotype, fidelity: int, seed: int, schedule: Schedule
) -> None:
    """Raise EvaluatorError if a trial is not the requested one: it would be stored under a wrong key."""
    if not isinstance(trial, Trial):
        raise EvaluatorError(
            f"The evaluator returned {type(trial).__name__} for {genotype.text}; expected an evaluators.Trial."
        )
    asked = {
        "genotype": genotype.text, "protocol": evaluator.protocol_key, "fidelity": fidelity, "seed": seed,
        "schedule": schedule,
    }  # fmt: skip
    answered = {
        "genotype": trial.genotype.text, "protocol": trial.protocol, "fidelity": trial.fidelity, "seed": trial.seed,
        "schedule": trial.schedule,
    }  # fmt: skip
    for name, value in asked.items():
        if answered[name] != value:
            raise EvaluatorError(
                f"The evaluator was asked for {name} {value!r} of {genotype.text} and answered with {name} "
                f"{answered[name]!r}; it must measure what it is asked for."
            )
    for name, value in trial.metrics.items():
        if value < 0 and name in NEVER_NEGATIVE:
            raise EvaluatorError(f"The evaluator answered with {name} {value:g} for {genotype.text}; it is 0 or more.")
