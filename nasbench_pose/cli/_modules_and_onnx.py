"""`nasbench-pose cost` of torch modules and ONNX files."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TextIO

import click

from nasbench_pose.cli._arguments import Dims
from nasbench_pose.cli._counters_output import noted, print_readings
from nasbench_pose.cost import CONVENTIONS
from nasbench_pose.cost.modules_and_onnx import Subject, is_onnx, of_module, of_onnx
from nasbench_pose.errors import pick, printable
from nasbench_pose.report.cost_text import counted, inventory_text, inventory_values


def subject_of(
    name: str | None,
    factory: str | None,
    size: tuple[int, int] | None,
    shapes: Mapping[str, Dims],
    rules: Sequence[str] = (),
) -> Subject:
    """Return the module that a factory makes, or the network of an ONNX file; `name` names the factory or the file.

    `size` is the size of images; `shapes` has the shapes of an ONNX file's inputs by name. `rules` name cost rules of
    operations of torch.
    """
    if (name is not None and factory is not None) or (text := factory or name) is None:
        raise click.UsageError("Give a GENOTYPE, or an ONNX file, or --module: one of them.")
    if factory is None and is_onnx(text):
        if rules:
            raise click.UsageError("--rule is for torch modules; an ONNX file has other operations.")
        return of_onnx(Path(text), size, shapes)
    if shapes:
        raise click.UsageError("--input NAME=AxBxC is for ONNX files only.")
    with current_folder(), on_stderr():
        subject = of_module(text, size, rules)
    if subject.warning:
        click.echo(f"Warning: {subject.warning}.", err=True)
    return subject


@contextmanager
def current_folder() -> Iterator[None]:
    """Add the current folder to the import path, as `python -m` does."""
    before = list(sys.path)
    sys.path.insert(0, str(Path.cwd()))
    try:
        yield
    finally:
        sys.path[:] = before


def on_stderr() -> redirect_stdout[TextIO]:
    """Redirect the output of user code to stderr, so that stdout has only the command's result."""
    return redirect_stdout(sys.stderr)


def show(subject: Subject, convention: str, *, counters: str | None, layers: bool, strict: bool, as_json: bool) -> None:
    """Print the totals of a network, its calls, or the numbers of third-party counters.

    An operation that cannot be counted is a warning, or with `strict` an error.
    """
    pick("convention", convention, CONVENTIONS)
    if counters is not None:
        with on_stderr():
            readings = subject.readings(noted(counters))
        print_readings(readings, subject.title, strict=strict, as_json=as_json)
        return
    with on_stderr():
        found = subject.inventory()
    count, left_out = counted(found, convention, strict=strict)
    for warning in left_out:
        click.echo(f"Warning: {printable(warning)}.", err=True)
    if as_json:
        click.echo(json.dumps(subject.about | inventory_values(found, convention, count, layers=layers)))
    else:
        click.echo(f"{subject.title}\n{inventory_text(found, convention, count, layers=layers)}")
