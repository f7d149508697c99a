"""An evaluator that looks latencies up in a device file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from nasbench_pose.devices.file import DeviceFile
from nasbench_pose.devices.setting import title_on
from nasbench_pose.evaluators.trial import KeyedByProtocol, Progress, Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.hashing import canonical_json
from nasbench_pose.spaces import SearchSpace


@dataclass(frozen=True)
class DeviceEvaluator(KeyedByProtocol):
    """Looks up latency and memory on a device; a trial takes no time, as the device was measured once.

    A trial's metrics are `latency_ms@DEVICE`, `latency_ms_p95@DEVICE` and `peak_memory_bytes@DEVICE`, with `/SETTING`
    after the device if the setting was chosen. A genotype that was not measured gives a failed trial. The protocol has
    the machine and the checksum of the rows.
    """

    file: DeviceFile
    space: SearchSpace
    setting: str = ""
    """Text of a Setting; "": the default one of the file."""

    @cached_property
    def protocol_text(self) -> str:
        """The device, the protocol of its measurements and the checksum of its rows, as canonical JSON."""
        how = json.loads(self.file.protocol(self.space, self.setting).text)
        digest = self.file.digest(self.space, self.setting)
        return canonical_json({"device": self.file.name, "setting": self.setting, "protocol": how, "sha256": digest})

    @property
    def full_fidelity(self) -> int:
        """Each network has one result."""
        return 1

    @property
    def title(self) -> str:
        """The name of the measurement in figures and tables."""
        return title_on(self.file.name, self.file.protocol(self.space, self.setting))

    @cached_property
    def known(self) -> pd.DataFrame:
        """The metrics of each genotype; the index is its text."""
        return self.file.columns(self.space, self.setting)

    def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None) -> Trial:
        """Return the metrics of `genotype`."""
        if progress is not None:
            progress(fidelity, fidelity)
        metrics = self._metrics.get(genotype.text)
        if metrics is None:
            error = f"{self.file.name} has no latency of {genotype.text} under {self.file.setting(self.setting).text}"
            return Trial(genotype, self.protocol_key, fidelity, seed, error=error)
        return Trial(genotype, self.protocol_key, fidelity, seed, metrics)

    @cached_property
    def _metrics(self) -> Mapping[str, Mapping[str, float]]:
        """The finite values: memory is known on Linux only."""
        rows = self.known.to_dict("index")
        return {str(text): {str(k): v for k, v in row.items() if pd.notna(v)} for text, row in rows.items()}
