"""Checks of a space's file: every problem, with its place in the file."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, nearest
from nasbench_pose.genotype import Genotype, Value
from nasbench_pose.spaces.fields import Fields, shown
from nasbench_pose.spaces.kinds import Kind, Options
from nasbench_pose.spaces.space import SearchSpace
from nasbench_pose.spaces.unread_keys import unread_keys

REQUIRED = ("name", "kind", "title", "cite", "input", "joints", "genes")
OPTIONAL = ("fixed", "named", "baselines")
_SPELT = {dict: "a table", list: "a list", int: "a whole number", str: "a text"}
_TYPES: dict[str, type] = {
    **dict.fromkeys(("name", "kind", "title", "cite"), str),
    **dict.fromkeys(("genes", "fixed", "named"), dict),
    "baselines": list,
    "joints": int,
}


MOST_GENES = 1_000


@dataclass(frozen=True)
class Problem:
    """A problem in a file."""

    at: tuple[str, ...]
    """Path of keys to the problem; the last item may be a word of the value."""
    error: NasbenchPoseError


def key_problems(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the keys that are unknown, missing or of the wrong type."""
    known = (*REQUIRED, *OPTIONAL)
    for key in data:
        if key not in known:
            yield _problem((key,), f"unknown key {key!r}; known: {', '.join(known)}.{nearest(key, known)}")
    for key in REQUIRED:
        if key not in data:
            yield _problem((key,), f"the key {key!r} is missing; a search space has {', '.join(REQUIRED)}.")
    for key, wanted in _TYPES.items():
        if key in data and (not isinstance(data[key], wanted) or isinstance(data[key], bool)):
            yield _problem((key,), f"{key!r} is {shown(data[key])}; expected {_SPELT[wanted]}.")
    yield from _value_problems(data)


def _value_problems(data: Mapping[str, Any]) -> Iterator[Problem]:
    if data.get("genes") == {}:
        yield _problem(("genes",), "'genes' is empty; a search space has at least one.")
    joints = data.get("joints", 1)
    if isinstance(joints, int) and not isinstance(joints, bool) and not 1 <= joints <= 10_000:
        yield _problem(("joints",), f"'joints' is {joints}; expected at least 1{' and at most 10,000' * (joints > 1)}.")
    if "input" in data and not _is_size(data["input"]):
        yield _problem(("input",), f"'input' is {shown(data['input'])}; expected [height, width] in pixels.")
    if isinstance(data.get("name"), str) and (error := _spelling(data["name"])):
        yield Problem(("name",), error)
    if isinstance(data.get("baselines"), list):
        for baseline in data["baselines"]:
            if not isinstance(baseline, str):
                yield _problem(("baselines",), f"'baselines' has {shown(baseline)}; expected names of genotypes.")


def _is_size(value: object) -> bool:
    match value:
        case [int(height), int(width)] if not isinstance(height, bool) and not isinstance(width, bool):
            return 0 < height <= 8192 and 0 < width <= 8192
    return False


def gene_problems(genes: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the genes with invalid options."""
    if len(genes) > MOST_GENES:
        yield _problem(("genes",), f"[genes] has {len(genes):,} genes; at most {MOST_GENES:,} are possible.")
        return
    for gene, options in genes.items():
        try:
            options_of(gene, options)
        except InvalidFileError as error:
            yield Problem(("genes", gene), error)


def options_of(gene: str, options: object) -> tuple[Value, ...]:
    """Return the options of a gene; raise InvalidFileError if they are invalid."""
    if not isinstance(options, list) or not options:
        raise InvalidFileError(f"gene {gene!r} is {shown(options)}; expected a list of at least one option.")
    if len(options) > 127:
        raise InvalidFileError(f"gene {gene!r} has {len(options)} options; at most 127 are possible.")
    for option in options:
        if isinstance(option, bool) or not isinstance(option, str | int):
            raise InvalidFileError(
                f"gene {gene!r} has the option {shown(option)}; an option is a word or a whole number."
            )
        if error := _spelling("x", gene, option):
            raise InvalidFileError(f"gene {gene!r} has the option {shown(option)}: {error}")
    if len(set(options)) < len(options):
        raise InvalidFileError(f"gene {gene!r} has an option twice: {shown(options)}.")
    return tuple(options)


def _spelling(space: str, gene: str = "gene", option: Value = 0) -> InvalidFileError | None:
    """Return why a genotype's text cannot represent these names and values; None if it can."""
    if isinstance(option, str) and option.removeprefix("-").isdecimal():
        return InvalidFileError(f"{option!r} would be read as a number; write it without quotes.")
    try:
        read = Genotype.parse(Genotype(space, [(gene, option)]).text)
    except InvalidFileError as error:
        return error
    return None if read[gene] == option else InvalidFileError(f"{option!r} would be read as {read[gene]!r}.")


def field_problems(kind: Kind, genes: Options, fixed: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield unread keys and invalid values, for a kind that declares its fields."""
    known = {} if kind.fields is None else kind.fields(genes, fixed)
    tables = {"fixed": {key: (value,) for key, value in fixed.items()}, "genes": genes} if known else {}
    wrong = [problem for table, keys in tables.items() for problem in _value_errors(known, table, keys)]
    if wrong:  # values before names: the known genes may depend on a value
        yield from wrong
        return
    for table, keys in tables.items():
        for key in keys:
            if key not in known:
                yield _problem((table, key), _unread(kind, table, key, known))
            elif not (known[key].gene if table == "genes" else known[key].fixed):
                there = "fixed" if table == "genes" else "genes"
                yield _problem(
                    (table, key), f"{key!r} stands in [{table}]; the kind {kind.name!r} reads it in [{there}]."
                )


def _value_errors(known: Fields, table: str, keys: Mapping[str, tuple[Any, ...]]) -> Iterator[Problem]:
    for key, values in keys.items():
        for value in values if key in known else ():
            try:
                known[key].check(f"an option of gene {key!r}" if table == "genes" else repr(key), value)
            except InvalidFileError as error:
                yield Problem((table, key, *([str(value)] if table == "genes" else [])), error)


def _unread(kind: Kind, table: str, key: str, known: Iterable[str]) -> str:
    what = "gene" if table == "genes" else "key in [fixed]"
    reads = ", ".join(name for name in known if not re.fullmatch(r"s\d+[bm]\d+", name) or name.endswith(("b1", "m1")))
    return f"the kind {kind.name!r} reads no {what} {key!r} here; it reads {reads}.{nearest(key, known)}"


def unread_problems(space: SearchSpace, genes: Options) -> Iterator[Problem]:
    """Yield unread keys, for a kind that does not declare its fields."""
    if space.kind.fields is not None:
        return
    unread, asked = unread_keys(space, genes)
    for table, key in unread:
        near = nearest(key, asked - {*space.genes, *space.fixed})
        what = f"gene {key!r} has" if table == "genes" else f"key {key!r} in [fixed] has"
        yield _problem(
            (table, key), f"the {what} no effect: the kind {space.kind.name!r} never reads it; leave it out.{near}"
        )


def template_problems(space: SearchSpace) -> Iterator[Problem]:
    """Build one member, so that errors in `fixed` are found when the file is loaded and not during a search."""
    first = (options[0] for options in space.genes.values())
    if error := failure(space, lambda: space.graph(space.genotype(first))):
        yield Problem(("fixed",), error)


def option_problems(space: SearchSpace) -> Iterator[Problem]:
    """Yield options with which no network can be built; each is tried with the first options of all other genes."""
    first = {gene: options[0] for gene, options in space.genes.items()}
    for gene, options in space.genes.items():
        for option in options[1:]:
            values = {**first, gene: option}
            if error := failure(space, lambda values=values: space.graph(space.canonical(values))):  # type: ignore[misc]
                yield Problem(("genes", gene, str(option)), error)


def failure(space: SearchSpace, attempt: Callable[[], object]) -> NasbenchPoseError | None:
    """Return the error of `attempt`, which builds a network of `space`; None if it succeeds.

    A kind may be a plug-in, so any exception is converted.
    """
    try:
        attempt()
    except KeyError as error:
        key = error.args[0] if error.args else error
        return InvalidFileError(f"the kind {space.kind.name!r} needs {key!r} in [fixed] or [genes].")
    except NasbenchPoseError as error:
        return InvalidFileError(f"no network can be built: {error}")
    except Exception as error:
        return InvalidFileError(f"[fixed] does not suit the kind {space.kind.name!r}: {error}.")
    return None


def _problem(at: tuple[str, ...], message: str) -> Problem:
    return Problem(at, InvalidFileError(message))
