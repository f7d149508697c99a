"""An evaluator that looks trainings up: searches are replayed in milliseconds, and charged what training took."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from nasbench_pose.benchmark.arrays import SPLITS, points
from nasbench_pose.benchmark.table import Benchmark
from nasbench_pose.errors import InvalidFileError, NasbenchPoseError
from nasbench_pose.evaluators.measurement import MeasurementInfo, MeasurementOptions
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.trial import KeyedByProtocol, Progress, Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.hashing import canonical_json
from nasbench_pose.metrics import BUILT_IN
from nasbench_pose.pose.source import located
from nasbench_pose.spaces import SearchSpace

COLUMNS = tuple(name for name, metric in BUILT_IN.items() if "table" in metric.evaluators and name != "seconds")
"""Columns of the table that are metrics of a trial."""
METRICS = (*COLUMNS, "trained_seed")
"""`trained_seed` is the seed of the training that answered: the same training seen with two seeds is one."""
WHOLE = tuple(name for name in COLUMNS if BUILT_IN[name].price == "counted")
"""Metrics that are whole numbers, and known of every part of a training."""
SEEDS = "a seed that a genotype was not trained with is answered by one of those it was: by its number, counting round"


@dataclass(frozen=True)
class TableEvaluator(KeyedByProtocol):
    """Answers with the trials of a benchmark table, as training gave them; `seconds` are what that took.

    Most genotypes were trained with one seed: any other seed answers with one there is. A genotype that the table lacks
    is a failed trial that took no time. Fidelity is a whole training or a point of the learning curves, as
    in `Benchmark.query`. The protocol names the file by its checksum, so that the answers of a table that has grown are
    facts of their own.
    """

    benchmark: Benchmark

    @cached_property
    def protocol_text(self) -> str:
        """The protocol of the trainings, the table and how it answers, as canonical JSON."""
        about = {"table": self.benchmark.name, "sha256": self.benchmark.about["sha256"], "seeds": SEEDS}
        known = {**about, "protocol": json.loads(self.training_text)}
        return canonical_json(known)

    @property
    def training_text(self) -> str:
        """The protocol by which the table was trained, as canonical JSON."""
        return str(self.benchmark.about["protocol"])

    @property
    def full_fidelity(self) -> int:
        """Steps of a whole training."""
        return self.benchmark.grid.full

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns of the table that are metrics of a trial: those with numbers, but for seed and seconds."""
        described: Mapping[str, Mapping[str, str]] = self.benchmark.about.get("columns", {})
        others = (
            name for name, about in described.items()
            if about.get("type") in ("number", "integer") and name not in (*COLUMNS, "seed", "seconds")
        )  # fmt: skip
        return tuple(name for name in (*COLUMNS, *others) if name in self.benchmark.rows)

    def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None) -> Trial:
        """Return the trial that the table has; raise InvalidFileError for a fidelity that is no point of its curves."""
        if progress is not None:
            progress(fidelity, fidelity)
        rows = self._rows.get(genotype.text)
        if not rows:
            reason = f"{self.benchmark.name} has no row of {genotype.text}: it has {self.benchmark.coverage}"
            return Trial(genotype, self.protocol_key, fidelity, seed, error=reason)
        trained = seed if seed in rows else sorted(rows)[seed % len(rows)]
        row = rows[trained]
        curve = tuple((step, percent) for step, percent in points(row["curve"]).items() if step <= fidelity)
        failed = isinstance(row["error"], str)
        metrics = {} if failed else {name: _number(name, row[name]) for name in self.columns}
        if fidelity != self.full_fidelity and not failed:
            if fidelity not in dict(curve):
                self.benchmark.grid.point("val", fidelity)  # says which there are
                raise InvalidFileError(f"The curve of {genotype.text} with seed {trained} has no point at {fidelity}.")
            metrics = {
                SPLITS["val"]: dict(curve)[fidelity],
                **{name: metrics[name] for name in WHOLE if name in metrics},
            }
        if metrics:
            metrics["trained_seed"] = trained
        seconds = row["seconds"] * (fidelity / self.full_fidelity)
        error = row["error"] if failed else None
        return Trial(genotype, self.protocol_key, fidelity, seed, metrics, seconds, curve, error)

    @cached_property
    def _rows(self) -> Mapping[str, Mapping[int, Mapping[Any, Any]]]:
        """The rows of each genotype, by seed."""
        found: dict[str, dict[int, Mapping[Any, Any]]] = {}
        for row in self.benchmark.rows.to_dict("records"):
            found.setdefault(row["genotype"], {})[int(row["seed"])] = row
        return found


@dataclass(frozen=True)
class LookUp:
    """Look trainings up in a table; call it to get the evaluator."""

    table: str | Path
    """What `Benchmark.load` takes, likewise `data` and `space`."""
    data: str | None = None
    space: SearchSpace | None = None
    people: str | None = None
    """The table's people with their folder, for strategies that train; None: without a folder."""

    @classmethod
    def from_options(cls, options: MeasurementOptions) -> "LookUp":
        """Return the look-up that a user has chosen: in the package's table of the space, or in a file.

        Raises NasbenchPoseError for options that would change a protocol by which all was trained long ago, DataError
        for people that are not the table's.
        """
        if (options.protocol, options.steps, options.input) != (None, None, None):
            raise NasbenchPoseError("A table has its own protocol: leave --protocol, --steps and --input out.")
        people = options.data.partition(":")[0] if options.data else None
        found = cls(options.argument or options.space.name, people, options.space, options.data)
        if options.data and located(options.data):
            from nasbench_pose.benchmark.check import evaluator_on  # torch

            evaluator_on(found().benchmark, options.data)  # strategies must not train on others than the table's
        return found

    def __call__(self) -> TableEvaluator:
        """Load the table; raise what `Benchmark.load` raises."""
        return TableEvaluator(Benchmark.load(self.table, self.data, space=self.space))

    def describe(self, evaluator: TableEvaluator) -> MeasurementInfo:
        """Return what a comparison has to know: strategies that train use the people and the protocol of the table."""
        benchmark = evaluator.benchmark
        protocol = Protocol.parse(evaluator.training_text)
        return MeasurementInfo(
            title=f"{protocol.title}, looked up",
            plane="looked up",
            input=protocol.input,
            joints=benchmark.space.joints,
            metrics=(*evaluator.columns, "trained_seed"),
            fidelities=tuple(dict.fromkeys((*benchmark.grid.steps, benchmark.grid.full))),
            training_protocol=evaluator.training_text,
            people=self.people or benchmark.people,
            immediate=True,
            truth=benchmark,
        )


def _number(metric: str, value: float) -> float:
    return int(value) if metric in WHOLE else float(value)
