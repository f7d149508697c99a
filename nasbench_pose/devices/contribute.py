"""Making a device file: every network of a space is timed on this machine, in sessions with a reference network."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from nasbench_pose import __version__
from nasbench_pose.devices.file import METRICS, DeviceRows, protocol_key, space_entry
from nasbench_pose.devices.setting import Setting
from nasbench_pose.errors import InvalidFileError, NasbenchPoseError
from nasbench_pose.evaluators.trial import Progress, Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.graph import Graph
from nasbench_pose.latency.build import distinct
from nasbench_pose.latency.evaluator import measure
from nasbench_pose.latency.machine import cores
from nasbench_pose.latency.protocol import LatencyProtocol, protocol_of
from nasbench_pose.latency.timing import NOISE
from nasbench_pose.spaces import SearchSpace, find, space_of
from nasbench_pose.store.provenance import provenance

REFERENCE = "micro-largest"
"""The network that runs between the others; as small as most of those in a table, so that it takes little time."""
TOGETHER = 24
"""Networks of a session, which run in turn."""
ATTEMPTS = 3
"""A session is repeated so often if the reference network drifted in it; the steadiest counts."""
MOST = 5000
"""Networks of a space that are all measured; of a larger one, a number of random networks must be asked for."""
IDENTITY = ("machine", "cores", "governor")
"""What must be the same for all rows of a file."""


def contribute(
    file: DeviceRows,
    space: SearchSpace,
    settings: Sequence[Setting],
    *,
    networks: int | None = None,
    input: tuple[int, int] | None = None,
    repeats: int = 30,
    seed: int = 0,
    reference: str = REFERENCE,
    progress: Progress | None = None,
) -> None:
    """Measure the networks that the file does not have yet, and append them; run again, it goes on.

    The networks are all members of the space and its baselines, or `networks` random members. `repeats` counted passes
    of each, on images of `input` (height, width), by default those of the space; the order is random, so that a slow
    phase of the machine falls on networks of every kind. Raises InvalidFileError for a file of another machine,
    image size or protocol, NasbenchPoseError for a space that is too large.
    """
    size = input or space.input
    protocols = {
        setting: protocol(space, setting, reference, input=size) for setting in dict.fromkeys(settings)
    }  # first: they raise for what cannot run
    wanted = _networks(space, networks, np.random.default_rng(seed))
    with file.lines.lock():
        about = _continued(file, _description(file, space, size, protocols))
        file.begin()
        file.describe(about)
        known = set(file.read()[list(file.KEY)].itertuples(index=False, name=None))
        todo = [(s, g) for s in protocols for g in wanted if (space.name, g.text, s.text) not in known]
        done, total = 0, len(todo)
        for setting, batch in _sessions(todo):
            graphs = [_graph(space, genotype, size) for genotype in batch]
            subjects = [(g, graph, protocols[setting]) for g, graph in zip(batch, graphs, strict=True)]
            for trial in _steadiest(subjects, repeats, seed):
                values = [_rounded(trial.metrics.get(metric, "")) for metric in METRICS]
                file.lines.append([[space.name, trial.genotype.text, setting.text, *values]])
            file.describe(about)
            done += len(batch)
            if progress is not None:
                progress(done, total)


def possible_settings() -> list[Setting]:
    """Return the settings that run on this machine: one and two threads, and int8, with the engines installed.

    >>> possible_settings()[0].text
    'torch-1'
    """
    threads = [count for count in (1, 2) if count <= len(cores())]
    found = [Setting("torch", count) for count in threads]
    if find_spec("onnxruntime") and find_spec("onnx"):
        found += [Setting("onnxruntime", count) for count in threads] + [Setting("onnxruntime", 1, "int8")]
    return found


def protocol(
    space: SearchSpace, setting: Setting, reference: str = REFERENCE, *, input: tuple[int, int] | None = None
) -> LatencyProtocol:
    """Return the protocol of a setting on this machine; raise the errors of `protocol_of`."""
    first = space.genotype(options[0] for options in space.genes.values())
    return protocol_of(
        space.graph(first, input=input), engine=setting.engine, threads=setting.threads, precision=setting.precision,
        reference=reference,
    )  # fmt: skip


def _networks(space: SearchSpace, networks: int | None, rng: np.random.Generator) -> list[Genotype]:
    """Return the networks to measure in random order."""
    if networks is not None:
        return distinct(space, networks, rng)
    if space.size > MOST:
        raise NasbenchPoseError(
            f"{space.name} has {space.size:.3g} networks, more than {MOST:,}: set --networks to measure random ones."
        )
    every = [*space.enumerate(), *map(find, space.baselines)]
    return [every[number] for number in rng.permutation(len(every))]


def _graph(space: SearchSpace, genotype: Genotype, size: tuple[int, int]) -> Graph:
    """Return the graph of a member or a baseline at that size and with the joints of the space."""
    home = space if genotype.space == space.name else space_of(genotype)
    return home.graph(genotype, input=size, joints=space.joints)


def _sessions(todo: Sequence[tuple[Setting, Genotype]]) -> Iterator[tuple[Setting, list[Genotype]]]:
    """Yield what is measured together: networks under the same setting."""
    for setting in dict.fromkeys(setting for setting, _ in todo):
        same = [genotype for each, genotype in todo if each == setting]
        yield from ((setting, same[first : first + TOGETHER]) for first in range(0, len(same), TOGETHER))


def _steadiest(subjects: list[tuple[Genotype, Graph, LatencyProtocol]], repeats: int, seed: int) -> list[Trial]:
    """Measure a session, again if the machine was busy, and return the one with the least drift."""
    best, least = list[Trial](), float("inf")
    for _ in range(ATTEMPTS):
        trials = measure(subjects, repeats=repeats, seed=seed)
        drift = float(np.median([abs(trial.metrics["reference_drift"]) for trial in trials]))
        if drift < least:
            best, least = trials, drift
        if least <= NOISE:
            break
    return best


def _rounded(value: Any) -> object:
    return value if isinstance(value, str | int) else float(f"{value:.5g}")


def _description(
    file: DeviceRows, space: SearchSpace, size: tuple[int, int], protocols: Mapping[Setting, LatencyProtocol]
) -> dict[str, object]:
    """Return the contents of the TOML file."""
    made, machine = provenance(), next(iter(protocols.values())).machine
    return {
        "title": f"Latency and memory of networks on {file.path.stem}",
        "date": made.started[:10],
        "source": f"nasbench-pose {__version__}: latency contribute.",
        "licence": "Measured for this project: Apache-2.0.",
        "citation": "NASBench-Pose.",
        "rules": "Latencies of two settings or machines are not comparable. latency_ratio is to the reference network.",
        "machine": machine.cpu,
        "cores": machine.cores,
        "governor": machine.governor,
        "os": made.machine["os"],
        "spaces": {space.name: space_entry(space, size)},
        "protocols": {protocol_key(space, setting): how.text for setting, how in protocols.items()},
    }  # fmt: skip


def _continued(file: DeviceRows, about: dict[str, object]) -> dict[str, object]:
    """Return the description of old and new rows together.

    Raises InvalidFileError if the file is of another machine, protocol or version of the space, or was edited.
    """
    if not file.about.is_file() and not file.path.is_file():
        return about
    known = file.description()
    for key in IDENTITY:
        if known.get(key) != about[key]:
            raise InvalidFileError(
                f"{file.path} was measured with other {key} ({known.get(key)}, now {about[key]}): choose another file."
            )
    if not file.goes_on_from(known["sha256"]):
        raise InvalidFileError(f"{file.path} has been edited: download it again, or choose another file.")
    merged: dict[str, object] = {**about, **known}
    for table in ("spaces", "protocols"):
        then, now = known[table], about[table]
        assert isinstance(now, dict)
        if changed := [name for name in now if name in then and then[name] != now[name]]:
            raise InvalidFileError(_another(file, changed[0], then[changed[0]], now[changed[0]]))
        merged[table] = {**then, **now}
    return merged


def _another(file: DeviceRows, name: str, then: Any, now: Any) -> str:
    """Return why a space or a protocol does not go on in the file."""
    if isinstance(then, dict) and isinstance(now, dict) and {**then, "input": now["input"]} == now:
        return (
            f"{file.path} has {name} at {then['input']}, not at {now['input']}: set --input {then['input']}, or choose "
            "another file."
        )
    return f"{file.path} was measured with another {name}: choose another file."
