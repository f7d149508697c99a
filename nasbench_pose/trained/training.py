"""Training a network into a folder, and continuing where it ended."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from nasbench_pose.errors import DivergedError, InvalidFileError
from nasbench_pose.evaluators import Progress, Trial
from nasbench_pose.evaluators.checkpoints import Checkpoints, difference
from nasbench_pose.evaluators.steps import Steps
from nasbench_pose.evaluators.train import TrainEvaluator
from nasbench_pose.files import replace_file
from nasbench_pose.genotype import Genotype
from nasbench_pose.hashing import short_sha256
from nasbench_pose.network.weights import partial_weights, save
from nasbench_pose.spaces import title_of
from nasbench_pose.store.provenance import provenance
from nasbench_pose.trained.card_text import card_text
from nasbench_pose.trained.folder import CARD, CHECKPOINT, CURVE, WEIGHTS, TrainedFolder
from nasbench_pose.trained.live import Tell

ROWS = 200
"""Rows of the learning curve in a file."""


def starting_from(evaluator: TrainEvaluator, genotype: Genotype, init: Path) -> tuple[TrainEvaluator, str]:
    """Return the evaluator whose trainings of `genotype` start from the weights in `init`, and what is used of them."""
    weights, note = partial_weights(evaluator.network(genotype, 0), init)
    protocol = replace(evaluator.protocol, init=short_sha256(init.read_bytes()))
    return replace(evaluator, protocol=protocol, start=weights), note


def train_into(
    folder: Path,
    evaluator: TrainEvaluator,
    genotype: Genotype,
    seed: int,
    *,
    minutes: float = 10.0,
    stop: Callable[[], str] = lambda: "",
    progress: Progress | None = None,
    about: Mapping[str, Any] | None = None,
    tell: Sequence[Tell] = (),
) -> tuple[TrainedFolder, Trial | None]:
    """Train `genotype` in `folder`, or continue there; return the folder and the trial, None if it had ended before.

    The folder gets the weights, a card (JSON and Markdown) with `about` in it, the learning curve, and during the
    training a checkpoint every `minutes`; each of `tell` is called after every step. Raises InvalidFileError for a
    folder of another training, StoppedError if `stop` says why, DivergedError for a training that diverged (the last
    checkpoint is kept), and OSError if the disk is full.
    """
    identity = _identity(evaluator, genotype, seed)
    if (folder / CARD).is_file():
        return _same(TrainedFolder.read(folder), identity), None
    folder.mkdir(parents=True, exist_ok=True)
    checkpoints = _FolderCheckpoints(folder / CHECKPOINT, identity, minutes, stop, tell=tell)

    def keep(network: nn.Module) -> None:
        save(network, folder / WEIGHTS, _metadata(evaluator, identity))

    trial = evaluator.evaluate(
        genotype, fidelity=evaluator.full_fidelity, seed=seed, progress=progress, trained=keep, checkpoints=checkpoints
    )
    if trial.error is not None:
        kept = f"; the last checkpoint is {checkpoints.path}" if checkpoints.path.exists() else ""
        advice = f"a protocol.learning_rate below {evaluator.protocol.learning_rate:g} may help"
        raise DivergedError(f"{title_of(genotype)}, seed {seed}: {trial.error}; {advice}{kept}")
    checkpoints.write_curve(list(trial.curve))
    card = _card(evaluator, trial, about or {})
    replace_file(folder / "card.md", card_text(card).encode())
    replace_file(folder / CARD, json.dumps(card, indent=2, ensure_ascii=False).encode())  # last: it says all is there
    checkpoints.path.unlink(missing_ok=True)
    return TrainedFolder.read(folder), trial


def train_along(
    folder: Path, evaluator: TrainEvaluator, genotype: Genotype, seed: int, *, stop: Callable[[], str] = lambda: ""
) -> None:
    """Take part in the training that another process, the first one, does by `train_into`; write nothing.

    Raises StoppedError if any of the processes was asked to stop.
    """
    identity = _identity(evaluator, genotype, seed)
    if (folder / CARD).is_file():
        _same(TrainedFolder.read(folder), identity)
        return
    checkpoints = Checkpoints(folder / CHECKPOINT, identity, stop=stop)
    evaluator.evaluate(genotype, fidelity=evaluator.full_fidelity, seed=seed, checkpoints=checkpoints)


def _identity(evaluator: TrainEvaluator, genotype: Genotype, seed: int) -> dict[str, str]:
    return {"genotype": genotype.text, "protocol": evaluator.protocol_text, "seed": str(seed)}


@dataclass
class _FolderCheckpoints(Checkpoints):
    """Checkpoints that write the learning curve, too, and tell others of it."""

    tell: Sequence[Tell] = ()
    training: Steps = field(init=False)

    def after_step(self, training: Steps, curve: list[tuple[int, float]], seconds: Callable[[], float]) -> None:
        """Tell of the step, and write a checkpoint if it is due."""
        for tell in self.tell:
            tell(training.done, training.losses, curve)
        super().after_step(training, curve, seconds)

    def resume(self, training: Steps, curve: list[tuple[int, float]]) -> float:
        """Continue from the file, and remember the training for its losses."""
        self.training = training
        return super().resume(training, curve)

    def write(self, training: Steps, curve: list[tuple[int, float]], seconds: float) -> None:
        """Write the checkpoint and the curve."""
        super().write(training, curve, seconds)
        self.write_curve(curve)

    def write_curve(self, curve: list[tuple[int, float]]) -> None:
        """Write the mean loss of every few steps, and the accuracy where it was measured."""
        losses, text = self.training.losses, io.StringIO()
        stride = max(1, len(losses) // ROWS)
        ends = sorted({*range(stride, len(losses) + 1, stride), *(step for step, _ in curve)})
        table, accuracy, before = csv.writer(text, lineterminator="\n"), dict(curve), 0
        table.writerow(["step", "train_loss", "val_accuracy"])
        for end in ends:
            table.writerow([end, f"{np.mean(losses[before:end]):.6g}", accuracy.get(end, "")])
            before = end
        replace_file(self.path.with_name(CURVE), text.getvalue().encode())


def _same(found: TrainedFolder, identity: Mapping[str, str]) -> TrainedFolder:
    """Return a folder whose training has ended; raise InvalidFileError if it is another one."""
    theirs = {"genotype": found.genotype.text, "protocol": found.protocol.text, "seed": str(found.card["seed"])}
    for name, mine in identity.items():
        if theirs[name] != mine:
            raise InvalidFileError(
                f"{found.path} has the network of another training: its {difference(name, theirs[name], mine)}. Use "
                "another folder."
            )
    return found


def _metadata(evaluator: TrainEvaluator, identity: Mapping[str, str]) -> dict[str, str]:
    size = "x".join(map(str, evaluator.protocol.input))
    return {**identity, "input": size, "joints": ",".join(evaluator.splits.val.skeleton.joints)}


def _card(evaluator: TrainEvaluator, trial: Trial, about: Mapping[str, Any]) -> dict[str, Any]:
    skeleton = evaluator.splits.val.skeleton
    return {
        "name": title_of(trial.genotype),
        "genotype": trial.genotype.text,
        "key": trial.genotype.key,
        "protocol": json.loads(evaluator.protocol_text),
        "protocol_key": trial.protocol,
        "title": evaluator.title,
        "seed": trial.seed,
        "data": evaluator.splits.source,
        "people": {name: len(getattr(evaluator.splits, name)) for name in ("train", "val", "test")},
        "joints": list(skeleton.joints),
        "metrics": dict(trial.metrics),
        "seconds": trial.seconds,
        "curve": [list(point) for point in trial.curve],
        "provenance": asdict(provenance()),
        **about,
    }
