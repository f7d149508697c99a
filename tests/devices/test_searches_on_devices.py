"""Latency on a device as an objective and as a limit: looked up beside a table, and regret within it is exact."""

import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.evaluator import LookUp, TableEvaluator
from nasbench_pose.benchmark.regret import member_regrets
from nasbench_pose.devices import DeviceFile
from nasbench_pose.devices.file import DeviceRows
from nasbench_pose.devices.measurement import DeviceLatency
from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.evaluators.combined import Combined
from nasbench_pose.evaluators.measurement import MeasurementInfo, MeasurementOptions
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.training import Training
from nasbench_pose.measurements import measurement
from nasbench_pose.objective import Limit, Objective
from nasbench_pose.report.comparison import comparison_report
from nasbench_pose.report.database import report as report_of_database
from nasbench_pose.search import Comparison
from nasbench_pose.spaces import SearchSpace, find
from nasbench_pose.store import Store
from nasbench_pose.testing import MeasurementContract

WITHIN = 0.6


class TestDeviceMeasurement(MeasurementContract):
    @pytest.fixture
    def space(self, micro: SearchSpace) -> SearchSpace:
        return micro

    @pytest.fixture
    def measurement(self, phone: Path, micro: SearchSpace) -> object:
        return measurement(f"device:{phone}", MeasurementOptions(space=micro))


@pytest.fixture(scope="module")
def compared(phone: Path, micro: SearchSpace, tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    latency = f"latency_ms@{phone}"
    return Comparison(
        micro,
        ("random", "evolution"),
        measurement("table", MeasurementOptions(space=micro), [latency]),
        objectives=(Objective("val_pckh"), Objective(latency)),
        limits=(Limit(latency, WITHIN),),
        budget=12,
        seeds=2,
        store=tmp_path_factory.mktemp("runs") / "runs.db",
    )


def test_a_metric_of_a_device_adds_the_device(phone: Path, micro: SearchSpace) -> None:
    column = f"latency_ms@{phone}/torch-2"
    found = measurement("table", MeasurementOptions(space=micro), [column, "macs", column])()
    trial = found.evaluate(find("micro-middle"), fidelity=found.full_fidelity, seed=0)
    expected = DeviceFile.load(phone).measured(micro, "torch-2")["latency_ms"][find("micro-middle").text]
    assert trial.metrics[column] == expected
    assert {"val_pckh", "macs"} <= set(trial.metrics)


def test_latencies_of_another_image_size_do_not_stand_beside_trainings(phone: Path, micro: SearchSpace) -> None:
    device = DeviceLatency(micro, str(phone))
    small = Training("synthetic:train=4,val=2,test=2", Protocol(steps=1, input=(32, 32)), micro)
    with pytest.raises(NasbenchPoseError, match=r"has the latencies of efficientpose_micro at 64×64, .* at 32×32 here"):
        Combined((small, device))()
    assert device.at(micro.input, 17) == device


def test_latencies_of_other_joints_are_said_to_be(
    phone: Path, micro: SearchSpace, caplog: pytest.LogCaptureFixture
) -> None:
    class OnCoco(LookUp):
        def describe(self, evaluator: TableEvaluator) -> MeasurementInfo:
            return replace(super().describe(evaluator), joints=17)

    for table, said in ((LookUp(micro.name), []), (OnCoco(micro.name), ["is of networks with 14 joints"])):
        both = Combined((table, DeviceLatency(micro, str(phone))))
        both.describe(both())
        assert all(words in caplog.text for words in said) and bool(caplog.messages) == bool(said)


def test_regret_within_a_latency_is_that_of_the_joined_table(compared: Comparison, phone: Path) -> None:
    report = comparison_report(compared.run())
    table = Benchmark.load("efficientpose_micro").means()
    ms = DeviceFile.load(phone).measured(compared.space)["latency_ms"]
    members = table[table["genotype_space"] == compared.space.name]
    fits = members["genotype"].map(ms).to_numpy() <= WITHIN
    best = members.loc[fits, "val_pckh"].max()  # by hand, from the two files

    truth = compared.info.truth
    assert truth is not None
    regrets = member_regrets(truth, limits=compared.told_limits)
    for text, pckh, inside in zip(members["genotype"], members["val_pckh"], fits, strict=True):
        assert regrets[text] == pytest.approx(best - pckh) if inside else math.isinf(regrets[text])
    assert report.regrets is not None
    assert report.regrets["best"].min() >= 0


def test_a_report_of_the_database_knows_the_same_regret(compared: Comparison) -> None:
    result = comparison_report(compared.run())
    with Store(compared.store) as store:
        again = report_of_database(store)
    assert result.regrets is not None
    assert again.regrets is not None
    np.testing.assert_array_equal(again.regrets["best"], result.regrets["best"])
    assert "latency on" in again.info.title


def test_no_regret_within_a_latency_that_some_networks_lack(compared: Comparison, phone: Path, tmp_path: Path) -> None:
    for path in (phone, phone.with_suffix(".toml")):
        shutil.copy(path, tmp_path)
    file = DeviceRows(tmp_path / phone.name)
    about = file.description()
    file.path.write_text("".join(file.path.read_text().splitlines(keepends=True)[:401]))
    file.describe({name: value for name, value in about.items() if name not in ("sha256", "columns")})
    latency = f"latency_ms@{file.path}"
    report = comparison_report(
        replace(
            compared,
            measurement=measurement("table", MeasurementOptions(space=compared.space), [latency]),
            objectives=(Objective("val_pckh"), Objective(latency)),
            limits=(Limit(latency, WITHIN),),
            store=tmp_path / "runs.db",
        ).run()
    )
    members = (
        DeviceFile.load(file.path).measured(compared.space).index.isin([g.text for g in compared.space.enumerate()])
    )
    assert report.regrets is None
    assert f"No regret: {latency} of {compared.space.size - members.sum()} networks is unknown" in " ".join(
        report.notes
    )


def test_no_network_within_the_latency_is_said_at_once(compared: Comparison, phone: Path) -> None:
    with pytest.raises(NasbenchPoseError, match=r"No network of .* is within 0\.01 ms"):
        replace(compared, limits=(Limit(f"latency_ms@{phone}", 0.01),)).jobs()


def test_another_image_size_is_refused(phone: Path, micro: SearchSpace) -> None:
    with pytest.raises(NasbenchPoseError, match=r"efficientpose_micro at 64×64, .* at 128×128 here"):
        measurement(f"device:{phone}", MeasurementOptions(space=micro, input=(128, 128)))
    assert measurement(f"device:{phone}", MeasurementOptions(space=micro, input=micro.input))


def test_a_device_needs_a_name(micro: SearchSpace) -> None:
    with pytest.raises(NasbenchPoseError, match="Which device"):
        measurement("device", MeasurementOptions(space=micro))
