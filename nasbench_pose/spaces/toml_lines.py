"""Line numbers of tables, keys and words in TOML files, which the parser does not report."""

import re
from collections.abc import Iterator

_HEADER = re.compile(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([\w.-]+|\"[^\"]+\"|'[^']+')\s*=")


def line_of(text: str, at: tuple[str, ...]) -> int | None:
    """Return the number, from 1, of the line in which `at` begins: a table, a key in it, a word of the key's value.

    If the word or the key is not found, it is the line of the key or the table; None if the file does not have these.

    >>> text = '''name = "mine"
    ... [genes]
    ... depth = [
    ...     "k3_e3",
    ...     "k4_e3",
    ... ]'''
    >>> line_of(text, ("genes", "depth", "k4_e3")), line_of(text, ("genes", "width")), line_of(text, ("joints",))
    (5, 2, None)
    """
    lines = text.splitlines()
    places = dict(reversed(list(_keys(lines))))
    for length in range(min(len(at), 2), 0, -1):
        if (start := places.get(at[:length])) is not None:
            word = at[length] if length == 2 and len(at) > 2 else None
            return 1 + (start if word is None else _word(lines, start, _next(places, start, len(lines)), word))
    return None


def _keys(lines: list[str]) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield every table and key with its line, from 0; lines inside multi-line strings are ignored."""
    table: tuple[str, ...] = ()
    inside = False
    for number, line in enumerate(lines):
        quotes = len(re.findall(r'"""|' + "'''", line))
        if not inside:
            if header := _HEADER.match(line):
                table = _split(header[1])
                yield table, number
            elif key := _KEY.match(line):
                path = table + _split(key[1])
                yield from ((path[: i + 1], number) for i in range(len(path)))
        inside ^= quotes % 2 == 1


def _split(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in re.findall(r"\"[^\"]*\"|'[^']*'|[^.]+", dotted))


def _next(places: dict[tuple[str, ...], int], start: int, end: int) -> int:
    return min((line for line in places.values() if line > start), default=end)


def _word(lines: list[str], start: int, end: int, word: str) -> int:
    """Return the first line of a value that contains this word, or else the value's first line."""
    whole = re.compile(rf"(?<![\w]){re.escape(word)}(?![\w])")
    return next((i for i in range(start, end) if whole.search(lines[i])), start)
