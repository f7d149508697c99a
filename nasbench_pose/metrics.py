"""The catalogue of metrics: an entry for each, and the metrics of other packages.

The metrics of a trial, the columns of frames and tables, axes and objectives are looked up here. A new metric is one
new entry; a metric of accuracy names its function in `measured_by`, and every training calls it. Another package adds
metrics by an entry point, or passes one by value: `Objective.of(Metric(...))`.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from nasbench_pose.metric import Metric as Metric  # plug-ins import both from here
from nasbench_pose.plugins import Registry

DEFAULT_OBJECTIVES = ("val_pckh", "macs")
"""The default objectives of a search: accuracy, then cost. Nothing else names them as defaults."""
TEST_ACCURACY = "test_pckh"
"""The default accuracy on test, which a search must not see."""


TRAINED, LOOKED_UP, PREDICTED = ("train",), ("table",), ("surrogate",)
SUPERNETS = ("single_path", "sandwich", "distilled_sandwich", "progressive")
EVERY_TRAINING = (*TRAINED, *LOOKED_UP)

ACCURACIES = (
    Metric(
        name="val_pckh", label="PCKh@0.5 on validation", short="PCKh@0.5 (%)", direction="max", unit="%", digits=1,
        stored="percent", meaning="PCKh@0.5 on val: what a search may see", split="val", price="trained",
        evaluators=(*EVERY_TRAINING, *PREDICTED, *SUPERNETS), measured_by="nasbench_pose.evaluators.measure:pckh",
    ),
    Metric(
        name="test_pckh", label="PCKh@0.5 on test", direction="max", unit="%", digits=1, stored="percent",
        meaning="PCKh@0.5 on test: what a search must not see", split="test", price="trained",
        evaluators=EVERY_TRAINING, measured_by="nasbench_pose.evaluators.measure:pckh",
    ),
    Metric(
        name="val_pckh_area", label="Area under PCKh on validation", direction="max", unit="%", digits=1,
        stored="percent", meaning="area under PCKh on val between 0 and 0.5", split="val", price="trained",
        evaluators=EVERY_TRAINING, measured_by="nasbench_pose.evaluators.measure:pckh_area",
    ),
    Metric(
        name="val_ap", label="AP on validation", direction="max", unit="%", digits=1, stored="percent",
        meaning="average precision by object keypoint similarity on val", split="val", price="trained",
        evaluators=TRAINED,
    ),
    Metric(
        name="test_ap", label="AP on test", direction="max", unit="%", digits=1, stored="percent",
        meaning="average precision by object keypoint similarity on test", split="test", price="trained",
        evaluators=TRAINED,
    ),
    Metric(
        name="val_loss", label="Loss on validation", direction="min", digits=4, stored="nats",
        meaning="the protocol's loss on val", split="val", price="trained",
        evaluators=(*EVERY_TRAINING, *SUPERNETS),
    ),
    Metric(
        name="train_loss", label="Loss in training", direction="min", digits=4, stored="nats",
        meaning="mean loss of the last tenth of the steps", split="train", price="trained",
        evaluators=EVERY_TRAINING,
    ),
)  # fmt: skip
"""Accuracies and losses of a trained network."""

ANY_EVALUATOR = (*EVERY_TRAINING, *PREDICTED, *SUPERNETS, "latency", "proxy")

COSTS = (
    Metric(
        name="params", label="Parameters", short="parameters (k)", direction="min", better="smaller", unit="k",
        scale=1e3, digits=1, log=True, whole=True, meaning="learnable numbers", price="counted",
        evaluators=ANY_EVALUATOR,
    ),
    Metric(
        name="macs", label="Multiply-accumulates per image", short="MMACs", direction="min", better="cheaper",
        unit="MMACs", scale=1e6, digits=2, log=True, whole=True,
        meaning="multiply-accumulates of one forward pass, exact", price="counted", evaluators=ANY_EVALUATOR,
    ),
    Metric(
        name="giga_plotted", label="Multiply-accumulates per image", direction="min", better="cheaper", unit="G",
        digits=2, log=True, meaning="cost of a published network: counted exactly, or as published", price="counted",
    ),
    Metric(
        name="activations", label="Activations per image", direction="min", better="smaller", unit="M", scale=1e6,
        digits=2, log=True, whole=True, meaning="numbers that all layers put out", price="counted",
    ),
    Metric(
        name="peak_activation_bytes", label="Activations at their peak", direction="min", better="smaller", unit="MB",
        scale=1e6, digits=2, log=True, whole=True, stored="bytes",
        meaning="activations that are in memory at once, exact", price="counted", evaluators=("latency",),
    ),
)  # fmt: skip
"""Costs counted from the graph, without running the network."""

NEVER_NEGATIVE = frozenset(cost.name for cost in COSTS)
"""Costs that are counted: an evaluator that answers with less than 0 has counted wrong."""

TIMES_AND_MEMORY = (
    Metric(
        name="latency_ms", label="Latency", direction="min", better="faster", unit="ms", digits=2, log=True,
        stored="milliseconds", meaning="median time of a forward pass", price="timed", evaluators=("latency",),
    ),
    *(
        Metric(
            name=f"latency_ms_{end}", label=f"Latency, {words}", direction="min", better="faster", unit="ms", digits=2,
            log=True, stored="milliseconds", meaning=f"{words} of the time of a forward pass", price="timed",
            evaluators=("latency",),
        )
        for end, words in (("q1", "first quartile"), ("q3", "third quartile"), ("p95", "95th percentile"))
    ),
    Metric(
        name="latency_ratio", label="Latency against the reference network", direction="min", better="faster",
        digits=3, meaning="median ratio to the reference network, pass by pass", price="timed",
        evaluators=("latency",),
    ),
    Metric(
        name="reference_ms", label="Latency of the reference network", unit="ms", digits=2, stored="milliseconds",
        meaning="median time of the reference network in the same session", price="timed", evaluators=("latency",),
    ),
    Metric(
        name="reference_drift", label="Drift of the reference network", digits=3,
        meaning="how far the reference network's time moved in the session", price="timed", evaluators=("latency",),
    ),
    Metric(
        name="peak_memory_bytes", label="Memory at its peak", direction="min", better="smaller", unit="MB", scale=1e6,
        digits=1, log=True, whole=True, stored="bytes", meaning="memory of the process at its peak", price="timed",
        evaluators=("latency",),
    ),
    Metric(
        name="seconds", label="Time", short="seconds", direction="min", better="faster", unit="s", digits=0,
        stored="seconds", meaning="processor seconds of one thread, everything included", price="trained",
        evaluators=ANY_EVALUATOR,
    ),
    Metric(
        name="ask_seconds", label="Time of the strategy", direction="min", better="faster", unit="s", digits=1,
        stored="seconds", meaning="seconds that a strategy took to propose", price="timed",
    ),
    Metric(
        name="supernet_seconds", label="Time of the supernet", direction="min", better="faster", unit="s", digits=0,
        stored="seconds", meaning="seconds that the supernet's training took, once", price="inherited",
        evaluators=SUPERNETS,
    ),
)  # fmt: skip
"""Quantities measured by a clock or by the operating system."""

SCORES = tuple(
    Metric(
        name=name, label=name.replace("_", " "), direction="max", price="scored", evaluators=("proxy",),
        meaning="zero-cost score of an untrained network",
    )
    for name in ("grad_norm", "snip", "grasp", "fisher", "synflow", "naswot", "jacob_cov", "zen", "zico")
)  # fmt: skip
"""Zero-cost proxies: higher is better; they have no unit."""

BUILT_IN: Mapping[str, Metric] = MappingProxyType(
    {m.name: m for m in (*ACCURACIES, *COSTS, *TIMES_AND_MEMORY, *SCORES)}
)
"""Name -> metric, in the order of table columns."""

CATALOGUE = Registry(
    "metric",
    "nasbench_pose.metrics",
    BUILT_IN,
    lambda name, found: found if isinstance(found, Metric) and found.name == name else None,
    "a Metric of that name",
)

SPREAD = "_spread"
"""`val_pckh_spread` is the standard deviation of `val_pckh` over seeds."""


def metric(name: str) -> Metric:
    """Return the metric of that name, built in or of another package; an unknown name gives a `Metric` of defaults.

    Raises InvalidFileError if the entry point of another package is not a `Metric` of that name.

    >>> metric("latency_ms").title, metric("val_pckh").direction, metric("joules").direction
    ('Latency (ms)', 'max', None)
    >>> metric("latency_ms@phone").title, metric("latency_ms@phone").direction
    ('Latency on phone (ms)', 'min')
    >>> metric("val_pckh_spread").title
    'PCKh@0.5 on validation, standard deviation over seeds (%)'
    """
    if name in BUILT_IN:
        return BUILT_IN[name]
    if name in CATALOGUE.names():
        return CATALOGUE.resolve(name)
    measured, at, device = name.partition("@")
    if at and device and (known := metric(measured)).label:
        label = f"{known.label} on {device}"
        percentile = " p95" if name.startswith("latency_ms_p95@") else ""
        short = f"{known.unit}{percentile} on {device}"
        return replace(known, name=name, label=label, short=short, evaluators=("device",))
    base = name.removesuffix(SPREAD)
    if base != name and (known := metric(base)).label:
        label = f"{known.label}, standard deviation over seeds"
        return replace(known, name=name, label=label, short="", direction=None)
    return Metric(name=name)


def known() -> dict[str, Metric]:
    """Return all metrics by name, including those of other packages.

    >>> [name for name, metric in known().items() if "latency" in metric.evaluators and metric.direction == "min"][:3]
    ['params', 'macs', 'peak_activation_bytes']
    """
    return {name: CATALOGUE.resolve(name) for name in CATALOGUE.names()}
