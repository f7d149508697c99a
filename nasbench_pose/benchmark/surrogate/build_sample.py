"""Building a sample: trainings in several processes, appended to the file one by one."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from nasbench_pose.benchmark.build import trained
from nasbench_pose.benchmark.description import begun, description
from nasbench_pose.benchmark.surrogate.sample_file import BY_COST, SampleFile
from nasbench_pose.benchmark.surrogate.sample_plan import Draw, SamplePlan, all_of, drawn, liked
from nasbench_pose.benchmark.surrogate.surrogate_benchmark import FEWEST, SurrogateBenchmark
from nasbench_pose.cost import table
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.evaluators import Trial
from nasbench_pose.evaluators.training import Training
from nasbench_pose.spaces import SearchSpace


def build_sample(
    space: SearchSpace,
    training: Training,
    path: Path,
    wanted: SamplePlan,
    *,
    workers: int,
    limit: int | None,
    go_on: Callable[[], bool],
    tell: Callable[[Trial, int], None],
) -> int:
    """Make the trainings that the sample at `path` lacks, at most `limit`; return their number.

    The networks drawn over cost come first. When all of them are trained, searches on their surrogate find the others,
    unless no network of the space is left.
    No training starts once `go_on()` is false; `tell` is called after each with the trial and the number left. Raises
    the errors of `build_table`, except that any size of space will do, and InvalidFileError for too few drawn networks.
    """
    _check_searchable(wanted)
    file = SampleFile(path)
    made, most = 0, limit if limit is not None else sys.maxsize
    with file.lines.lock():
        evaluator = training()
        evaluator.network(space.sample(0), 0)  # raises for an unsuitable image size, before every training does
        what = "a sample of networks trained"
        about = begun(file, description(space, evaluator, wanted, what=what, made_by=file.WRITTEN_BY))
        costs = table(space, input=evaluator.protocol.input, joints=len(evaluator.splits.train.skeleton.joints))
        first = drawn(space, costs, wanted, np.random.default_rng(0))

        def train(draws: list[Draw]) -> int:
            if not go_on():
                return 0
            done = set(file.read()[["genotype", "seed"]].itertuples(index=False, name=None))
            jobs = [draw for draw in draws if (draw[0].text, draw[1]) not in done][: most - made]
            drawn_by = {draw[:2]: draw[2] for draw in jobs}
            left = len(jobs)
            for trial in trained(training, iter([draw[:2] for draw in jobs]), workers, go_on):
                file.append_drawn(trial, drawn_by[trial.genotype, trial.seed])
                file.describe(about)
                left -= 1
                tell(trial, left)
            return len(jobs) - left

        made = train(first)
        if wanted.liked and made < most and go_on() and not all_of(space, set(file.read()["genotype"])):
            made += train(liked(_fitted(space, file, about), wanted, go_on))
    return made


def _check_searchable(wanted: SamplePlan) -> None:
    """Raise InvalidFileError for a plan whose searches would have no surrogate."""
    if wanted.liked and wanted.drawn < FEWEST:
        raise InvalidFileError(
            f"Searches on a surrogate need {FEWEST} drawn networks or more, not {wanted.drawn}: draw more, or set the "
            "number of liked ones to 0."
        )


def _fitted(space: SearchSpace, file: SampleFile, about: dict[str, object]) -> SurrogateBenchmark:
    """Return the surrogate of the networks that were drawn over cost."""
    rows: pd.DataFrame = file.read()
    drawn_rows = rows[rows["drawn_by"] == BY_COST].reset_index(drop=True)
    return SurrogateBenchmark(file.path.stem, space, drawn_rows, about).checked()
