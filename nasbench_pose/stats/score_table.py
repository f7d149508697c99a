"""The check of tables of scores: their columns, and one protocol in each task."""

import pandas as pd

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.stats.curves import one_protocol


def checked(scores: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Return `scores`; raise InvalidFileError if it lacks a column, MixedProtocolsError for two protocols in a task.

    >>> checked(pd.DataFrame({"strategy": ["a"]}), "strategy", "score")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.InvalidFileError: The scores lack the column 'score'; they have 'strategy'.
    """
    if missing := [repr(column) for column in columns if column not in scores]:
        known = ", ".join(repr(str(column)) for column in scores) or "none"
        raise InvalidFileError(f"The scores lack the column {', '.join(missing)}; they have {known}.")
    for part in [part for _, part in scores.groupby("task")] if "task" in scores else [scores]:
        one_protocol(part)
    return scores
