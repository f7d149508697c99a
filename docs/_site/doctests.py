"""Examples in docstrings as code: a doctest is Markdown only by accident."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from griffe import Extension, Object


class Doctests(Extension):
    """Puts a fence around each example of every docstring."""

    def on_object(self, *, obj: Object, **_: Any) -> None:
        """Change one docstring."""
        if obj.docstring is not None:
            obj.docstring.value = fenced(obj.docstring.value)


def fenced(text: str) -> str:
    r"""Return a docstring with its examples, from `>>>` to the next empty line, in fences.

    >>> fenced("Adds.\n\n>>> 1 + 1\n2\n\nEnd.").splitlines()
    ['Adds.', '', '```pycon', '>>> 1 + 1', '2', '```', '', 'End.']
    """
    return "\n\n".join(_blocks(text))


def _blocks(text: str) -> Iterator[str]:
    for full, lines in groupby(text.split("\n"), key=lambda line: bool(line.strip())):
        block = list(lines)
        at = next((place for place, line in enumerate(block) if line.lstrip().startswith(">>> ")), None)
        if not full:
            continue
        if at is None:
            yield "\n".join(block)
            continue
        if at:
            yield "\n".join(block[:at])
        yield "\n".join(["```pycon", *block[at:], "```"])
