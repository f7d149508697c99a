"""From a TOML file to a SearchSpace, with one clear line for whatever is wrong in it."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, UnknownNameError, nearest
from nasbench_pose.files import folder
from nasbench_pose.genotype import Genotype, Value
from nasbench_pose.spaces.kinds import kind
from nasbench_pose.spaces.space import SearchSpace

REQUIRED = ("name", "kind", "title", "cite", "input", "joints", "genes")
OPTIONAL = ("fixed", "named", "baselines")


def names() -> tuple[str, ...]:
    """Return the names of the built-in search spaces.

    >>> "efficientpose_small" in names()
    True
    """
    return tuple(sorted(path.stem for path in folder("search_spaces").glob("*.toml")))


def load(name_or_path: str | Path) -> SearchSpace:
    """Return a built-in space by name, or one of your own by the path of its file.

    Raises UnknownNameError for a name nobody has, InvalidFileError (with the key) for a file that is wrong.
    """
    text = str(name_or_path)
    path = folder("search_spaces") / f"{text}.toml" if text in names() else Path(text)
    if path.suffix != ".toml":
        known = names()
        raise UnknownNameError(
            f"No search space named {text!r}; known: {', '.join(known)}, or the path of a .toml file."
            + nearest(text, known)
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnknownNameError(f"Cannot read the search space {text!r}: {error.strerror}.") from None
    return _space(path, content)


def _space(path: Path, content: bytes) -> SearchSpace:
    try:
        data = tomllib.loads(content.decode())
        return _from_table(data, hashlib.sha256(content).hexdigest()[:16])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidFileError(f"{path} is not valid TOML: {error}.") from None
    except (InvalidFileError, UnknownNameError) as error:
        raise type(error)(f"{path}: {error}") from None


def _from_table(data: Mapping[str, Any], digest: str) -> SearchSpace:
    _check_keys(data)
    made, fixed = kind(data["kind"]), data.get("fixed", {})
    genes = {gene: _options(gene, options) for gene, options in data["genes"].items()}
    space = SearchSpace(
        name=data["name"],
        title=data["title"],
        kind=made,
        cite=data["cite"],
        genes=made.expand(genes, fixed),
        fixed=fixed,
        input=_size(data["input"]),
        joints=data["joints"],
        named={},
        baselines=tuple(data.get("baselines", ())),
        digest=digest,
    )
    _check_template(space)
    written = {name: _named(space, name, text) for name, text in data.get("named", {}).items()}
    named = {name: space.validate(genotype) for name, genotype in written.items()}
    return replace(space, named=named, written=written)


def _check_template(space: SearchSpace) -> None:
    """Build one member, so that what is missing or wrong in `fixed` is said now and not by a search."""
    try:
        space.graph(space.genotype(options[0] for options in space.genes.values()))
    except KeyError as error:
        raise InvalidFileError(f"the kind {space.kind.name!r} needs {error.args[0]!r} in [fixed] or [genes].") from None
    except (TypeError, ValueError, AttributeError) as error:
        if isinstance(error, NasbenchPoseError):
            raise InvalidFileError(f"no network can be built: {error}") from None
        raise InvalidFileError(f"[fixed] does not suit the kind {space.kind.name!r}: {error}.") from None


def _check_keys(data: Mapping[str, Any]) -> None:
    known = (*REQUIRED, *OPTIONAL)
    for key in data:
        if key not in known:
            raise InvalidFileError(f"unknown key {key!r}; known: {', '.join(known)}.{nearest(key, known)}")
    for key in REQUIRED:
        if key not in data:
            raise InvalidFileError(f"the key {key!r} is missing; a search space has {', '.join(REQUIRED)}.")
    types: dict[str, type] = {"genes": dict, "fixed": dict, "named": dict, "baselines": list, "joints": int}
    types |= dict.fromkeys(("name", "kind", "title", "cite"), str)
    for key, wanted in types.items():
        if key in data and (not isinstance(data[key], wanted) or isinstance(data[key], bool)):
            raise InvalidFileError(f"{key!r} is {data[key]!r}; expected {_SPELT[wanted]}.")
    if not data["genes"]:
        raise InvalidFileError("'genes' is empty; a search space has at least one.")
    if data["joints"] < 1:
        raise InvalidFileError(f"'joints' is {data['joints']}; expected at least 1.")


_SPELT = {dict: "a table", list: "a list", int: "a whole number", str: "a text"}


def _size(value: object) -> tuple[int, int]:
    match value:
        case [int(height), int(width)] if height > 0 and width > 0:
            return height, width
    raise InvalidFileError(f"'input' is {value!r}; expected [height, width] in pixels.")


def _options(gene: str, options: object) -> tuple[Value, ...]:
    if not isinstance(options, list) or not options:
        raise InvalidFileError(f"gene {gene!r} is {options!r}; expected a list of at least one option.")
    if len(options) > 127:
        raise InvalidFileError(f"gene {gene!r} has {len(options)} options; at most 127 are possible.")
    for option in options:
        if isinstance(option, bool) or not isinstance(option, str | int):
            raise InvalidFileError(f"gene {gene!r} has the option {option!r}; an option is a word or a whole number.")
        if Genotype.parse(f"x:{gene}={option}")[gene] != option:
            raise InvalidFileError(f"gene {gene!r} has the option {option!r}, which would be read as a number.")
    if len(set(options)) < len(options):
        raise InvalidFileError(f"gene {gene!r} has an option twice: {options}.")
    return tuple(options)


def _named(space: SearchSpace, name: str, text: object) -> Genotype:
    if not isinstance(text, str):
        raise InvalidFileError(f"named.{name} is {text!r}; expected 'gene=value, gene=value, …'.")
    try:
        return space.read(text)
    except InvalidFileError as error:
        raise InvalidFileError(f"named.{name}: {error}") from None
