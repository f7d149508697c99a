"""Executors of strangers: old interfaces, cancelled calls, answers that are none."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from backwards import Backwards, Call
from fakes import SPACE, KeyReader, Listening
from test_futures_crew import RUN

from nasbench_pose.errors import EvaluatorError, NasbenchPoseError
from nasbench_pose.search import search
from nasbench_pose.search.futures_crew import FuturesCrew
from nasbench_pose.store import Store

pytestmark = pytest.mark.usefixtures("latest_first")


class Old(Backwards):
    """Has the interface from before Python 3.9, as the executors of some packages do."""

    def shutdown(self, wait: bool = True) -> None:  # type: ignore[override]
        self.ended = not wait


class Cancelling(Backwards):
    """Cancels the first call, as a cluster does that needs the place."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        call = super().submit(fn, *args, **kwargs)
        if self.count == 0:
            self.count = 1
            cancel: Any = call.cancel
            Call.waiting[-1].run = cancel
        return call


class Answering(Executor):
    """Returns results instead of futures."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return fn(*args, **kwargs)


def test_an_executor_without_cancel_futures_is_shut_down_and_its_calls_are_cancelled(tmp_path: Path) -> None:
    executor = Old()
    with Store("sqlite://") as store:
        crew = FuturesCrew(executor, evaluator := KeyReader(tmp_path / "log"), RUN, 3)
        found = search(Listening(SPACE, np.random.default_rng(0)), evaluator, store, RUN, budget=9, crew=crew)
        next(found)
        under_way = list(Call.waiting)
        crew.close()
    assert executor.ended and under_way and all(call.cancelled() for call in under_way)


def test_a_call_that_the_executor_cancels_is_measured_again(tmp_path: Path) -> None:
    notices: list[str] = []
    evaluator = KeyReader(tmp_path / "log")
    with Store("sqlite://") as store:
        crew = FuturesCrew(Cancelling(), evaluator, RUN, 1, notices.append)
        steps = list(search(Listening(SPACE, np.random.default_rng(0)), evaluator, store, RUN, budget=2, crew=crew))
    assert [step.trial.error for step in steps] == [None, None]
    assert [notice.partition(" while")[0] for notice in notices] == ["its worker is gone (its call was cancelled)"]


def test_an_executor_that_returns_no_futures_is_said(tmp_path: Path) -> None:
    evaluator = KeyReader(tmp_path / "log")
    said = r"^The executor Answering answered a call with Trial; submit\(\) returns a concurrent\.futures\.Future\.$"
    with Store("sqlite://") as store, pytest.raises(EvaluatorError, match=said):
        crew = FuturesCrew(Answering(), evaluator, RUN, 1)
        list(search(Listening(SPACE, np.random.default_rng(0)), evaluator, store, RUN, budget=2, crew=crew))


class Mixing(Backwards):
    """Answers every call with the result of the first one."""

    def __init__(self, first: object = None) -> None:
        super().__init__()
        self.first = first

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        def mixed() -> object:
            self.first = self.first or fn(*args, **kwargs)
            return self.first

        return super().submit(mixed)


@pytest.mark.parametrize(
    ("executor", "said"),
    [
        (
            Mixing(),
            r"^The executor Mixing answered the call of .* with the trial of efficientpose_micro:.*own trial\.$",
        ),
        (Mixing(42), r"answered the call of efficientpose_micro:.* \(fidelity 100, seed 3\) with int; a call returns"),
        (Executor(), r"^The executor of the trials takes no call: NotImplementedError\. What was measured is kept\.$"),
    ],
)
def test_an_answer_is_that_of_its_call(executor: Executor, said: str, tmp_path: Path) -> None:
    evaluator = KeyReader(tmp_path / "log")
    with Store("sqlite://") as store, pytest.raises(NasbenchPoseError, match=said):
        crew = FuturesCrew(executor, evaluator, RUN, 1)
        list(search(Listening(SPACE, np.random.default_rng(0)), evaluator, store, RUN, budget=2, crew=crew))
