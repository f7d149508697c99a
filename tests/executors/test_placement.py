"""Where trials are measured: executors by their names, and what they take."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from nasbench_pose.errors import InvalidFileError, UnknownNameError
from nasbench_pose.executors.placement import Placement


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("rai", UnknownNameError, r"No executor named 'rai'; known: local, ray, .*Did you mean 'ray'\?"),
        ("concurrent.futures:wait_for", UnknownNameError, "The executor .* cannot be imported"),
        ("math:pi", InvalidFileError, "The executor 'math:pi' is a float; expected a function"),
    ],
)
def test_what_is_no_executor_is_said_before_anything_starts(name: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        Placement(name).check()


def test_an_executor_that_cannot_be_made_is_said() -> None:
    with pytest.raises(InvalidFileError, match=r"'math:factorial' cannot be made: ValueError: .*negative"):
        Placement("math:factorial").executor(-1)
    with pytest.raises(InvalidFileError, match=r"'math:sqrt' made a float, not a concurrent\.futures\.Executor"):
        Placement("math:sqrt").executor(4)
    threads = Placement("concurrent.futures:ThreadPoolExecutor")
    with pytest.raises(UnknownNameError, match="takes no --trial-timeout; it takes --thread-name-prefix"):
        threads.with_timeout(5.0).check()
    assert isinstance(threads.executor(2), ThreadPoolExecutor)
