"""A device file of a machine that nobody has: latency grows with MACs, and kernels of seven are slow there."""

from dataclasses import replace
from pathlib import Path

import pytest

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.devices import Setting
from nasbench_pose.devices.file import DeviceRows, protocol_key, space_entry
from nasbench_pose.latency import LatencyProtocol, Machine
from nasbench_pose.spaces import SearchSpace, load

SETTINGS = (Setting("onnxruntime"), Setting("torch", 2))
FACTORS = (1.0, 4.0)
"""How much slower each setting is."""


@pytest.fixture(scope="session")
def micro() -> SearchSpace:
    return load("efficientpose_micro")


@pytest.fixture(scope="session")
def phone(tmp_path_factory: pytest.TempPathFactory, micro: SearchSpace) -> Path:
    """The path of a device file with every network of the table."""
    file = DeviceRows(tmp_path_factory.mktemp("devices") / "phone.csv")
    file.begin()
    machine = Machine("Cortex-X4", 8, "schedutil", (("onnxruntime", "1.32.0"), ("torch", "2.13.0")))
    how = LatencyProtocol(machine, micro.input, micro.joints, "onnxruntime")
    means = Benchmark.load(micro.name).means().dropna(subset="macs")
    for setting, factor in zip(SETTINGS, FACTORS, strict=True):
        file.lines.append(
            [micro.name, text, setting.text, *milliseconds(text, macs, factor)]
            for text, macs in zip(means["genotype"], means["macs"], strict=True)
        )
    protocols = {protocol_key(micro, s): replace(how, engine=s.engine, threads=s.threads).text for s in SETTINGS}
    machines = {"machine": machine.cpu, "cores": machine.cores, "governor": machine.governor}
    file.describe({"title": "A phone", **machines, "spaces": {micro.name: space_entry(micro)}, "protocols": protocols})
    return file.path


def milliseconds(text: str, macs: float, factor: float) -> list[float]:
    """Return the cells of METRICS."""
    ms = round(factor * (0.3 + macs / 2e7 + 0.2 * ("k7" in text)), 4)
    return [ms, ms, ms, round(1.5 * ms, 4), 1.0, ms, 0.0, 200_000]
