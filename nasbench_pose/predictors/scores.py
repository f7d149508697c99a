"""Scores kept in a file as they come, so that no second is paid for twice."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nasbench_pose.benchmark.append_only import AppendOnlyCsv
from nasbench_pose.genotype import Genotype
from nasbench_pose.predictors.predictor import Predictor, Score

IDENTITY = ("predictor", "family", "about", "seed")
RAISED = " raised "
"""Of a failure that came from a stranger's code."""
COLUMNS = (*IDENTITY, *Score._fields)


@dataclass(frozen=True)
class ScoreFile:
    """A CSV file of scores; what is in it is not computed again."""

    path: Path

    @property
    def lines(self) -> AppendOnlyCsv:
        """The rows, as lines."""
        return AppendOnlyCsv(self.path, COLUMNS, "file of scores")

    @contextmanager
    def alone(self) -> "Iterator[ScoreFile]":
        """Keep other processes from adding scores; raise InvalidFileError if one is at it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.lines.lock():
            yield self

    def read(self) -> pd.DataFrame:
        """Return every whole row; one that a killed process has left unfinished is no row.

        Raises InvalidFileError for a file that is something else.
        """
        rows = self.lines.read({"predictor": str, "about": str, "error": str})
        return rows.drop_duplicates([*IDENTITY, "genotype"], keep="last", ignore_index=True)

    def scored(
        self,
        predictor: Predictor,
        genotypes: Sequence[Genotype],
        seed: int,
        *,
        go_on: Callable[[], bool] = lambda: True,
        tell: Callable[[Score, int], None] = lambda *_: None,
    ) -> pd.DataFrame:
        """Return the scores of `genotypes`, after computing and appending those that are missing, while `go_on()`.

        `tell` hears of each new one, and of how many are to come. Code that raised may have been mended: what it failed
        to score is tried again. One process at a time: see `alone`.
        """
        done = set(self._mine(predictor, seed).query("~error.str.contains(@RAISED, na=False)")["genotype"])
        missing = [genotype for genotype in genotypes if genotype.text not in done]
        if missing and go_on():
            self.lines.begin()
            for left, score in zip(range(len(missing) - 1, -1, -1), predictor.scores(missing, seed), strict=True):
                self._append(predictor, seed, score)
                tell(score, left)
                if not go_on():
                    break
        rows = self._mine(predictor, seed)
        return rows[rows["genotype"].isin({genotype.text for genotype in genotypes})].reset_index(drop=True)

    def _mine(self, predictor: Predictor, seed: int) -> pd.DataFrame:
        """Return the scores that this predictor has given with this seed."""
        rows = self.read()
        same = (rows["predictor"] == predictor.name) & (rows["about"] == predictor.about) & (rows["seed"] == seed)
        return rows[same]

    def _append(self, predictor: Predictor, seed: int, score: Score) -> None:
        known = [predictor.name, predictor.family, predictor.about, seed]
        said = "" if math.isnan(score.score) else f"{score.score:.8g}"
        cells = [score.genotype, said, round(score.seconds, 4), round(score.once_seconds, 2)]
        self.lines.append([[*known, *cells, score.error]])
