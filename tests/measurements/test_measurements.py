"""Measurements by name, each held to the contract, and several as one."""

from dataclasses import replace
from pathlib import Path

import pytest

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, UnknownNameError
from nasbench_pose.evaluators import Evaluator, Measurement, MeasurementInfo, Trial
from nasbench_pose.evaluators.measurement import MeasurementOptions, describe
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.training import Training
from nasbench_pose.evaluators.trial import check_metrics
from nasbench_pose.genotype import Genotype
from nasbench_pose.latency.evaluator import LatencyEvaluator
from nasbench_pose.measurements import MEASUREMENTS, measurement, split
from nasbench_pose.oneshot import OneShot
from nasbench_pose.spaces import SearchSpace, load
from nasbench_pose.testing import EvaluatorContract, MeasurementContract

MICRO = load("efficientpose_micro")
OPTIONS = MeasurementOptions(space=MICRO)
PEOPLE = "synthetic:train=24,val=16,test=16"


class Landscape:
    """A plug-in's evaluator: an accuracy that is read off the genotype."""

    protocol_key = "0123456789abcdef"
    protocol_text = '{"made":"up"}'
    full_fidelity = 1
    title = "a landscape"

    def __init__(self, space: SearchSpace) -> None:
        self.space = space

    def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: object = None) -> Trial:  # noqa: ARG002
        metrics = {"val_pckh": float(len(genotype.text)), "macs": 1.0}
        return Trial(genotype, self.protocol_key, fidelity, seed, metrics, 1.0)


class Lazy(Landscape):
    """An accuracy's other half."""

    protocol_text = "no JSON"

    def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: object = None) -> Trial:  # noqa: ARG002
        if "skip" in genotype.text:
            return Trial(genotype, self.protocol_key, fidelity, seed, seconds=2.0, error="too lazy")
        return Trial(genotype, self.protocol_key, fidelity, seed, {"latency_ms": 3.0, "macs": 2.0}, 2.0)


BOTH = f"{__name__}:Landscape+{__name__}:Lazy"


class Mine(MeasurementContract):
    @pytest.fixture
    def space(self) -> SearchSpace:
        return MICRO


class TestTable(Mine):
    @pytest.fixture
    def measurement(self) -> Measurement:
        return measurement("table", OPTIONS)


class TestTraining(Mine):
    @pytest.fixture
    def measurement(self) -> Measurement:
        return Training(PEOPLE, Protocol(steps=3, batch=8))


class TestOneShot(Mine):
    @pytest.fixture
    def measurement(self, space: SearchSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Measurement:
        monkeypatch.setenv("NASBENCH_POSE_CACHE", str(tmp_path))
        return OneShot(PEOPLE, Protocol(steps=2, batch=4), space)


class TestPlugin(Mine):
    @pytest.fixture
    def measurement(self) -> Measurement:
        return measurement(f"{__name__}:Landscape", OPTIONS)


class Landscapes:
    """A plug-in's measurement."""

    def __init__(self, space: SearchSpace) -> None:
        self.space = space

    def __call__(self) -> Landscape:
        return Landscape(self.space)

    def describe(self, evaluator: Landscape) -> MeasurementInfo:
        return replace(describe(lambda: evaluator, evaluator, self.space), plane="read off", metrics=("val_pckh",))


class TestPluginMeasurement(Mine):
    @pytest.fixture
    def measurement(self) -> Measurement:
        return measurement(f"{__name__}:Landscapes", OPTIONS)

    def test_its_own_description_counts(self, measurement: Measurement) -> None:
        assert measurement.describe(measurement()).plane == "read off"


class TestCombined(Mine):
    @pytest.fixture
    def measurement(self) -> Measurement:
        return measurement(f"table+{__name__}:Landscape", OPTIONS)


class TestCombinedEvaluator(EvaluatorContract):
    metrics = ("val_pckh", "latency_ms", "macs")

    @pytest.fixture
    def space(self) -> SearchSpace:
        return MICRO

    @pytest.fixture
    def genotype(self, space: SearchSpace) -> Genotype:
        return space.named["micro-largest"]

    def new(self) -> Evaluator:
        return measurement(BOTH, OPTIONS)()


def test_latency_is_a_measurement_that_nothing_may_disturb() -> None:
    found = measurement("latency", OPTIONS)
    info = found.describe(found())
    assert info.exclusive and info.plane == "latency" and {"latency_ms", "macs"} <= set(info.metrics)
    with pytest.raises(UnknownNameError, match=r"No engine named 'onnxrantime'.*Did you mean 'onnxruntime'"):
        measurement("latency:onnxrantime", OPTIONS)


def test_two_measurements_give_one_trial() -> None:
    both = measurement(BOTH, OPTIONS)()
    trial = both.evaluate(MICRO.named["micro-largest"], fidelity=1, seed=0)
    assert trial.metrics["latency_ms"] == 3.0 and trial.metrics["macs"] == 1.0, "the first one's value counts"
    assert trial.seconds == 3.0
    assert both.protocol_text == '{"combined":[{"made":"up"},"no JSON"]}'


def test_one_that_fails_fails_both() -> None:
    both = measurement(BOTH, OPTIONS)()
    skipping = next(genotype for genotype in MICRO.enumerate() if "skip" in genotype.text)
    trial = both.evaluate(skipping, fidelity=1, seed=0)
    assert (trial.error, dict(trial.metrics), trial.seconds) == ("too lazy", {}, 3.0)


def test_what_is_known_of_both_is_what_is_known_of_each() -> None:
    found = measurement(f"table+{__name__}:Landscape", OPTIONS)
    info = found.describe(found())
    assert info.title == "LSPET 64×64, 800 steps of 16, PCKh@0.5, looked up + a landscape"
    assert info.truth is not None and not info.immediate
    assert info.metrics == (), "a plug-in need not say which metrics it gives, so those of both are unknown"
    timed = measurement("table+latency", OPTIONS)
    info = timed.describe(timed())
    assert info.exclusive and {"test_pckh", "latency_ms"} <= set(info.metrics)


@pytest.mark.parametrize("name", ["train+latency", "latency+train"])
def test_a_latency_is_that_of_the_networks_which_are_trained(name: str) -> None:
    space = load("efficientpose_small")  # for images of 256×256 and 16 joints; the people have 64×64 and 14
    both = measurement(name, MeasurementOptions(space=space, data=PEOPLE))
    for part in both.describe(both()).title.split(" + "):
        assert "64×64" in part and "256" not in part
    (latency,) = [part for part in both().parts if isinstance(part, LatencyEvaluator)]
    assert (latency.protocol.input, latency.protocol.joints) == ((64, 64), 14)
    alone = measurement("latency", MeasurementOptions(space=space))()
    assert (alone.protocol.input, alone.protocol.joints) == ((256, 256), 16)


@pytest.mark.parametrize("name", sorted(MEASUREMENTS))
def test_each_name_is_one_part(name: str) -> None:
    assert split(f"{name}+mine:make") == [name, "mine:make"] and split(f"mine:make+{name}") == ["mine:make", name]


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("tabel", {}, "No evaluator named 'tabel'.*Did you mean 'table'"),
        ("table+tabel", {}, "There is no file|No benchmark table of|No evaluator"),
        ("table", {"steps": 3}, "A table has its own protocol"),
        ("latency", {"protocol": "quick"}, "A latency has no training protocol"),
        ("train", {"protocol": "quik"}, "No protocol named 'quik'.*Did you mean 'quick'"),
        ("builtins:str", {}, "'builtins:str' makes a str: no evaluator"),
    ],
)
def test_a_slip_is_said(name: str, options: dict[str, object], said: str) -> None:
    with pytest.raises(NasbenchPoseError, match=said):
        measurement(name, replace(OPTIONS, **options))()


def test_an_evaluator_that_lacks_something_is_named() -> None:
    with pytest.raises(InvalidFileError, match="Unfinished' has no 'protocol_key'; it needs protocol_key, protocol_te"):
        measurement(f"{__name__}:Unfinished", OPTIONS)()


class Unfinished:
    """No evaluator yet."""

    def __init__(self, space: SearchSpace) -> None:
        self.space = space

    def evaluate(self, genotype: Genotype) -> None:
        raise NotImplementedError


def test_any_function_that_makes_an_evaluator_is_described() -> None:
    landscape = Landscape(MICRO)
    info = describe(lambda: landscape, landscape, MICRO)
    assert (info.title, info.plane, info.training_protocol) == ("a landscape", "plug-in", landscape.protocol_text)
    own = MeasurementInfo(title="all of it", plane="simulated", input=(8, 8), joints=3, baselines=False)
    landscape.info = own  # type: ignore[attr-defined]
    assert describe(lambda: landscape, landscape, MICRO) is own


def test_a_metric_that_is_lacking() -> None:
    good = Trial(Genotype("tiny", [("w", 1)]), "p", 9, 0, {"val_pckh": 1.0, "mac": 2.0})
    check_metrics(good, ["val_pckh", "mac"])
    with pytest.raises(UnknownNameError, match=r"lack the metric 'macs'; they have mac, val_pckh. Did you mean 'mac'"):
        check_metrics(good, ["macs"])
    check_metrics(replace(good, metrics={}, error="diverged"), ["macs"])
