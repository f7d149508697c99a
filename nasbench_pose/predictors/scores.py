"""Scores kept in a file as they come, so that no second is paid for twice."""

import csv
import io
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nasbench_pose.benchmark.rows import whole_lines
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Genotype
from nasbench_pose.predictors.predictor import Predictor, Score

IDENTITY = ("predictor", "family", "about", "seed")
COLUMNS = (*IDENTITY, *Score._fields)


@dataclass(frozen=True)
class ScoreFile:
    """A CSV file of scores; what is in it is not computed again."""

    path: Path

    def read(self) -> pd.DataFrame:
        """Return every whole row; one that a killed process has left unfinished is no row.

        Raises InvalidFileError for a file that is something else.
        """
        whole = whole_lines(self.path.read_bytes() if self.path.is_file() else b"")
        if not whole:
            return pd.DataFrame(columns=list(COLUMNS))
        try:
            frame = pd.read_csv(io.BytesIO(whole), dtype={"predictor": str, "about": str, "error": str})
        except ValueError as error:  # of pandas, and of bytes that are no text
            raise InvalidFileError(f"{self.path} is no file of scores: {str(error).splitlines()[0]}.") from None
        if tuple(frame.columns) != COLUMNS:
            raise InvalidFileError(
                f"{self.path} is no file of scores; it has the columns {', '.join(frame.columns)[:80]}."
            )
        return frame

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

        `tell` hears of each new one, and of how many are to come.
        """
        done = set(self._mine(predictor, seed)["genotype"])
        missing = [genotype for genotype in genotypes if genotype.text not in done]
        if missing and go_on():
            self._begin()
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

    def _begin(self) -> None:
        """Write the head of a new file; cut off what a killed process has left unfinished of an old one."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b") as file:
            file.seek(0)
            whole = whole_lines(file.read())
            file.truncate(len(whole))
            if not whole:
                file.write((",".join(COLUMNS) + "\n").encode())

    def _append(self, predictor: Predictor, seed: int, score: Score) -> None:
        known = [predictor.name, predictor.family, predictor.about, seed]
        said = "" if math.isnan(score.score) else f"{score.score:.8g}"
        cells = [score.genotype, said, round(score.seconds, 4), round(score.once_seconds, 2)]
        with self.path.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerow([*known, *cells, score.error])
            file.flush()
            os.fsync(file.fileno())
