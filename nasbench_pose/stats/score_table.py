"""The check of tables of scores: their columns, numbers and searches, and one protocol in each task."""

import pandas as pd

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.stats.curves import one_protocol
from nasbench_pose.stats.inputs import SEARCH, numbers, with_columns


def checked(scores: pd.DataFrame, *columns: str, finite: bool = True) -> pd.DataFrame:
    """Return `scores`, their score as floats.

    Raises InvalidFileError for a table that lacks a column, for a row without strategy, seed or task, for a score that
    is not a number, or not `finite`, and for a search that is there twice; MixedProtocolsError for two protocols in a
    task.

    >>> checked(pd.DataFrame({"strategy": ["a"]}), "strategy", "score")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.InvalidFileError: The scores lack the column 'score'; they have 'strategy'.
    """
    with_columns(scores, "scores", *columns)
    known = [column for column in SEARCH if column in scores]
    if "run_seed" in known and (twice := scores[scores.duplicated(known)][known]).size:
        row = ", ".join(f"{column} {value}" for column, value in twice.iloc[0].items())
        raise InvalidFileError(f"{len(twice)} scores are of a search that has one, such as {row}; leave them out.")
    for part in [part for _, part in scores.groupby("task")] if "task" in scores else [scores]:
        one_protocol(part)
    return scores.assign(score=numbers(scores["score"], finite=finite))


def checked_blocks(table: pd.DataFrame) -> pd.DataFrame:
    """Return the blocks (rows) of a table of losses that have a value of every strategy (columns), as floats.

    Raises InvalidFileError for another thing than a DataFrame, for two columns of one name and for other values than
    numbers.

    >>> checked_blocks(pd.DataFrame({"a": [1, 2], "b": [3, None]})).to_dict("list")
    {'a': [1.0], 'b': [3.0]}
    """
    with_columns(table, "blocks")
    names = table.columns.map(str)
    if not names.is_unique:
        raise InvalidFileError(f"Two columns are called {names[names.duplicated()][0]!r}: give each strategy its own.")
    blocks = table.dropna()
    return pd.DataFrame({name: numbers(blocks[name], finite=False) for name in table}, index=blocks.index, dtype=float)
