"""Malformed files and genotypes: a clear error each, never a traceback, a hang or a wrong network.

`NASBENCH_POSE_FUZZ=50000` tries so many of each.
"""

import os
import random
import re
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.files import folder
from nasbench_pose.spaces import SearchSpace, find, load, names
from nasbench_pose.spaces.space_file import check

TIMES = int(os.environ.get("NASBENCH_POSE_FUZZ", "200"))
FILES = {name: (folder("search_spaces") / f"{name}.toml").read_text() for name in names()}
SMALL = ("efficientpose_micro", "heads_micro", "hrnet", "hrnet_micro", "simplebaseline", "darts_micro")
"""Spaces of which a network is built in no time."""
PIECES = (
    "", "0", "-1", "9" * 30, "1e9", "0.5", "nan", "true", "[]", "[[]]", "{}", '""', '"x"', "'''", '"""', "\n", "\0",
    "é", "\t", "=", ",", ":", "[", "]", "{", "}", "#", "skip", "k0_e0", "k99_e99", "b0_full", "b4_none", "simcc9",
    "plain", "[genes]", "[fixed]", "name = 1\n", "joints = 10\n", "kind = 'cell'\n", "kind = 'chain'\n",
    "kind = 'branches'\n", "Genotype(", "normal=[", "('sep_conv_3x3', 0)", "range(2, 6)", "__import__('os')", "\\",
    "../", "2147483648",
)  # fmt: skip


def spoilt(text: str, rng: random.Random) -> str:
    """Return the text with one to three things deleted, doubled, moved or put in."""
    for _ in range(rng.randint(1, 3)):
        start = rng.randrange(len(text) + 1)
        end = min(len(text), start + rng.choice([0, 1, 1, 3, 10, 40]))
        piece = rng.choice(PIECES) if rng.random() < 0.6 else text[(at := rng.randrange(len(text) + 1)) : at + 12]
        text = text[:start] + piece + text[end:]
    return text


def in_time(attempt: Callable[[], object]) -> str | None:
    """Return the message of the error of `attempt`, if there is one; fail for what is no message or takes long."""
    started = time.process_time()
    try:
        attempt()
        message = None
    except NasbenchPoseError as error:
        message = str(error)
        assert message.strip() and "\n" not in message, repr(message)
        assert not re.search(r"Traceback|<[\w.]+ object at|NoneType", message), message
    assert time.process_time() - started < 20
    return message


@pytest.mark.slow
def test_a_spoilt_genotype_is_refused_or_is_a_member() -> None:
    rng, refused = random.Random(0), 0
    texts = [genotype.text for name in names() for genotype in load(name).named.values()]
    texts += [f"{name}:{text}" for name in ("darts_pose", "nasnet_pose") for text in notations(name)]
    for number in range(TIMES):
        text = spoilt(rng.choice(texts), rng)
        found: list[object] = []
        message = in_time(lambda text=text, found=found: found.append(find(text)))  # type: ignore[misc]
        refused += message is not None
        if message is None:
            genotype = find(text)
            assert load(genotype.space).validate(genotype) == genotype, (number, text)
    assert refused > 0.5 * TIMES


def notations(name: str) -> list[str]:
    space = load(name)
    assert space.kind.notation is not None
    return [space.kind.notation.write(space, dict(genotype.genes)) for genotype in space.named.values()]


@pytest.mark.slow
def test_a_spoilt_file_is_refused_or_is_a_space(tmp_path: Path) -> None:
    rng, refused, path = random.Random(1), 0, tmp_path / "mine.toml"
    for _ in range(TIMES):
        path.write_bytes(spoilt(FILES[rng.choice(SMALL)], rng).encode("utf-8", "surrogatepass"))
        found: list[SearchSpace] = []
        message = in_time(lambda found=found: found.append(load(path)))  # type: ignore[misc]
        refused += message is not None
        if found:
            space = found[0]
            genotype = space.sample(np.random.default_rng(0))
            in_time(lambda space=space, genotype=genotype: space.graph(genotype))  # type: ignore[misc]
    assert refused > 0.3 * TIMES


@pytest.mark.slow
def test_a_spoilt_file_is_checked_without_a_traceback(tmp_path: Path) -> None:
    rng, path = random.Random(2), tmp_path / "mine.toml"
    for _ in range(TIMES // 10):
        path.write_bytes(spoilt(FILES[rng.choice(SMALL[:2])], rng).encode("utf-8", "surrogatepass"))
        in_time(lambda: check(path))
