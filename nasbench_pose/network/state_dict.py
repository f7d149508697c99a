"""The weights in a checkpoint: found in any dict, under any prefix, and matched to a network's names.

Training scripts wrap a state dict (`{"model": …}`) and add prefixes to its names (`module.`, `backbone.`). Neither has
to be known: the dict and the prefix with the most names of the network are used.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from nasbench_pose.errors import InvalidFileError, pick
from nasbench_pose.network.official import renumbered

Shapes = Mapping[str, torch.Size]

PARTS = (
    "", "backbone.", "encoder.", "keypoint_head.", "head.", "pose_head.", "decode_head.", "neck.", "decoder.",
)  # fmt: skip
"""Prefixes of parts of a network: mmpose 0.x and 1.x, and models with a backbone."""

LEFT_OVER = ("total_ops", "total_params", "n_averaged")
"""Last words of names of entries from thop and torch's AveragedModel, which are not weights."""

WRAPPERS = re.compile(r"(?:(?<=\.)|^)(?:_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\.")
"""Words that torch inserts into names: torch.compile, FullyShardedDataParallel, activation checkpointing."""

OPTIMIZER = {"param_groups", "exp_avg", "exp_avg_sq", "momentum_buffer", "square_avg"}
"""Names in the state of an optimiser."""

OPTIONAL = "num_batches_tracked"
"""Since torch 0.4.1 batch normalisation counts batches; the number does not affect the output."""

DEPTH = 4
"""Depth of nested dicts and lists that are searched for weights."""
SHORT = 16
"""Length of the longest list that is searched."""
SHOWN = 3
"""Number of names in an error message."""


@dataclass(frozen=True, slots=True)
class Found:
    """The weights of a network in a checkpoint."""

    weights: Mapping[str, Any]
    """The network's name -> the value in the checkpoint, which is not checked yet."""
    place: str
    """Its place in the checkpoint, such as `state_dict`; empty if the checkpoint is the state dict."""
    prefixes: tuple[str, ...] = ()
    """Prefixes of the names, without the empty prefix."""
    missing: tuple[str, ...] = ()
    """Names of the network that the checkpoint lacks."""
    extra: tuple[str, ...] = ()
    """Names in the checkpoint without a counterpart in the network."""
    others: tuple[str, ...] = field(default=())
    """Other places with different weights that match equally well."""

    @property
    def fits(self) -> bool:
        """Whether the checkpoint has all names of the network."""
        return not self.missing

    @property
    def where(self) -> str:
        """The place and the prefixes as text in brackets; empty if there are none."""
        prefixes = f"names after {' and '.join(map(repr, self.prefixes))}" if self.prefixes else ""
        said = ", ".join(([repr(self.place)] if self.place else []) + ([prefixes] if prefixes else []))
        return f" ({said})" if said else ""


def find(held: object, ours: Shapes, part: str | None = None) -> Found:
    """Return the weights in `held` that match the names of `ours` best.

    `part` names their place; without it, the first of equally good places is used. Raises InvalidFileError if there is
    no dict with entries, UnknownNameError for an unknown `part`.

    >>> shapes = {"conv1.weight": torch.Size([1, 3, 3, 3])}
    >>> found = find({"epoch": 3, "model": {"module.conv1.weight": torch.zeros(1, 3, 3, 3)}}, shapes)
    >>> found.place, found.prefixes, list(found.weights)
    ('model', ('module.',), ['conv1.weight'])
    """
    places = dict(_places(held))
    if not places:
        kind = "an empty dict" if isinstance(held, Mapping) else f"of the type {type(held).__name__}"
        raise InvalidFileError(f"it is {kind}; expected a state dict, a mapping from names to tensors")
    if part is not None:
        return _match(pick("part of the checkpoint", part, places), ours, part)
    every = [_match(mapping, ours, place) for place, mapping in places.items()]
    best = max(every, key=lambda found: (len(found.weights), -len(found.extra)))  # the first of equal ones
    if not best.weights:
        best = max(every, key=lambda found: sum(isinstance(v, Tensor) for v in places[found.place].values()))
    others = [found.place for found in every if found is not best and found.fits and not _same(found, best)]
    return Found(best.weights, best.place, best.prefixes, best.missing, best.extra, tuple(others) if best.fits else ())


def _places(held: object) -> Iterator[tuple[str, Mapping[Any, Any]]]:
    """Yield every non-empty dict in `held` once with its place, outer ones first."""
    waiting, seen = [("", held, 0)], {id(held)}
    for place, value, depth in waiting:
        if depth > DEPTH:
            continue
        if isinstance(value, Mapping) and value:
            yield place, value
        for name, inner in _items(value):
            if isinstance(inner, Mapping | list | tuple) and id(inner) not in seen:
                seen.add(id(inner))
                waiting.append((f"{place}.{name}".lstrip("."), inner, depth + 1))


def _items(value: object) -> Iterable[tuple[Any, Any]]:
    """Return the items of a dict or a short list, such as `(weights, optimiser, epoch)`."""
    if isinstance(value, Mapping):
        return value.items()
    return enumerate(value) if isinstance(value, list | tuple) and len(value) <= SHORT else ()


def _match(theirs: Mapping[Any, Any], ours: Shapes, place: str) -> Found:
    """Return the values in `theirs` for the names of `ours`, with the prefix that matches most of them."""
    texts = _unwrapped(theirs)
    best: dict[str, str] = {}
    for prefix in _prefixes(texts, ours):
        found = _under(prefix, texts, ours)
        best = found if len(found) > len(best) else best
    used = {texts[their] for their in best.values()}
    prefixes = {their[: len(their) - len(our)] for our, their in best.items() if their.endswith(our)} - {""}
    return Found(
        {our: theirs[texts[their]] for our, their in best.items()},
        place,
        tuple(sorted(prefixes)),
        tuple(name for name in ours if name not in best and not name.endswith(OPTIONAL)),
        tuple(str(name) for name in theirs if name not in used and not str(name).endswith(LEFT_OVER)),
    )


def _unwrapped(theirs: Mapping[Any, Any]) -> dict[str, str]:
    """Return name without the words of WRAPPERS -> name; the words stay if two names would become equal."""
    names = [name for name in theirs if isinstance(name, str)]
    plain = {WRAPPERS.sub("", name): name for name in names}
    return plain if len(plain) == len(names) else dict(zip(names, names, strict=True))


def _prefixes(theirs: Mapping[str, Any], ours: Shapes) -> list[str]:
    """Return the prefixes before names of `ours`, most frequent first, without the names of parts."""
    votes: Counter[str] = Counter()
    for name in theirs:
        begins = [0, *(i + 1 for i, letter in enumerate(name) if letter == ".")]
        votes.update(name[:begin] for begin in begins if name[begin:] in ours)
    common = [prefix for prefix, _ in votes.most_common(8)]
    bases = [prefix.removesuffix(part) for prefix in common for part in PARTS[1:] if prefix.endswith(part)]
    return list(dict.fromkeys(["", *bases, *common]))


def _under(prefix: str, theirs: Mapping[str, Any], ours: Shapes) -> dict[str, str]:
    """Return our name -> their name, which begins with `prefix` and the name of a part.

    All weights of a top-level module come from one part, so a chance match in another module is not used.
    """
    rest = {name.removeprefix(prefix): name for name in theirs if name.startswith(prefix)}
    modules: dict[str, list[str]] = {}
    for name in ours:
        modules.setdefault(name.partition(".")[0], []).append(name)
    found: dict[str, str] = {}
    for names in modules.values():
        choices = [{name: rest[part + name] for name in names if part + name in rest} for part in PARTS]
        best: dict[str, str] = max(choices, key=len)
        found |= best
    if len(found) < len(ours):
        numbered = {new: rest[old] for new, old in renumbered(rest, ours).items()}
        again = {name: numbered[name] for name in ours if name in numbered}
        found = again if len(again) > len(found) else found
    return found


def _same(one: Found, other: Found) -> bool:
    """Return whether both have the same tensors."""
    pairs = [(value, other.weights.get(name)) for name, value in one.weights.items()]
    return all(isinstance(a, Tensor) and isinstance(b, Tensor) and _equal(a, b) for a, b in pairs)


def _equal(a: Tensor, b: Tensor) -> bool:
    return a is b or (
        a.shape == b.shape and a.dtype == b.dtype and not a.is_meta and not b.is_meta and torch.equal(a, b)
    )


def misfit(found: Found, ours: Shapes, *, skip_extra: bool = False) -> str | None:
    """Return why `found` cannot be loaded, with the first names of each kind; None if it can."""
    if not found.weights:
        if OPTIMIZER & set(found.extra):
            return "it is the state of an optimiser, which has the names of no weights; save network.state_dict()"
        theirs, needed = _few(found.extra), _few(found.missing)
        return f"none of its names is one of the network's: it has {theirs}, the network {needed}"
    wrong = [words for name, value in found.weights.items() if (words := objection(name, value))]
    shapes = [
        f"{name!r} has the shape {tuple(value.shape)} instead of {tuple(ours[name])}"
        for name, value in found.weights.items()
        if objection(name, value) is None and value.shape != ours[name] and not name.endswith(OPTIONAL)
    ]
    said = [_first(lines) for lines in (wrong, shapes) if lines]
    if found.missing:
        said.insert(0, f"it lacks {_few(found.missing)}")
    if found.extra and not skip_extra:
        said.append(
            f"{_few(found.extra)} {'has' if len(found.extra) == 1 else 'have'} no place in it{common(found.extra)}"
        )
    return "; ".join(said) or None


def objection(name: str, value: object) -> str | None:
    """Return why one weight is unusable; None if it is usable.

    >>> objection("conv1.weight", torch.zeros(2, dtype=torch.int64))
    "'conv1.weight' holds int64 numbers; weights are floating-point numbers"
    """
    if type(value).__name__ == "NumPy array":
        return f"{name!r} is a NumPy array, no tensor; torch.from_numpy(…) makes one"
    if not isinstance(value, Tensor):
        return (
            f"{name!r} is of the type {type(value).__name__}, no tensor" if value is not None else f"{name!r} is None"
        )
    if value.is_meta:
        return f"{name!r} has no numbers: it was saved on the meta device"
    if value.layout is not torch.strided or value.is_quantized or value.is_nested:
        kind = "nested" if value.is_nested else "quantised" if value.is_quantized else "sparse"
        return f"{name!r} is a {kind} tensor; dense ones are expected"
    if name.endswith(OPTIONAL):
        return None if value.numel() == 1 else f"{name!r} has the shape {tuple(value.shape)}; one number is expected"
    if not value.is_floating_point():
        kind = str(value.dtype).removeprefix("torch.")
        return f"{name!r} holds {kind} numbers; weights are floating-point numbers"
    return None


def not_finite(found: Found) -> str | None:
    """Return a message on the weights of `found` that are not finite in single precision; None if all are."""
    counts = {}
    for name, value in found.weights.items():
        single = value.float()
        wrong = ~torch.isfinite(single) | ((single < 0) if name.endswith("running_var") else False)
        if wrong.any():
            counts[name] = int(wrong.sum())
    if not counts:
        return None
    return _first(
        [f"{name!r} holds {n:,} numbers that are not finite, or variances below 0" for name, n in counts.items()]
    )


def _few(names: tuple[str, ...]) -> str:
    shown = ", ".join(map(repr, names[:SHOWN]))
    return f"{shown} and {len(names) - SHOWN:,} more" if len(names) > SHOWN else shown


def _first(lines: list[str]) -> str:
    shown = ", ".join(lines[:SHOWN])
    return f"{shown}, and {len(lines) - SHOWN:,} more are wrong likewise" if len(lines) > SHOWN else shown


def common(names: tuple[str, ...]) -> str:
    """Return a note on the common first word of `names`, if they have one."""
    first = {name.partition(".")[0] if "." in name else "" for name in names}
    return f" (they begin with '{first.pop()}.')" if len(names) > 1 and len(first) == 1 and first != {""} else ""
