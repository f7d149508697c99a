"""An evaluator that looks trainings up in a table; its trials report the seconds that the trainings took."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from nasbench_pose.benchmark.arrays import SPLITS, points
from nasbench_pose.benchmark.rows import COUNTED
from nasbench_pose.benchmark.table import Benchmark
from nasbench_pose.errors import InvalidFileError, NasbenchPoseError
from nasbench_pose.evaluators.measurement import MeasurementInfo, MeasurementOptions
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.trial import KeyedByProtocol, Progress, Schedule, Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.hashing import canonical_json
from nasbench_pose.metrics import BUILT_IN
from nasbench_pose.pose.source import is_complete
from nasbench_pose.spaces import SearchSpace

COLUMNS = tuple(name for name, metric in BUILT_IN.items() if "table" in metric.evaluators and name != "seconds")
"""Columns of the table that are metrics of a trial."""
METRICS = (*COLUMNS, "trained_seed")
"""`trained_seed` is the seed of the training in the table: trials of two seeds may refer to the same training."""
SEEDS = "a seed that a genotype was not trained with is answered by one of those it was: by its number, counting round"


@dataclass(frozen=True)
class TableEvaluator(KeyedByProtocol):
    """Looks trials up in a benchmark table; `seconds` are those of the training.

    Most genotypes were trained with one seed only: every other seed is mapped to one that exists. A genotype that the
    table lacks gives a failed trial of 0 seconds. Fidelity is that of a full training or a point of the learning
    curves, as in `Benchmark.query`. The protocol contains the checksum of the file, so trials of a table that has got
    more rows since have another key.
    """

    benchmark: Benchmark

    @cached_property
    def protocol_text(self) -> str:
        """The protocol of the trainings, the table and the rule for missing seeds, as canonical JSON."""
        about = {"table": self.benchmark.name, "sha256": self.benchmark.about["sha256"], "seeds": SEEDS}
        own = {} if self.benchmark.own is None else {"own_sha256": self.benchmark.own.about["sha256"]}
        return canonical_json({**about, **own, "protocol": json.loads(self.training_text)})

    @property
    def training_text(self) -> str:
        """The training protocol of the table, as canonical JSON."""
        return str(self.benchmark.about["protocol"])

    @property
    def full_fidelity(self) -> int:
        """Steps of a full training."""
        return self.benchmark.grid.full

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns of the table that are metrics of a trial: all numeric ones except seed and seconds."""
        described: Mapping[str, Mapping[str, str]] = self.benchmark.about.get("columns", {})
        others = (
            name for name, about in described.items()
            if about.get("type") in ("number", "integer") and name not in (*COLUMNS, "seed", "seconds")
        )  # fmt: skip
        return tuple(name for name in (*COLUMNS, *others) if name in self.benchmark.rows)

    @cached_property
    def filled(self) -> tuple[str, ...]:
        """The columns that every training which did not fail has."""
        trained = self.benchmark.rows[self.benchmark.rows["error"].isna()]
        return tuple(name for name in self.columns if trained[name].notna().all())

    @property
    def schedules(self) -> tuple[Schedule, ...]:
        """What fidelities may mean: `own` if the table has such trainings."""
        return ("whole",) if self.benchmark.own is None else ("whole", "own")

    def evaluate(
        self,
        genotype: Genotype,
        *,
        fidelity: int,
        seed: int,
        progress: Progress | None = None,
        schedule: Schedule = "whole",
    ) -> Trial:
        """Return the trial of the table; raise InvalidFileError for a fidelity that the table does not have."""
        if progress is not None:
            progress(fidelity, fidelity)
        if schedule == "own" and fidelity != self.full_fidelity:
            return self._own_trial(genotype, fidelity, seed)
        rows = self._rows.get(genotype.text)
        if not rows:
            reason = f"{self.benchmark.name} has no row of {genotype.text}: it has {self.benchmark.coverage}"
            return Trial(genotype, self.protocol_key, fidelity, seed, error=reason)
        trained = seed if seed in rows else sorted(rows)[seed % len(rows)]
        row = rows[trained]
        curve = tuple((step, percent) for step, percent in row["curve"].items() if step <= fidelity)
        failed = isinstance(row["error"], str)
        metrics = {} if failed else self._metrics(row)
        if fidelity != self.full_fidelity and not failed:
            if fidelity not in dict(curve):
                self.benchmark.grid.point("val", fidelity)  # raises with the fidelities that exist in the table
                raise InvalidFileError(f"The curve of {genotype.text} with seed {trained} has no point at {fidelity}.")
            metrics = {
                SPLITS["val"]: dict(curve)[fidelity],
                **{name: metrics[name] for name in COUNTED if name in metrics},
            }
        if metrics:
            metrics["trained_seed"] = trained
        seconds = row["seconds"] * (fidelity / self.full_fidelity)
        error = row["error"] if failed else None
        return Trial(genotype, self.protocol_key, fidelity, seed, metrics, seconds, curve, error)

    def _own_trial(self, genotype: Genotype, fidelity: int, seed: int) -> Trial:
        """Return the trial of a training on a schedule of its own."""
        own = self.benchmark.own
        if own is None or fidelity not in own.steps:
            known = "none" if own is None else ", ".join(map(str, own.steps))
            raise InvalidFileError(
                f"{self.benchmark.name} has no trainings on own schedules of {fidelity} steps; it has {known}."
            )
        rows = self._own_rows.get((genotype.text, fidelity))
        if not rows:
            reason = f"{self.benchmark.name} has no training of {genotype.text} on a schedule of {fidelity} steps"
            return Trial(genotype, self.protocol_key, fidelity, seed, error=reason, schedule="own")
        trained = seed if seed in rows else sorted(rows)[seed % len(rows)]
        row = rows[trained]
        curve, error = tuple(points(row["curve"]).items()), row["error"] if isinstance(row["error"], str) else None
        metrics = self._metrics(row) if error is None else {}
        about = {"trained_seed": trained} if metrics else {}
        return Trial(genotype, self.protocol_key, fidelity, seed, metrics | about, row["seconds"], curve, error, "own")

    def _metrics(self, row: Mapping[Any, Any]) -> dict[str, float]:
        """Return the metrics of a row; a few trainings of a table may lack some, but none lacks counts or accuracy."""
        known = {name: row[name] for name in self.columns if row[name] == row[name]}  # NaN: blank
        return {name: int(value) if name in COUNTED else float(value) for name, value in known.items()}

    @cached_property
    def _own_rows(self) -> Mapping[tuple[str, int], Mapping[int, Mapping[Any, Any]]]:
        """The rows of each genotype and length, by seed."""
        found: dict[tuple[str, int], dict[int, Mapping[Any, Any]]] = {}
        for row in self.benchmark.own.rows.to_dict("records") if self.benchmark.own is not None else []:
            found.setdefault((row["genotype"], int(row["steps"])), {})[int(row["seed"])] = row
        return found

    @cached_property
    def _rows(self) -> Mapping[str, Mapping[int, Mapping[Any, Any]]]:
        """The rows of each genotype, by seed, with their curves as numbers."""
        found: dict[str, dict[int, Mapping[Any, Any]]] = {}
        for row in self.benchmark.rows.to_dict("records"):
            found.setdefault(row["genotype"], {})[int(row["seed"])] = {**row, "curve": points(row["curve"])}
        return found


@dataclass(frozen=True)
class LookUp:
    """The measurement that looks trainings up in a table; call it to get the evaluator."""

    table: str | Path
    """Arguments of `Benchmark.load`, as `data` and `space`."""
    data: str | None = None
    space: SearchSpace | None = None
    people: str | None = None
    """The table's data set with its folder, for strategies that train; None: the folder is unknown."""
    version: str | None = None
    """Beginning of the checksum of an earlier state of the table."""

    @classmethod
    def from_options(cls, options: MeasurementOptions) -> "LookUp":
        """Return the look-up in the built-in table of the space, or in the file of the options.

        Raises NasbenchPoseError for options that would change the protocol of the table, DataError for another data set
        than the table's.
        """
        if (options.protocol, options.steps, options.input) != (None, None, None):
            raise NasbenchPoseError("A table has its own protocol: leave --protocol, --steps and --input out.")
        if options.settings:
            raise NasbenchPoseError(
                f"A table has its own protocol: leave its field {next(iter(options.settings))} out."
            )
        people = options.data.partition(":")[0] if options.data else None
        found = cls(options.argument or options.space.name, people, options.space, options.data)
        if options.data and is_complete(options.data):
            from nasbench_pose.benchmark.check import evaluator_on  # torch

            evaluator_on(found().benchmark, options.data)  # raises if strategies would train on other images
        return found

    def __call__(self) -> TableEvaluator:
        """Load the table; raises the errors of `Benchmark.load`."""
        return TableEvaluator(Benchmark.load(self.table, self.data, space=self.space, version=self.version))

    def describe(self, evaluator: TableEvaluator) -> MeasurementInfo:
        """Return the properties of the measurement; strategies that train use the table's data set and protocol."""
        benchmark = evaluator.benchmark
        protocol = Protocol.parse(evaluator.training_text)
        return MeasurementInfo(
            title=f"{protocol.title}, looked up",
            plane="looked up",
            input=protocol.input,
            joints=benchmark.joints,
            metrics=(*evaluator.filled, "trained_seed"),
            partial_metrics=(SPLITS["val"], *(name for name in COUNTED if name in evaluator.columns), "trained_seed"),
            fidelities=tuple(dict.fromkeys((*benchmark.grid.steps, benchmark.grid.full))),
            own_fidelities=(*(benchmark.own.built if benchmark.own else ()), benchmark.grid.full),
            training_protocol=evaluator.training_text,
            people=self.people or benchmark.people,
            immediate=True,
            truth=benchmark,
            spread_of_seeds=benchmark.spread_of_seeds(),
        )
