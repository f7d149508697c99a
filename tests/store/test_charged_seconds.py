"""A run pays for a training once, however many of its points it asks for."""

from collections.abc import Sequence

from nasbench_pose.evaluators.trial import Schedule, Trial
from nasbench_pose.spaces import find, load
from nasbench_pose.store import Run, Store

SPACE = load("efficientpose_micro")
ONE, OTHER = find("micro-smallest"), find("micro-largest")


def charged(*trials: Trial) -> Sequence[float]:
    with Store("sqlite://") as store:
        number = store.run(Run("mine", SPACE.name, SPACE.digest, 0, "p", 800), budget=len(trials))
        for step, trial in enumerate(trials, start=1):
            store.visit(number, step, trial, 0.0)
        seconds: list[float] = store.frame()["seconds"].tolist()
    return seconds


def trained(genotype: object, fidelity: int, schedule: Schedule = "whole") -> Trial:
    assert genotype in (ONE, OTHER)
    return Trial(genotype, "p", fidelity, 0, {"val_pckh": 1.0}, fidelity / 10, schedule=schedule)  # type: ignore[arg-type]


def test_a_later_point_is_charged_what_it_adds() -> None:
    assert charged(trained(ONE, 100), trained(OTHER, 100), trained(ONE, 300), trained(ONE, 800)) == [10, 10, 20, 50]


def test_an_earlier_point_and_a_repeated_one_are_paid() -> None:
    assert charged(trained(ONE, 300), trained(ONE, 100), trained(ONE, 300), trained(ONE, 800)) == [30, 0, 0, 50]


def test_a_schedule_of_its_own_is_a_training_for_itself() -> None:
    steps = (
        trained(ONE, 100, "own"),
        trained(ONE, 300, "own"),
        trained(ONE, 100),
        trained(ONE, 800),
        trained(ONE, 100, "own"),
    )
    assert charged(*steps) == [10, 30, 10, 70, 0]


def test_the_two_meanings_of_a_fidelity_are_two_trials() -> None:
    with Store("sqlite://") as store:
        for schedule, percent in (("whole", 20.0), ("own", 22.0)):
            store.add(Trial(ONE, "p", 200, 7, {"val_pckh": percent}, schedule=schedule))  # type: ignore[arg-type]
        found = store.find(ONE, "p", 200, 7), store.find(ONE, "p", 200, 7, "own")
    assert [trial and trial.metrics["val_pckh"] for trial in found] == [20.0, 22.0]
