"""The catalogue of metrics: what is in it, and what other packages add to it."""

import pickle
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError
from nasbench_pose.metrics import ANY_EVALUATOR, BUILT_IN, Metric, known, metric
from nasbench_pose.objective import Objective
from nasbench_pose.pareto import front

PACKAGE = """
from nasbench_pose.metrics import Metric

ENERGY = Metric(name="energy_mj", label="Energy per image", unit="mJ", direction="min", better="frugal", digits=1)
OTHER = Metric(name="other")
"""


def install(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, source: str, entry_points: tuple[str, ...]
) -> None:
    """Install a package of one module whose entry points are metrics."""
    (folder / f"{name}.py").write_text(source)
    about = folder / f"{name}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("\n".join(["[nasbench_pose.metrics]", *entry_points, ""]))
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package with three metrics, one of them under the name of one of ours, one under a wrong name."""
    entries = ("energy_mj = joulemeter:ENERGY", "macs = joulemeter:OTHER", "wrong = joulemeter:OTHER")
    install(tmp_path, monkeypatch, "joulemeter", PACKAGE, entries)


def test_accuracies_rise_and_costs_fall() -> None:
    up = {name for name, entry in BUILT_IN.items() if entry.direction == "max"}
    assert {"val_pckh", "test_pckh", "val_pckh_area", "val_ap", "test_ap", "naswot"} <= up
    for name in ("macs", "params", "latency_ms", "latency_ms_p95", "seconds", "val_loss", "train_loss"):
        assert BUILT_IN[name].direction == "min"
    assert BUILT_IN["reference_ms"].direction is None


def test_every_metric_says_what_it_is() -> None:
    for name, entry in BUILT_IN.items():
        assert entry.name == name and entry.label and entry.meaning and entry.price != "unknown"
    assert len({entry.heading for entry in BUILT_IN.values()}) == len(BUILT_IN)


def test_every_evaluator_gives_costs_and_what_it_measures() -> None:
    from nasbench_pose.measurements import MEASUREMENTS

    def given(evaluator: str) -> set[str]:
        return {name for name, entry in BUILT_IN.items() if evaluator in entry.evaluators}

    named = {name: given(name) for name in MEASUREMENTS if name != "device"}  # its metrics have names of their own
    assert {name for entry in BUILT_IN.values() for name in entry.evaluators} == {*named, "proxy"}
    assert metric("latency_ms@phone").evaluators == ("device",)
    assert all({"params", "macs", "seconds"} <= named[name] for name in ANY_EVALUATOR if name != "proxy")
    measured = {name for name, entry in BUILT_IN.items() if entry.measured_by}
    assert measured <= given("train") and given("table") <= given("train")
    supernets = [name for name in named if "supernet_seconds" in given(name)]
    assert supernets and all(given(name) == given(supernets[0]) >= {"val_pckh", "val_loss"} for name in supernets)
    assert all(named[name] - {"params", "macs", "seconds"} for name in ANY_EVALUATOR if name != "proxy")


def test_counts_and_bytes_are_whole_and_on_logarithmic_axes() -> None:
    counted = {"params", "macs", "activations", "peak_activation_bytes", "peak_memory_bytes"}
    assert {name for name, entry in BUILT_IN.items() if entry.whole} == counted
    times = {"latency_ms", "latency_ms_q1", "latency_ms_q3", "latency_ms_p95"}
    assert {name for name, entry in BUILT_IN.items() if entry.log} == counted | times | {"giga_plotted"}


def test_every_proxy_has_a_metric() -> None:
    from nasbench_pose.proxies import PROXIES

    assert {name for name in PROXIES if "proxy" not in BUILT_IN[name].evaluators} == set()


def test_the_front_of_any_metric_is_that_of_the_best() -> None:
    trials = pd.DataFrame({"macs": [1, 2, 3], "test_pckh": [60, 70, 65]})
    assert front(trials, Objective("macs"), Objective.parse("test_pckh")).tolist() == [True, True, False]


@pytest.mark.usefixtures("package")
def test_a_metric_of_another_package_is_used_by_name() -> None:
    assert Objective.parse("energy_mj").maximise is False
    assert metric("energy_mj").text(1.26) == "1.3"
    assert metric("energy_mj_spread").heading == "Energy per image, standard deviation over seeds (mJ)"
    assert Objective.parse("energy_mj").text == "energy_mj:min"  # read back also where the package is not installed


@pytest.mark.usefixtures("package")
def test_other_packages_do_not_replace_ours() -> None:
    assert metric("macs") is BUILT_IN["macs"]
    with pytest.raises(InvalidFileError, match="The metric 'wrong' is a Metric; expected a Metric of that name"):
        metric("wrong")
    with pytest.raises(InvalidFileError, match="'wrong'"):
        known()


def test_a_metric_is_passed_by_value() -> None:
    speed = Metric(name="images_per_second", direction="max", digits=0)
    aim = Objective.of(speed)
    assert aim == Objective("images_per_second", maximise=True) and aim.metric.text(99.7) == "100"
    assert pickle.loads(pickle.dumps(aim)).metric == speed
    assert Objective.of(speed, maximise=False).maximise is False
    assert metric("images_per_second").direction is None  # nothing was registered


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "needs a name"),
        ({"name": "a", "direction": "up"}, "direction 'up'; use max, min or None"),
        ({"name": "a", "scale": 0}, "scale 0; it must be above 0"),
        ({"name": "a", "scale": float("nan")}, "scale nan"),
        ({"name": "a", "digits": -1}, "-1 digits"),
    ],
)
def test_a_metric_that_is_none_is_refused(fields: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidFileError, match=said):
        Metric(**fields)


def test_an_unknown_column_has_no_direction() -> None:
    for make in (Objective, Objective.parse):
        with pytest.raises(InvalidFileError, match=r"Write 'val_pck:min' or 'val_pck:max'. Did you mean 'val_pckh'\?"):
            make("val_pck")
    assert Objective.parse("joules:min") == Objective("joules", maximise=False)
    assert metric("seeds").direction is None


def test_all_metrics(golden: Callable[[str], None]) -> None:
    """How every metric is printed, drawn and compared; a change of it is a change for readers."""
    lines = [
        f"{name}: {entry.label}: {entry.text(123456.7891)} {entry.unit or 'of no unit'}, "
        f"{entry.direction or 'no'} direction, "
        f"better is {entry.better}, scale {entry.scale:g}, {entry.digits} digits, split {entry.split or 'none'}, "
        f"{entry.price}, stored as {entry.stored or 'a number'}"
        for name, entry in BUILT_IN.items()
    ]
    golden("\n".join([*lines, ""]))


@pytest.mark.parametrize("name", ["reference_drift", "reference_drif"])
def test_a_metric_without_a_direction_is_no_hint_where_one_is_missing(name: str) -> None:
    with pytest.raises(InvalidFileError) as caught:
        Objective(name)
    assert str(caught.value).endswith(f"Write '{name}:min' or '{name}:max'.")


def test_losses_become_values_again() -> None:
    losses = np.array([-60.5, 2.0, np.inf])
    assert np.array_equal(Objective("val_pckh").values(losses), [60.5, -2.0, np.nan], equal_nan=True)
    assert np.array_equal(Objective("macs").values(losses), [-60.5, 2.0, np.nan], equal_nan=True)


MEASURES = """
from nasbench_pose.metrics import Metric
from nasbench_pose.pose.pck import distances, pck

def at_two_tenths(joints, people):
    return pck(distances(joints, people.joints, people.labelled, people.head_sizes), 0.2).weighted_mean

STRICT = Metric(name="ruler_accuracy", direction="max", unit="%", split="val", measured_by="ruler:at_two_tenths")
BROKEN = Metric(name="test_broken", split="test", measured_by="ruler:no_such_function")
FAILS = Metric(name="test_fails", split="test", measured_by="ruler:MEASURED_NOWHERE")
MEASURED_NOWHERE = len
"""


def trained() -> Mapping[str, float]:
    from nasbench_pose.evaluators.protocol import Protocol
    from nasbench_pose.evaluators.training import Training
    from nasbench_pose.spaces import load

    space = load("efficientpose_micro")
    training = Training("synthetic:train=8,val=8,test=8", Protocol(steps=1, batch=4))
    evaluator = training()
    trial = evaluator.evaluate(space.named["micro-smallest"], fidelity=1, seed=0)
    assert tuple(trial.metrics) == training.describe(evaluator).metrics
    return trial.metrics


def test_a_training_measures_the_accuracy_of_another_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = trained()
    install(tmp_path, monkeypatch, "ruler", MEASURES, ("ruler_accuracy = ruler:STRICT",))
    measured = dict(trained())
    assert 0 <= measured.pop("ruler_accuracy") <= measured["val_pckh"]
    assert measured == plain


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            "test_broken = ruler:BROKEN",
            "The function of the metric 'test_broken' cannot be imported: .*no_such_function",
        ),
        ("test_fails = ruler:FAILS", "The function of the metric 'test_fails' failed: TypeError: len"),
    ],
)
def test_a_metric_that_cannot_be_measured_is_named(
    entry: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, "ruler", MEASURES, (entry,))
    with pytest.raises(NasbenchPoseError, match=message):
        trained()


def test_a_measured_metric_names_its_split() -> None:
    with pytest.raises(InvalidFileError, match="'m' is measured on the split ''; `measured_by` needs val or test"):
        Metric(name="m", measured_by="ruler:at_two_tenths")
