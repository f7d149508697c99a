"""`nasbench-pose latency`: milliseconds of networks on this machine, measured or predicted from their blocks."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from nasbench_pose import __version__
from nasbench_pose.cli._arguments import (
    Dims,
    genotype_of,
    image_size,
    input_option,
    input_shapes,
    inputs_option,
    joints_option,
    key_option,
    shape_of,
)
from nasbench_pose.cli._latency_of_modules import warn_of_drift
from nasbench_pose.cli._output import NewDatabase, NewFile
from nasbench_pose.cli._training_options import given
from nasbench_pose.cost.modules_and_onnx import is_module_or_onnx, is_onnx
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.latency.protocol import REFERENCE
from nasbench_pose.report.latency_text import checked_line, largest_drift, numbers, report
from nasbench_pose.report.text import aligned
from nasbench_pose.spaces import title_of

if TYPE_CHECKING:
    from nasbench_pose.evaluators.trial import Progress, Trial
    from nasbench_pose.genotype import Genotype
    from nasbench_pose.graph import Graph
    from nasbench_pose.latency import LatencyProtocol
    from nasbench_pose.report.latency_text import Subject


F = TypeVar("F", bound=Callable[..., Any])

HOW = (
    click.option("--engine", default="torch", show_default=True, help="Runtime: torch or onnxruntime."),
    click.option(
        "--threads", type=click.IntRange(min=1), default=1, show_default=True, help="Threads, on pinned cores."
    ),
    click.option("--batch", type=click.IntRange(min=1), default=1, show_default=True, help="Images in one pass."),
    click.option("--device", default="cpu", show_default=True, help="cpu, cuda, cuda:1, mps, or auto."),
    click.option("--precision", default="fp32", show_default=True, help="fp32, bf16, fp16; int8 with onnxruntime."),
    joints_option,
    click.option("--repeats", type=click.IntRange(min=30), default=50, show_default=True, help="Timed passes."),
    click.option(
        "--reference", default=REFERENCE, show_default=True, help="Reference network, run between the others."
    ),
    click.option(
        "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Another seed repeats the measurement."
    ),
)


def measured(command: F) -> F:
    """Add the options of a latency measurement to `command`."""
    for option in reversed(HOW):
        command = option(command)
    return command


class Latency(click.Group):
    """A group whose default command is `measure`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Insert `measure` before arguments that begin with neither a command nor --help."""
        known = {*self.commands, *ctx.help_option_names}
        return super().parse_args(ctx, args if not args or args[0] in known else ["measure", *args])


@click.group(cls=Latency)
def latency() -> None:
    """Measure milliseconds on this machine, or predict them.

    `latency NAME…` is short for `latency measure NAME…`.
    """


@latency.command()
@click.argument("names", nargs=-1)
@click.option(
    "--module",
    "factories",
    multiple=True,
    metavar="PACKAGE.MODULE:NAME",
    help="Measure this torch module, or the one that this function returns, too.",
)
@measured
@inputs_option
@click.option("--db", type=NewDatabase(), help="Database that stores the latencies; existing ones are reused.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list with all digits.")
@key_option
def measure(
    names: tuple[str, ...],
    factories: tuple[str, ...],
    sizes: tuple[tuple[str, Dims], ...],
    repeats: int,
    seed: int,
    db: str | None,
    as_json: bool,
    keys: str | None,
    **how: Any,
) -> None:
    """Measure the latency of networks side by side.

    NAMES are names or texts of genotypes, files, or with --keys keys in a database. ONNX files (x.onnx), which run in
    ONNX Runtime, and torch modules (package.module:function) are measured, too. A reference network runs between their
    passes. If its latency drifts, the machine was busy.
    """
    if not (names or factories):
        raise click.UsageError("Missing argument 'NAMES...'.")
    how["size"] = image_size(sizes)
    if factories or any(map(is_module_or_onnx, names)):
        if db is not None:
            raise click.UsageError("--db keeps latencies of genotypes only.")
        _measure_others(names, factories, input_shapes(sizes), repeats, seed, keys, as_json, **how)
        return
    if input_shapes(sizes):
        raise click.UsageError("--input NAME=AxBxC is for ONNX files only.")
    size, joints = how.pop("size"), how.pop("joints")
    subjects = [_subject(genotype_of(name, keys), *shape_of(name, size, joints), **how) for name in names]
    trials = _trials(subjects, repeats, seed, db)
    click.echo(json.dumps(list(map(numbers, trials, subjects))) if as_json else report(trials, subjects))
    warn_of_drift(largest_drift(trials))


@latency.command()
@click.argument("space")
@click.option("--out", type=NewFile(".json"), required=True, help="JSON file to write.")
@click.option(
    "--check", type=click.IntRange(min=1), default=20, show_default=True, help="Networks to test the sums on."
)
@measured
@input_option
def table(space: str, out: Path, check: int, repeats: int, seed: int, **how: Any) -> None:
    """Measure every block of SPACE once, into a file.

    The latency of a network is then predicted as a sum over its blocks. The error is measured on random networks.
    """
    import numpy as np

    from nasbench_pose.latency.bench import bench
    from nasbench_pose.latency.build import check_table, measure_table
    from nasbench_pose.spaces import load

    found = load(space)
    first = found.genotype(options[0] for options in found.genes.values())
    protocol = _protocol(found.graph(first, input=how.pop("size"), joints=how.pop("joints")), **how)
    with bench(protocol, repeats=repeats, seed=seed) as ready:
        with _watched("blocks") as tell:
            blocks = measure_table(found, protocol, ready, tell, _about(repeats))
        with _watched("networks") as tell:
            checked = check_table(blocks, found, ready, check, np.random.default_rng(seed), tell)
    checked.save(out)
    click.echo(f"{out}: {len(checked.blocks)} blocks of {found.name}, {protocol.title}")
    click.echo(f"  {checked_line(checked)}")
    warn_of_drift(checked.reference_drift)


@latency.command()
@click.argument("space")
@click.option("--out", type=NewFile(".csv"), required=True, help="CSV file; its name is the name of the device.")
@click.option(
    "--settings", default=None, help="ENGINE-THREADS or ENGINE-THREADS-PRECISION, separated by commas; default: all."
)
@click.option("--networks", type=click.IntRange(min=1), help="So many random networks instead of all.")
@input_option
@click.option("--repeats", type=click.IntRange(min=30), default=30, show_default=True, help="Timed passes.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Draws weights and networks.")
@click.option("--reference", default="micro-largest", show_default=True, help="Network that runs between the others.")
def contribute(space: str, out: Path, settings: str | None, size: tuple[int, int] | None, **how: Any) -> None:
    """Measure every network of SPACE on this machine, into a device file.

    Searches then use the metric latency_ms@FILE.csv. The file may have several spaces. Run the same command again to
    continue. The machine must do nothing else meanwhile.
    """
    from nasbench_pose.cli._latency_of_devices import measure_space
    from nasbench_pose.spaces import load

    with _watched("networks") as tell:
        measured = measure_space(out, load(space), settings, input=size, progress=tell, **how)
    click.echo(measured)


@latency.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--table", "file", type=click.Path(path_type=Path), required=True, help="File of `latency table`.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list with all digits.")
@key_option
def predict(names: tuple[str, ...], file: Path, as_json: bool, keys: str | None) -> None:
    """Predict latencies as sums over a table of blocks.

    NAMES are those of `latency measure`. Nothing is run, and torch is not loaded.
    """
    from nasbench_pose.latency import LatencyTable
    from nasbench_pose.spaces import space_of

    blocks = LatencyTable.load(file)
    protocol, predicted = blocks.protocol, []
    for name in names:
        found, (size, _) = genotype_of(name, keys), shape_of(name, None, None)
        if size not in (None, protocol.input):
            trained, known = ("×".join(map(str, each)) for each in (size, protocol.input))
            raise InvalidFileError(f"{name} was trained at {trained}, and the blocks of {file} are for {known}.")
        graph = space_of(found).graph(found, input=protocol.input, joints=protocol.joints)
        predicted.append((found, blocks.predict(graph)))
    if as_json:
        click.echo(json.dumps([{"genotype": g.text, "key": g.key, "latency_ms": ms} for g, ms in predicted]))
        return
    click.echo(f"{protocol.title}, predicted from blocks")
    click.echo(aligned([["network", "ms"], *([title_of(g), f"{ms:.2f}"] for g, ms in predicted)], left=1))
    click.echo(checked_line(blocks))


def _measure_others(
    names: tuple[str, ...],
    factories: tuple[str, ...],
    shapes: dict[str, Dims],
    repeats: int,
    seed: int,
    keys: str | None,
    as_json: bool,
    size: tuple[int, int] | None,
    joints: int | None,
    engine: str,
    **how: Any,
) -> None:
    from nasbench_pose.cli._latency_of_modules import networks, show
    from nasbench_pose.latency.protocol import protocol_of_reference

    if any(map(is_onnx, names)) and not given("engine"):
        engine = "onnxruntime"
    protocol = protocol_of_reference(engine=engine, **how)
    made = networks(names, factories, size, shapes, joints, keys)
    with _watched("rounds") as tell:
        show(made, protocol, repeats=repeats, seed=seed, as_json=as_json, progress=tell)


def _subject(genotype: "Genotype", size: tuple[int, int] | None, joints: int | None, **how: Any) -> "Subject":
    from nasbench_pose.spaces import space_of

    graph = space_of(genotype).graph(genotype, input=size, joints=joints)
    return genotype, graph, _protocol(graph, **how)


def _protocol(graph: "Graph", **how: Any) -> "LatencyProtocol":
    from nasbench_pose.latency.protocol import protocol_of

    return protocol_of(graph, **how)


def _trials(subjects: "list[Subject]", repeats: int, seed: int, db: str | None) -> "list[Trial]":
    """Look up trials in the database; measure and store the others."""
    if db is None:
        return _measured_now(subjects, repeats, seed)
    from nasbench_pose.store import Store

    with Store(db) as store:
        known = [store.find(genotype, protocol.key, repeats, seed) for genotype, _, protocol in subjects]
        new = [subject for subject, trial in zip(subjects, known, strict=True) if trial is None]
        click.echo(f"{len(known) - len(new)} of {len(known)} looked up in {store.name}.", err=True)
        texts = {protocol.key: protocol.text for _, _, protocol in new}
        fresh = (store.add(t, protocol_text=texts[t.protocol]) for t in _measured_now(new, repeats, seed))
        return [trial or next(fresh) for trial in known]


def _measured_now(subjects: "list[Subject]", repeats: int, seed: int) -> "list[Trial]":
    if not subjects:
        return []
    from nasbench_pose.latency.evaluator import measure as measure_together

    with _watched("rounds") as tell:
        return measure_together(subjects, repeats=repeats, seed=seed, progress=tell)


@contextmanager
def _watched(what: str) -> "Iterator[Progress]":
    """Yield a callback for progress, which moves a bar in a terminal."""
    from rich.console import Console
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    with Bars(console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task(what, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def _about(repeats: int) -> dict[str, str]:
    """Return the source of a table."""
    from datetime import UTC, datetime

    made = datetime.now(UTC).isoformat(timespec="seconds")
    return {"made": made, "nasbench-pose": __version__, "repeats": str(repeats)}
