"""An evaluator that looks trainings up: searches are replayed in milliseconds, and charged what training took."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from nasbench_pose.benchmark.grid import points
from nasbench_pose.benchmark.table import Benchmark
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.evaluators.trial import Progress, Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.metrics import BUILT_IN
from nasbench_pose.spaces import SearchSpace

COLUMNS = tuple(name for name, metric in BUILT_IN.items() if "table" in metric.evaluators and name != "seconds")
"""Columns of the table that are metrics of a trial."""
METRICS = (*COLUMNS, "trained_seed")
"""`trained_seed` is the seed of the training that answered: the same training seen with two seeds is one."""
WHOLE = tuple(name for name in COLUMNS if BUILT_IN[name].price == "counted")
"""Metrics that are whole numbers, and known of every part of a training."""
SEEDS = "a seed that a genotype was not trained with is answered by one of those it was: by its number, counting round"


@dataclass(frozen=True)
class TableEvaluator:
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
        return json.dumps(known, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @cached_property
    def protocol_key(self) -> str:
        """16 hex digits naming the protocol and the table."""
        return hashlib.sha256(self.protocol_text.encode()).hexdigest()[:16]

    @property
    def training_text(self) -> str:
        """The protocol by which the table was trained: what a strategy that trains by itself follows."""
        return str(self.benchmark.about["protocol"])

    @property
    def full_fidelity(self) -> int:
        """Steps of a whole training."""
        return self.benchmark.grid.full

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
        metrics = {} if failed else {name: _number(name, row[name]) for name in COLUMNS}
        if fidelity != self.full_fidelity and not failed:
            if fidelity not in dict(curve):
                self.benchmark.grid.point("val", fidelity)  # says which there are
                raise InvalidFileError(f"The curve of {genotype.text} with seed {trained} has no point at {fidelity}.")
            metrics = {"val_pckh": dict(curve)[fidelity], **{name: metrics[name] for name in WHOLE}}
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
    """How to make a TableEvaluator, as a value: worker processes make their own."""

    table: str | Path
    """What `Benchmark.load` takes, likewise `data` and `space`."""
    data: str | None = None
    space: SearchSpace | None = None

    def __call__(self) -> TableEvaluator:
        """Load the table; raise what `Benchmark.load` raises."""
        return TableEvaluator(Benchmark.load(self.table, self.data, space=self.space))


def _number(metric: str, value: float) -> float:
    return int(value) if metric in WHOLE else float(value)
