"""Loading search spaces from TOML files; every error is one line with the file and the line number."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, UnknownNameError, nearest
from nasbench_pose.files import folder, is_file
from nasbench_pose.genotype import Genotype
from nasbench_pose.hashing import short_sha256
from nasbench_pose.spaces.file_checks import (
    Problem,
    field_problems,
    gene_problems,
    key_problems,
    option_problems,
    options_of,
    template_problems,
    unread_problems,
)
from nasbench_pose.spaces.kinds import Kind, Options, kind
from nasbench_pose.spaces.space import SearchSpace
from nasbench_pose.spaces.toml_lines import line_of


def names() -> tuple[str, ...]:
    """Return the names of the built-in search spaces.

    >>> "efficientpose_small" in names()
    True
    """
    place = folder("search_spaces")
    return _names(place, place.stat().st_mtime_ns)  # which changes with the files that the folder has


@lru_cache(maxsize=4)
def _names(place: Path, _: int) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in place.glob("*.toml")))


def load(name_or_path: str | Path) -> SearchSpace:
    """Return a built-in space by name, or another space by the path of its file.

    `mine` stands for `mine.toml` in the current folder. A genotype's text contains the name of its space, so such texts
    can be read in the folder with the space's file. The name of a built-in space always means the built-in space.
    Raises UnknownNameError for an unknown name, InvalidFileError (with the key) for an invalid file. A file of another
    space with the name of a built-in one is invalid: its genotypes would be taken for those of the built-in space.
    """
    path, content = source(name_or_path)
    space = _space(path, content)
    if str(name_or_path) != space.name in names() and (built_in := source(space.name)[1]) != content:
        known = short_sha256(built_in)
        raise InvalidFileError(
            f"{path} holds a space named {space.name!r} that is not the built-in one ({space.digest}, not {known}); "
            "give it, and its file, another name."
        )
    if Path(name_or_path).suffix != ".toml" and space.name != str(name_or_path):
        raise InvalidFileError(
            f"{path} holds the space {space.name!r}; {name_or_path!r} finds it if file and space have the same name."
        )
    return space


def check(path: str | Path) -> tuple[SearchSpace | None, list[str]]:
    """Return the space of a file and all problems of the file, with line numbers.

    In addition to the checks of `load`, every option is built once. The space is None if the file cannot be loaded.

    >>> space, found = check("efficientpose_micro")
    >>> space.name, found
    ('efficientpose_micro', [])
    """
    place, content = source(path)
    text, data = _toml(place, content)
    found, space = read(data, short_sha256(content))
    if space is not None:
        found = [*option_problems(space)]
    return space, [str(with_line(place, text, problem)) for problem in found]


def source(name_or_path: str | Path) -> tuple[Path, bytes]:
    """Return the path and the content of a space's file; raise UnknownNameError if there is none."""
    text = str(name_or_path)
    if text in names():
        path = folder("search_spaces") / f"{text}.toml"
    else:
        path = Path(f"{text}.toml" if is_file(f"{text}.toml") else text)
    if path.suffix != ".toml":
        known = names()
        raise UnknownNameError(
            f"No search space named {text!r}; known: {', '.join(known)}, or the path of a .toml file."
            + nearest(text, known)
        )
    try:
        return path, path.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UnknownNameError(f"Cannot read the search space {text!r}: {reason}.") from None


def named_in(name_or_path: str | Path, wanted: str | None = None) -> tuple[str, ...]:
    """Return the names of the named genotypes of a space's file, without making the space.

    With `wanted`, a name in lower case with `-` for `_`, a file that does not contain this text is not parsed.

    >>> named_in("simplebaseline")[0], named_in("simplebaseline", "hrnet-w32")
    ('SimpleBaseline-R50', ())
    """
    path, content = source(name_or_path)
    text = folded(content.decode(errors="replace"))
    if wanted is not None and wanted not in text and "\\u" not in text:  # an escape sequence could encode it
        return ()
    return _named_in(path, content)


def folded(name: str) -> str:
    """Return the form in which names are compared: lower case, with `-` for `_`.

    >>> folded("EfficientPose_A")
    'efficientpose-a'
    """
    return name.casefold().replace("_", "-")


@lru_cache(maxsize=64)
def _named_in(path: Path, content: bytes) -> tuple[str, ...]:
    named = _toml(path, content)[1].get("named")
    return tuple(named) if isinstance(named, dict) else ()


@lru_cache(maxsize=64)  # spaces are immutable, and equal contents make equal spaces
def _space(path: Path, content: bytes) -> SearchSpace:
    text, data = _toml(path, content)
    found, space = read(data, short_sha256(content))
    if space is None:
        raise with_line(path, text, found[0])
    return space


def _toml(path: Path, content: bytes) -> tuple[str, dict[str, Any]]:
    try:
        text = content.decode()
        return text, tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, too many digits or brackets
        raise InvalidFileError(f"{path} is not valid TOML: {error or 'nested too deeply'}.") from None


def with_line(path: Path, text: str, problem: Problem) -> NasbenchPoseError:
    """Return the error of a problem, preceded by the file and the line."""
    line = line_of(text, problem.at)
    known = problem.error if isinstance(problem.error, UnknownNameError | InvalidFileError) else InvalidFileError()
    return type(known)(f"{path}{'' if line is None else f':{line}'}: {problem.error}")


def read(data: Mapping[str, Any], digest: str) -> tuple[list[Problem], SearchSpace | None]:
    """Return the problems of a file's content, and the space if there are none.

    Checks stop at the first group of problems that makes later checks impossible.
    """
    if found := [*key_problems(data)]:
        return found, None
    if found := [*gene_problems(data["genes"])]:
        return found, None
    genes = {gene: options_of(gene, options) for gene, options in data["genes"].items()}
    try:
        made = kind(data["kind"])
        if found := [*field_problems(made, genes, data.get("fixed", {}))]:
            return found, None
        space = _bare(data, digest, made, genes)
    except NasbenchPoseError as error:
        return [Problem(("kind",) if isinstance(error, UnknownNameError) else ("genes",), error)], None
    if found := [*template_problems(space)] or [*unread_problems(space, genes)]:
        return found, None
    written: dict[str, Genotype] = {}
    for name, text in data.get("named", {}).items():
        try:
            written[name] = _named(space, text)
            space.validate(written[name])
        except NasbenchPoseError as error:
            found.append(Problem(("named", name), type(error)(f"named.{name}: {error}")))
    if found:
        return found, None
    named = {name: space.validate(genotype) for name, genotype in written.items()}
    return [], replace(space, named=named, written=written)


def _bare(data: Mapping[str, Any], digest: str, made: Kind, genes: Options) -> SearchSpace:
    """Return the space without its named genotypes; raise InvalidFileError if the genes do not fit the kind."""
    fixed = data.get("fixed", {})
    try:
        expanded = made.expand(genes, fixed)
    except KeyError as error:
        raise InvalidFileError(f"the kind {made.name!r} needs {error.args[0]!r} in [fixed] or [genes].") from None
    except (TypeError, ValueError, AttributeError) as error:
        if isinstance(error, NasbenchPoseError):
            raise
        raise InvalidFileError(f"[genes] and [fixed] do not suit the kind {made.name!r}: {error}.") from None
    return SearchSpace(
        name=data["name"],
        title=data["title"],
        kind=made,
        cite=data["cite"],
        genes=expanded,
        fixed=fixed,
        input=tuple(data["input"]),
        joints=data["joints"],
        named={},
        baselines=tuple(data.get("baselines", ())),
        digest=digest,
    )


def _named(space: SearchSpace, text: object) -> Genotype:
    if not isinstance(text, str):
        raise InvalidFileError(f"{text!r} is no genotype; expected 'gene=value, gene=value, …'.")
    return space.read(text)
