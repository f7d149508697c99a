"""Training a network into a folder while a database is told of it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from nasbench_pose.evaluators import Progress
from nasbench_pose.evaluators.train import TrainEvaluator
from nasbench_pose.genotype import Genotype
from nasbench_pose.store import Store
from nasbench_pose.trained.folder import TrainedFolder
from nasbench_pose.trained.live import LiveCurve, Tell
from nasbench_pose.trained.training import train_into


def train_watched(
    db: str | None,
    folder: Path,
    evaluator: TrainEvaluator,
    genotype: Genotype,
    seed: int,
    *,
    minutes: float,
    stop: Callable[[], str],
    progress: Progress,
    tell: Sequence[Tell] = (),
    about: Mapping[str, Any] | None = None,
) -> TrainedFolder:
    """Do `train_into`, and write the curve into the database `db` while it runs, and its trial at the end.

    None: there is no database. Raises what `train_into` raises.
    """
    with nullcontext() if db is None else Store(db) as store:
        live = LiveCurve(store, evaluator, genotype, seed) if store else None
        try:
            found, trial = train_into(
                folder, evaluator, genotype, seed, minutes=minutes, stop=stop, progress=progress, about=about,
                tell=[*tell, live] if live else tell,
            )  # fmt: skip
        finally:
            if live is not None:
                live.end()
        if store is not None and trial is not None:
            store.add(trial, protocol_text=evaluator.protocol_text)
    return found
