"""The shape of a JSON document that somebody else wrote: which fields it has, and of which types."""

import json
from typing import Any

ANYTHING = object
"""The shape of a value that is there; who reads it checks the rest."""
WORDS = {str: "a text", str | None: "a text or null", dict: "an object"}
"""Type -> its name in messages."""


def misfit(value: object, shape: Any, where: str = "") -> str:
    """Return where a document first departs from a shape, as a clause for a message; "" if it fits.

    A shape is a type out of WORDS, ANYTHING, a dict of the fields that an object has at least, or a list with the shape
    of each value.

    >>> shape = {"space": {"name": str}, "searches": [{"seed": ANYTHING}]}
    >>> misfit({"space": {"name": "hrnet"}, "searches": []}, shape)
    ''
    >>> misfit({"space": 3}, shape)
    'space is an object with name, not 3'
    >>> misfit({"space": {}}, shape)
    'space.name is missing; it is a text'
    >>> misfit({"space": {"name": "hrnet"}, "searches": [{"seed": 0}, None]}, shape)
    'searches[1] is an object with seed, not null'
    """
    kind = type(shape) if isinstance(shape, dict | list) else shape
    if not isinstance(value, kind):
        return f"{where or 'it'} is {_described(shape)}, not {shown(value)}"
    if isinstance(shape, dict) and isinstance(value, dict):
        for name, inner in shape.items():
            place = f"{where}.{name}".lstrip(".")
            if said := misfit(value[name], inner, place) if name in value else _missing(place, inner):
                return said
    if isinstance(shape, list) and isinstance(value, list):
        found = (misfit(each, shape[0], f"{where}[{number}]") for number, each in enumerate(value))
        return next(filter(None, found), "")
    return ""


def shown(value: object) -> str:
    """Return a value of a document as JSON, of 80 letters at most.

    >>> shown([None, "a"]), len(shown("a" * 100))
    ('[null, "a"]', 80)
    """
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _missing(place: str, shape: Any) -> str:
    return f"{place} is missing" + ("" if shape is ANYTHING else f"; it is {_described(shape)}")


def _described(shape: Any) -> str:
    if isinstance(shape, dict):
        return f"an object with {', '.join(shape)}"
    return "a list" if isinstance(shape, list) else WORDS[shape]
