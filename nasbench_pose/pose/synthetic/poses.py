"""Poses of drawn people: joint angles from a mixture of named poses, within anatomical limits."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LIMITS = np.array([(-50, 180), (-15, 175), (-80, 80), (0, 145), (-30, 130), (-15, 80), (-40, 40), (0, 145)], float)
"""Degrees, least and most: shoulder flexion, abduction, twist, elbow; hip flexion, abduction, twist, knee."""

_NAMED = """
standing   0 10 0 15    0 5 0 3      0 10 0 15    0 5 0 3       0   0   6
akimbo     -15 45 -60 95  0 10 0 5   0 15 0 20    0 10 0 5      0   0   6
walking    -25 8 0 20   28 3 0 8     28 8 0 25    -18 3 0 25    3   0   8
running    -45 12 0 95  70 3 0 85    45 12 0 90   -22 3 0 75    15  0   12
reaching   155 15 0 15  0 8 0 5      20 25 0 35   8 8 0 12      0   0   15
cheering   165 20 0 20  0 12 0 5     165 20 0 20  0 12 0 5      0   0   10
pointing   85 10 0 10   0 8 0 5      0 15 0 30    0 8 0 5       5   0   10
throwing   20 95 50 95  35 20 0 30   70 40 0 30   -15 15 0 15   10  0   15
sitting    35 15 20 55  85 15 0 85   35 15 20 55  85 15 0 85    10  0   8
crouching  45 20 0 60   110 20 0 120 45 20 0 60   110 20 0 120  35  0   15
lunging    20 60 0 25   85 10 0 85   0 70 0 25    -22 5 0 20    5   0   10
kicking    -15 60 0 35  95 25 0 15   40 50 0 40   -5 5 0 10     -8  0   15
bending    90 15 0 20   20 8 0 10    90 15 0 20   20 8 0 10     75  0   10
star       0 100 0 12   10 40 0 8    0 100 0 12   10 40 0 8     0   0   25
lying      20 40 0 40   20 12 0 30   120 20 0 40  5 12 0 15     0   90  20
handstand  172 10 0 8   0 15 0 15    172 10 0 8   15 15 0 25    -5  180 18
cartwheel  0 150 0 12   5 55 0 8     0 150 0 12   5 55 0 8      0   90  60
leaping    110 40 0 25  75 15 0 30   -20 50 0 30  -28 10 0 45   5   0   20
"""
"""Mean angles, degrees: right arm, right leg, left arm, left leg (as in LIMITS); trunk bend; roll, spread of roll."""

_TABLE = np.array([[float(word) for word in row.split()[1:]] for row in _NAMED.strip().splitlines()])
_SPREAD = np.array([18, 14, 25, 20, 14, 9, 14, 15], float)


@dataclass(frozen=True, slots=True)
class Pose:
    """Joint angles of n people, in radians."""

    limbs: Array
    """(n, 2, 8): right and left; columns as in `LIMITS`."""
    trunk: Array
    """(n, 3): bend forwards, lean, twist."""
    head: Array
    """(n, 3): nod, turn, tilt."""
    view: Array
    """(n, 3): yaw (0 = facing the camera), pitch, roll of the whole person."""


def sample(rng: np.random.Generator, n: int) -> Pose:
    """Draw `n` poses: named ones with noise, and for one person in seven uniform angles within the limits.

    >>> sample(np.random.default_rng(0), 5).limbs.shape
    (5, 2, 8)
    """
    row = _TABLE[rng.integers(len(_TABLE), size=n)]
    named = row[:, :16].reshape(n, 2, 8) + rng.normal(0, 1, (n, 2, 8)) * _SPREAD
    named = np.where(rng.random((n, 1, 1)) < 0.5, named, named[:, ::-1])
    anything = rng.uniform(LIMITS[:, 0], LIMITS[:, 1], (n, 2, 8))
    limbs = np.where(rng.random((n, 1, 1)) < 1 / 7, anything, named)
    trunk = np.stack([row[:, 16] + rng.normal(0, 10, n), rng.normal(0, 9, n), rng.normal(0, 14, n)], axis=1)
    return Pose(
        np.radians(np.clip(limbs, *LIMITS.T)),
        np.radians(trunk),
        np.radians(rng.normal(0, (14, 28, 10), (n, 3)).clip(-70, 70)),  # of the head
        _views(rng, n, row[:, 17:]),
    )


def _views(rng: np.random.Generator, n: int, roll: Array) -> Array:
    """Return view angles: two people in five roughly face the camera, the others have a uniform direction."""
    yaw = np.where(rng.random(n) < 0.4, rng.normal(0, 30, n), rng.uniform(-180, 180, n))
    rolled = (roll[:, 0] + rng.normal(0, 1, n) * roll[:, 1]) * np.where(rng.random(n) < 0.5, 1, -1)
    view: Array = np.radians(np.stack([yaw, rng.normal(0, 12, n), rolled], axis=1))
    return view
