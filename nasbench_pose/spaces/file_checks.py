"""What is wrong with a space's file, thing by thing, and where."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, nearest
from nasbench_pose.genotype import Genotype, Value
from nasbench_pose.spaces.space import SearchSpace

REQUIRED = ("name", "kind", "title", "cite", "input", "joints", "genes")
OPTIONAL = ("fixed", "named", "baselines")
_SPELT = {dict: "a table", list: "a list", int: "a whole number", str: "a text"}
_TYPES: dict[str, type] = {
    **dict.fromkeys(("name", "kind", "title", "cite"), str),
    **dict.fromkeys(("genes", "fixed", "named"), dict),
    "baselines": list,
    "joints": int,
}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong."""

    at: tuple[str, ...]
    """Keys that lead to it in the file, and in the end, perhaps, a word of the value."""
    error: NasbenchPoseError


def key_problems(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is unknown, missing or of the wrong type."""
    known = (*REQUIRED, *OPTIONAL)
    for key in data:
        if key not in known:
            yield _problem((key,), f"unknown key {key!r}; known: {', '.join(known)}.{nearest(key, known)}")
    for key in REQUIRED:
        if key not in data:
            yield _problem((key,), f"the key {key!r} is missing; a search space has {', '.join(REQUIRED)}.")
    for key, wanted in _TYPES.items():
        if key in data and (not isinstance(data[key], wanted) or isinstance(data[key], bool)):
            yield _problem((key,), f"{key!r} is {_shown(data[key])}; expected {_SPELT[wanted]}.")
    yield from _value_problems(data)


def _value_problems(data: Mapping[str, Any]) -> Iterator[Problem]:
    if data.get("genes") == {}:
        yield _problem(("genes",), "'genes' is empty; a search space has at least one.")
    joints = data.get("joints", 1)
    if isinstance(joints, int) and not isinstance(joints, bool) and not 1 <= joints <= 10_000:
        yield _problem(("joints",), f"'joints' is {joints}; expected at least 1{' and at most 10,000' * (joints > 1)}.")
    if "input" in data and not _is_size(data["input"]):
        yield _problem(("input",), f"'input' is {_shown(data['input'])}; expected [height, width] in pixels.")
    if isinstance(data.get("name"), str) and (error := _spelling(data["name"])):
        yield Problem(("name",), error)
    if isinstance(data.get("baselines"), list):
        for baseline in data["baselines"]:
            if not isinstance(baseline, str):
                yield _problem(("baselines",), f"'baselines' has {_shown(baseline)}; expected names of genotypes.")


def _is_size(value: object) -> bool:
    match value:
        case [int(height), int(width)] if not isinstance(height, bool) and not isinstance(width, bool):
            return 0 < height <= 8192 and 0 < width <= 8192
    return False


def gene_problems(genes: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the genes whose options are no options."""
    for gene, options in genes.items():
        try:
            options_of(gene, options)
        except InvalidFileError as error:
            yield Problem(("genes", gene), error)


def options_of(gene: str, options: object) -> tuple[Value, ...]:
    """Return the options of a gene; raise InvalidFileError if they are no options."""
    if not isinstance(options, list) or not options:
        raise InvalidFileError(f"gene {gene!r} is {_shown(options)}; expected a list of at least one option.")
    if len(options) > 127:
        raise InvalidFileError(f"gene {gene!r} has {len(options)} options; at most 127 are possible.")
    for option in options:
        if isinstance(option, bool) or not isinstance(option, str | int):
            raise InvalidFileError(
                f"gene {gene!r} has the option {_shown(option)}; an option is a word or a whole number."
            )
        if error := _spelling("x", gene, option):
            raise InvalidFileError(f"gene {gene!r} has the option {_shown(option)}: {error}")
    if len(set(options)) < len(options):
        raise InvalidFileError(f"gene {gene!r} has an option twice: {_shown(options)}.")
    return tuple(options)


def _spelling(space: str, gene: str = "gene", option: Value = 0) -> InvalidFileError | None:
    """Return why a genotype's text could not hold these, if it could not."""
    if isinstance(option, str) and option.removeprefix("-").isdecimal():
        return InvalidFileError(f"{option!r} would be read as a number; write it without quotes.")
    try:
        read = Genotype.parse(Genotype(space, [(gene, option)]).text)
    except InvalidFileError as error:
        return error
    return None if read[gene] == option else InvalidFileError(f"{option!r} would be read as {read[gene]!r}.")


def template_problems(space: SearchSpace) -> Iterator[Problem]:
    """Build one member, so that what is missing or wrong in `fixed` is said now and not by a search."""
    first = (options[0] for options in space.genes.values())
    if error := failure(space, lambda: space.graph(space.genotype(first))):
        yield Problem(("fixed",), error)


def option_problems(space: SearchSpace) -> Iterator[Problem]:
    """Yield the options with which no network can be built: each is tried once, beside the first of all other genes."""
    first = {gene: options[0] for gene, options in space.genes.items()}
    for gene, options in space.genes.items():
        for option in options[1:]:
            values = {**first, gene: option}
            if error := failure(space, lambda values=values: space.graph(space.canonical(values))):  # type: ignore[misc]
                yield Problem(("genes", gene, str(option)), error)


def failure(space: SearchSpace, attempt: Callable[[], object]) -> NasbenchPoseError | None:
    """Return why `attempt`, to build a network of `space`, fails, in words; None if it does not.

    A kind may be anybody's function, so whatever it raises is said.
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


def _shown(value: object) -> str:
    """Return a value as it is named in a message, shortened."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:76]}…{text[-3:]}"
