"""The contract tests of executors that measure trials."""

import time
from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path

import pytest

from nasbench_pose.errors import DataError


class ExecutorContract:
    """Tests of a `concurrent.futures.Executor` for trials: override `executor`."""

    @pytest.fixture
    def executor(self) -> Iterator[Executor]:
        """Yield the executor for two workers."""
        raise NotImplementedError

    def test_a_call_comes_back_with_its_result(self, executor: Executor) -> None:
        assert [executor.submit(pow, 2, n).result(120) for n in range(5)] == [1, 2, 4, 8, 16]

    def test_an_error_of_a_call_comes_back_as_it_is(self, executor: Executor) -> None:
        future = executor.submit(_fail, "There is no file mpii.mat.")
        with pytest.raises(DataError, match=r"^There is no file mpii\.mat\.$"):
            future.result(120)
        assert executor.submit(pow, 2, 3).result(120) == 8, "the other calls go on"

    def test_two_calls_run_at_once(self, executor: Executor, tmp_path: Path) -> None:
        pair = [executor.submit(_meet, tmp_path, own, other) for own, other in (("a", "b"), ("b", "a"))]
        assert [future.result(120) for future in pair] == [True, True]

    def test_it_takes_no_call_after_its_end(self, executor: Executor) -> None:
        assert executor.submit(pow, 2, 3).result(120) == 8
        executor.shutdown(wait=False, cancel_futures=True)
        with pytest.raises(RuntimeError):
            executor.submit(pow, 2, 3)


def _fail(message: str) -> None:
    raise DataError(message)


def _meet(folder: Path, own: str, other: str) -> bool:
    """Leave a file; return whether that of another call appears within a minute."""
    (folder / own).touch()
    for _ in range(600):
        if (folder / other).exists():
            return True
        time.sleep(0.1)
    return False
