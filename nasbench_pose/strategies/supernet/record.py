"""What a differentiable search records at each ask, and its text form: one line of JSON per search."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasbench_pose import scalar
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.spaces.skips import PARAMETER_FREE

OPTIONAL = ("weights_loss", "choices_loss", "skips", "eigenvalue")
"""Numbers that an ask need not have."""


@dataclass(frozen=True)
class Ask:
    """One ask. Losses are means over the steps of the ask; None where there was no such step."""

    ask: int
    """Counted from 1."""
    steps: int
    """Steps of the weights since the beginning."""
    logits: Mapping[str, tuple[float, ...]]
    """α: choice -> one logit per option."""
    shares: Mapping[str, tuple[float, ...]]
    """Choice -> the probability of each option that the genotype was derived from."""
    weights_loss: float | None
    """Training loss of the weights."""
    choices_loss: float | None
    """Loss of the task in the steps of the choices, without the cost term."""
    cost: float
    """E[cost] in units of the search's cost."""
    entropy: float
    """Mean entropy of the choices, as a share of the largest."""
    skips: float | None
    """Share of the choices that can be skipped whose likeliest option is the skip; None if none can."""
    eigenvalue: float | None
    """Dominant eigenvalue of the Hessian of the loss by the logits, where it was computed."""
    genotype: str
    """Text of the genotype that was derived."""

    @classmethod
    def blank(cls, ask: int, **known: Any) -> "Ask":
        """Return an ask without choices, for examples and tests of rules."""
        empty: dict[str, Any] = dict.fromkeys(OPTIONAL)
        empty |= {"steps": 0, "logits": {}, "shares": {}, "cost": 0.0, "entropy": 0.0, "genotype": ""}
        return cls(ask=ask, **{**empty, **known})

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Ask":
        """Return the ask of parsed JSON; raise InvalidFileError or InvalidNumberError for another form."""
        if set(document) != {field.name for field in fields(cls)}:
            raise InvalidFileError(f"an ask has {', '.join(field.name for field in fields(cls))}")
        lists = {
            name: {
                choice: tuple(scalar.finite(value, f"{name} of {choice}") for value in each)
                for choice, each in document[name].items()
            }
            for name in ("logits", "shares")
        }
        counts = {name: scalar.whole(document[name], name, least=0) for name in ("ask", "steps")}
        numbers = {name: scalar.finite(document[name], name) for name in ("cost", "entropy")}
        for name in OPTIONAL:
            numbers[name] = document[name] if document[name] is None else scalar.finite(document[name], name)
        return cls(**{**document, **lists, **counts, **numbers})


@dataclass(frozen=True)
class SearchRecord:
    """A search: what it searched, and all of its asks."""

    strategy: str
    """Name with settings, as in tables."""
    space: str
    seed: int
    unit: str
    """Unit of E[cost]."""
    asks: tuple[Ask, ...]
    input: tuple[int, int] | None = None
    """Height and width of the images that it trained on; None: those of the space."""
    joints: int | None = None
    """Joints of the people that it trained on; None: those of the space."""

    @property
    def line(self) -> str:
        """The record as one line of JSON; `parse` reads back the same numbers."""
        known = {name: value for name, value in asdict(self).items() if value is not None}
        return json.dumps(known, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def parse(cls, line: str) -> "SearchRecord":
        """Return the record of a line; raise InvalidFileError if it is none."""
        try:
            document = json.loads(line)
            asks = tuple(Ask.of(ask) for ask in document.pop("asks"))
            if not asks:
                raise InvalidFileError("it has no asks")
            for ask in asks:
                Genotype.parse(ask.genotype)
            document["seed"] = scalar.whole(document["seed"], "seed")
            if "joints" in document:
                document["joints"] = scalar.whole(document["joints"], "number of joints", least=1)
            if "input" in document:
                height, width = (scalar.whole(side, "image size", least=1) for side in document["input"])
                document["input"] = height, width
            return cls(**document, asks=asks)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InvalidFileError(
                f"{line[:40]!r} is not the record of a differentiable search: {str(error).rstrip('.')}."
            ) from None


def skip_share(space: SearchSpace, shares: Mapping[str, Sequence[float] | NDArray[np.floating]]) -> float | None:
    """Return the share of the choices that can be skipped whose likeliest option is the skip; None if none can.

    >>> from nasbench_pose.spaces import load
    >>> space = load("efficientpose_micro")
    >>> skip_share(space, {choice: [1.0] + [0.0] * (len(o) - 1) for choice, o in space.choices.items()})
    1.0
    """
    places = skippable(space)
    if not places:
        return None
    return sum(int(np.argmax(shares[choice])) == place for choice, place in places.items()) / len(places)


def skippable(space: SearchSpace) -> dict[str, int]:
    """Return the choices that can be skipped, with the number of the option that does."""
    return {
        choice: next(i for i, option in enumerate(options) if str(option) in PARAMETER_FREE)
        for choice, options in space.choices.items()
        if any(str(option) in PARAMETER_FREE for option in options)
    }


def finite(value: float | None) -> float | None:
    """Return a number as JSON can have it: None for what is not finite."""
    return None if value is None or not math.isfinite(value) else float(value)
