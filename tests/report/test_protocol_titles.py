"""Protocols of a database are told apart by what they are, not by a hash."""

import pytest

from nasbench_pose.evaluators.measurement import MeasurementOptions
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.measurements import measurement
from nasbench_pose.pose.source import load as people
from nasbench_pose.proxies import ProxyEvaluator, resolve
from nasbench_pose.report.protocols import full_fidelity, protocol_title
from nasbench_pose.spaces import load

OPTIONS = MeasurementOptions(space=load("efficientpose_micro"))


@pytest.mark.parametrize(
    ("name", "said", "full"),
    [
        ("table", "LSPET 64×64, 800 steps of 16, PCKh@0.5, looked up in bench_efficientpose_micro_lspet", 800),
        ("latency", "latency: torch, 1 thread, batch 1, 64×64, ", None),
        ("table+latency", "looked up in bench_efficientpose_micro_lspet + latency: torch", 800),
    ],
)
def test_every_measurement_has_a_title(name: str, said: str, full: int | None) -> None:
    evaluator = measurement(name, OPTIONS)()
    assert said in protocol_title(evaluator.protocol_text, "key")
    assert full_fidelity(evaluator.protocol_text) == full


@pytest.mark.parametrize("text", ["", "no JSON", "[1]", '{"table":1}', '{"combined":[]}', '{"protocol":{"steps":"x"}}'])
def test_a_protocol_of_somebody_else_has_its_key(text: str) -> None:
    assert protocol_title(text, "0123") in ("protocol 0123", "")
    assert full_fidelity(text) is None


def test_the_fidelity_of_a_proxy_is_people_of_a_batch() -> None:
    evaluator = ProxyEvaluator(resolve("synflow"), Protocol(steps=7, batch=5), people("synthetic:train=8,val=2,test=2"))
    assert full_fidelity(evaluator.protocol_text) == evaluator.full_fidelity == 5


def test_a_title_says_how_weights_came_about() -> None:
    text = '{"one_shot":"single_path","space":"s","protocol":' + Protocol().text + "}"
    assert protocol_title(text, "k").endswith(", weights inherited from a supernet (single path)")
