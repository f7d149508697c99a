"""Queries of a surrogate benchmark: what a training of any network of the space would give, as a model predicts it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasbench_pose.benchmark.answers import Answer
from nasbench_pose.benchmark.arrays import Codes
from nasbench_pose.benchmark.joints import number_of_joints
from nasbench_pose.benchmark.surrogate.sample_file import SampleFile, sample_of
from nasbench_pose.cost import CostTable
from nasbench_pose.cost import table as cost_table
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.genotype import Genotype
from nasbench_pose.hashing import short_sha256
from nasbench_pose.metrics import DEFAULT_OBJECTIVES
from nasbench_pose.spaces import SearchSpace, find

if TYPE_CHECKING:
    from nasbench_pose.surrogates import Model, Prediction, Surrogate, Validation

ACCURACY = DEFAULT_OBJECTIVES[0]
FEWEST = 20
"""Fewest trained networks: five folds of four."""


@dataclass(frozen=True, eq=False)
class SurrogateBenchmark:
    """A sample of trainings and the model that was fitted to it; `Benchmark.load(…, surrogate=True)` returns it.

    The model is fitted to the first training of each network. It answers within the costs of the trained networks,
    and where it is no less certain than in the cross-validation that tested its intervals; elsewhere it refuses.
    """

    name: str
    space: SearchSpace
    rows: pd.DataFrame
    """One row per training, with the columns of a benchmark table and `drawn_by`."""
    about: Mapping[str, Any]
    """The contents of the TOML file that describes the rows."""
    surrogate: str = "gp"
    """Name of the model in `surrogates.SURROGATES`."""

    @classmethod
    def load(
        cls, sample: str | Path, data: str | None = None, *, space: SearchSpace | None = None, surrogate: str = "gp",
        version: str | None = None,
    ) -> "SurrogateBenchmark":  # fmt: skip
        """Return the surrogate of a space that comes with the package, or of a sample of your own by its .csv file.

        The arguments are those of `Benchmark.load`. Raises UnknownNameError for a sample or a surrogate that does not
        exist, InvalidFileError for one that was edited, that is on another data set than `data`, whose space has
        changed, or that has too few trainings.
        """
        file = SampleFile(Path(sample) if str(sample).endswith(".csv") else sample_of(str(sample), data))
        rows, about = file.checked(version)
        file.check_people(about, data)
        return cls(file.path.stem, file.space_of(about, space), rows, about, surrogate).checked()

    def checked(self) -> "SurrogateBenchmark":
        """Return the benchmark; raise InvalidFileError if a model cannot be fitted to it."""
        if len(self.first) < FEWEST:
            raise InvalidFileError(
                f"{self.name} has {len(self.first)} trained networks; a surrogate needs {FEWEST} or more."
            )
        self.known  # noqa: B018 - raises now for a surrogate that does not exist
        return self

    @cached_property
    def first(self) -> pd.DataFrame:
        """The first successful training of each network, to which the model is fitted."""
        return self.rows.dropna(subset=[ACCURACY]).drop_duplicates("genotype").reset_index(drop=True)

    @property
    def protocol(self) -> Protocol:
        """The protocol of the trainings."""
        return Protocol.parse(self.about["protocol"])

    @cached_property
    def costs(self) -> CostTable:
        """Exact costs at the image size of the protocol, with the joints of its data set."""
        return cost_table(self.space, input=self.protocol.input, joints=self.joints)

    @cached_property
    def joints(self) -> int:
        """The number of joints of the trained networks, which is that of their data set."""
        return number_of_joints(self.rows, self.space, self.protocol.input)

    @cached_property
    def cost_range(self) -> Mapping[str, tuple[int, int]]:
        """The least and the most MACs and parameters of a trained network."""
        return {name: (int(self.first[name].min()), int(self.first[name].max())) for name in ("macs", "params")}

    @cached_property
    def spread_of_seeds(self) -> float:
        """Standard deviation over training seeds, in points, of the networks with several; NaN if there are none."""
        several = self.rows.groupby("genotype")[ACCURACY]
        return float(np.sqrt(several.var(ddof=1).dropna().mean()))

    @cached_property
    def codes(self) -> NDArray[np.int8]:
        """Option indices of `first`, shape (n, genes)."""
        return self.space.encode([Genotype.parse(text) for text in self.first["genotype"]])

    @cached_property
    def known(self) -> "tuple[Surrogate, NDArray[np.float64], NDArray[np.float64]]":
        """The surrogate, features (n, d) and accuracies (n,) in percent of `first`."""
        from nasbench_pose.surrogates import features, resolve

        known = features(self.space, self.codes, self.costs)
        return resolve(self.surrogate), known, self.first[ACCURACY].to_numpy(dtype=np.float64)

    @cached_property
    def model(self) -> "Model":
        """The model of the accuracy, fitted to all trained networks."""
        surrogate, known, accuracy = self.known
        return surrogate.fit(known, accuracy, 0)

    @cached_property
    def _seconds(self) -> "Model":
        """A linear model of the time of a training."""
        from nasbench_pose.surrogates import resolve

        return resolve("linear").fit(self.known[1], self.first["seconds"].to_numpy(dtype=np.float64), 0)

    @cached_property
    def validation(self) -> "Validation":
        """The quality of predictions in a cross-validation of five folds."""
        from nasbench_pose.surrogates import cross_validate

        return cross_validate(*self.known, rng=np.random.default_rng(0))

    @cached_property
    def most_uncertain(self) -> float:
        """The largest deviation with which the cross-validation tested an interval; beyond it none is known to hold."""
        return float(self.validation.prediction.deviation.max())

    def predict(self, codes: Codes) -> "Prediction":
        """Return mean and deviation of a training of each genotype, in percent, wherever it lies in the space.

        `codes` has shape (n, genes). A mean ± 1.96 deviations holds 95 % of trainings if the model is right; see
        `validation.coverage`, and `trusted` for where that was tested.
        """
        from nasbench_pose.surrogates import features

        return self.model.predict(features(self.space, codes, self.costs))

    def trusted(self, codes: Codes) -> NDArray[np.bool_]:
        """Return whether the surrogate answers for each genotype: its costs and uncertainty are among those seen."""
        counts = self.costs.count(codes)
        inside = self.predict(codes).deviation <= self.most_uncertain
        for name, values in (("macs", counts.macs), ("params", counts.params)):
            low, high = self.cost_range[name]
            inside &= (low <= values) & (values <= high)
        return inside

    def query(self, genotype: Genotype | str, seed: int | None = None) -> Answer:
        """Return a drawn training of `genotype`, a Genotype or its text or name: accuracy in percent, and seconds.

        `seed` None: the expected accuracy. With a seed, noise of the deviation over training seeds is added; the same
        genotype and seed give the same answer. Raises InvalidFileError where the surrogate would extrapolate.
        """
        found = self.genotype(genotype)
        codes = self.space.encode([found])
        predicted = self.predict(codes)
        if (reason := self._refusal(codes, float(predicted.deviation[0]))) is not None:
            raise InvalidFileError(f"{found.text} {reason}")
        accuracy = float(predicted.mean[0]) + (0.0 if seed is None else self._noise(found, seed))
        return Answer(min(max(accuracy, 0.0), 100.0), self._time(codes))

    def _time(self, codes: NDArray[np.int8]) -> float:
        from nasbench_pose.surrogates import features

        predicted = float(self._seconds.predict(features(self.space, codes, self.costs)).mean[0])
        return max(predicted, float(self.first["seconds"].min()))

    def _noise(self, genotype: Genotype, seed: int) -> float:
        """Return the deviation of the training with this seed from the mean, in points."""
        drawn = np.random.default_rng([int(short_sha256(genotype.text), 16), seed])
        return float(drawn.normal() * np.nan_to_num(self.spread_of_seeds))

    def genotype(self, which: Genotype | str) -> Genotype:
        """Return a genotype of the space by its text or name; raise the errors of `SearchSpace.validate`."""
        if isinstance(which, Genotype):
            return self.space.validate(which)
        prefixed = which.startswith(f"{self.space.name}:")
        named = self.space.named.get(which)
        return self.space.validate(Genotype.parse(which)) if prefixed else named or self.space.validate(find(which))

    def _refusal(self, codes: NDArray[np.integer], deviation: float) -> str | None:
        """Return why the surrogate does not answer for one genotype, codes (1, genes); None if it does."""
        counts = self.costs.count(codes)
        for name, value, unit, size in (
            ("macs", int(counts.macs[0]), "MMACs", 1e6),
            ("params", int(counts.params[0]), "k params", 1e3),
        ):
            low, high = self.cost_range[name]
            if not low <= value <= high:
                return (
                    f"has {value / size:.3g} {unit}; the networks of {self.name} have {low / size:.3g} to "
                    f"{high / size:.3g}, and it does not extrapolate."
                )
        if deviation > self.most_uncertain:
            return (
                f"is unlike the trained networks: its accuracy is known to ± {deviation:.2f} points, and "
                f"{self.name} was tested up to {self.most_uncertain:.2f}."
            )
        return None
