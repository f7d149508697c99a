"""The teacher of a training: a folder of `train`, or a network with the weights of another program."""

from dataclasses import replace
from pathlib import Path

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.evaluators.train import TrainEvaluator
from nasbench_pose.genotype import Genotype
from nasbench_pose.hashing import short_sha256
from nasbench_pose.network.weights import load
from nasbench_pose.spaces import find, title_of
from nasbench_pose.trained.folder import TrainedFolder, is_trained_folder


def taught_by(evaluator: TrainEvaluator, teacher: str) -> tuple[TrainEvaluator, str]:
    """Return the evaluator whose trainings learn from a teacher, and what the teacher is.

    `teacher` is a folder of `train`, or GENOTYPE=FILE. Raises InvalidFileError for a teacher whose maps mean something
    else than those of the training, and what `load` and `find` raise.
    """
    genotype, weights = _place(evaluator, teacher)
    joints, size = evaluator.splits.train.skeleton.joints, evaluator.protocol.input
    network = load(genotype, weights, joints=joints, input=size).network
    digest = short_sha256(f"{genotype.text} {short_sha256(weights.read_bytes())}")
    protocol = replace(evaluator.protocol, teacher=digest)
    return replace(evaluator, protocol=protocol, teacher=network), f"taught by {title_of(genotype)}, {weights}"


def _place(evaluator: TrainEvaluator, teacher: str) -> tuple[Genotype, Path]:
    """Return the genotype of a teacher and its file of weights."""
    if not is_trained_folder(teacher):
        name, equals, file = teacher.partition("=")
        if not equals:
            raise InvalidFileError(f"{teacher!r} is no teacher: expected a folder of `train`, or GENOTYPE=FILE.")
        return find(name), Path(file)
    folder = TrainedFolder.read(Path(teacher))
    for field in ("loss", "alignment"):
        theirs, mine = getattr(folder.protocol, field), getattr(evaluator.protocol, field)
        if theirs != mine:
            raise InvalidFileError(
                f"The teacher in {folder.path} was trained with {field}={theirs}, so its maps mean something else than "
                f"those of {field}={mine}."
            )
    return folder.genotype, folder.weights
