"""Scores in a CSV file: each is appended as soon as it is computed, and is never computed again."""

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
"""Part of the error texts of plug-ins that raised an error."""
COLUMNS = (*IDENTITY, *Score._fields)


@dataclass(frozen=True)
class ScoreFile:
    """A CSV file of scores; scores in it are not computed again."""

    path: Path

    @property
    def lines(self) -> AppendOnlyCsv:
        """The file as appendable lines."""
        return AppendOnlyCsv(self.path, COLUMNS, "file of scores")

    @contextmanager
    def lock(self) -> "Iterator[ScoreFile]":
        """Keep other processes from adding scores; raise InvalidFileError if another process does."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.lines.lock():
            yield self

    def read(self) -> pd.DataFrame:
        """Return every complete row; a row that a killed process left incomplete is skipped.

        Raises InvalidFileError for a file that is no file of scores.
        """
        rows = self.lines.read({"predictor": str, "about": str, "error": str})
        return rows.drop_duplicates([*IDENTITY, "genotype"], keep="last", ignore_index=True)

    def scored(
        self,
        predictor: Predictor,
        genotypes: Sequence[Genotype],
        seed: int,
        *,
        keep_going: Callable[[], bool] = lambda: True,
        on_score: Callable[[Score, int], None] = lambda *_: None,
    ) -> pd.DataFrame:
        """Return the scores of `genotypes`; compute and append the missing ones, as long as `keep_going()` is true.

        `on_score` is called with each new score and the number of those to come. Genotypes whose score a plug-in failed
        to compute are tried again, since the plug-in may have been corrected. One process at a time: see `lock`.
        """
        done = set(self._scores_of(predictor, seed).query("~error.str.contains(@RAISED, na=False)")["genotype"])
        missing = [genotype for genotype in genotypes if genotype.text not in done]
        if missing and keep_going():
            self.lines.begin()
            for left, score in zip(range(len(missing) - 1, -1, -1), predictor.scores(missing, seed), strict=True):
                self._append(predictor, seed, score)
                on_score(score, left)
                if not keep_going():
                    break
        rows = self._scores_of(predictor, seed)
        return rows[rows["genotype"].isin({genotype.text for genotype in genotypes})].reset_index(drop=True)

    def _scores_of(self, predictor: Predictor, seed: int) -> pd.DataFrame:
        """Return the rows of this predictor with this seed."""
        rows = self.read()
        same = (rows["predictor"] == predictor.name) & (rows["about"] == predictor.identity) & (rows["seed"] == seed)
        return rows[same]

    def _append(self, predictor: Predictor, seed: int, score: Score) -> None:
        identity = [predictor.name, predictor.family, predictor.identity, seed]
        value = "" if math.isnan(score.score) else f"{score.score:.8g}"
        row = [score.genotype, value, round(score.seconds, 4), round(score.once_seconds, 2)]
        self.lines.append([[*identity, *row, score.error]])
