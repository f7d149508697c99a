"""A dressed person: the capsules of a body and their colours."""

from dataclasses import dataclass

import numpy as np

from nasbench_pose.pose.synthetic.body import Balls
from nasbench_pose.pose.synthetic.parts import Parts
from nasbench_pose.pose.synthetic.poses import Array

_SKIN = np.array([(0.98, 0.86, 0.76), (0.91, 0.72, 0.58), (0.76, 0.56, 0.41), (0.55, 0.37, 0.26), (0.32, 0.21, 0.16)])
_HAIR = np.array([(0.08, 0.06, 0.05), (0.25, 0.15, 0.08), (0.45, 0.28, 0.14), (0.80, 0.65, 0.38), (0.62, 0.60, 0.58)])


@dataclass(frozen=True, slots=True)
class Wardrobe:
    """Clothes of n people: RGB colours (n, 3) in 0..1, and lengths of sleeves and trousers."""

    skin: Array
    hair: Array
    shirt: Array
    trousers: Array
    shoes: Array
    badge: Array
    sleeve: Array
    """(n,): 0 = to the shoulder, 1 = to the elbow, 2 = to the wrist."""
    trouser: Array
    """(n,): 0 = to the hip, 1 = to the knee, 2 = to the ankle."""
    loose: Array
    """(n,): width of the cloth divided by that of the limb; 1 = tight."""
    patterned: Array
    """(n, 2): strength of the pattern on shirt and trousers."""


def colours(rng: np.random.Generator, n: int) -> Array:
    """Draw n RGB colours of any hue; many are dull, dark or pale.

    >>> colours(np.random.default_rng(0), 4).shape
    (4, 3)
    """
    hue, saturation, value = rng.random((n, 1)), rng.beta(1.1, 1.3, (n, 1)), rng.beta(1.6, 1.3, (n, 1))
    wheel = np.clip(np.abs((hue * 6 + [0, 4, 2]) % 6 - 3) - 1, 0, 1)
    return np.asarray(value * (1 - saturation * (1 - wheel)))


def dress(rng: np.random.Generator, n: int) -> Wardrobe:
    """Draw clothes, skin and hair for `n` people."""
    between = rng.random((n, 1))
    first, second = _SKIN[rng.integers(len(_SKIN), size=(2, n))]
    skin = (first * between + second * (1 - between)) * rng.uniform(0.92, 1.05, (n, 1))
    shirt = np.where(rng.random((n, 1)) < 0.1, skin, colours(rng, n))
    trousers = np.where(rng.random((n, 1)) < 0.15, shirt, colours(rng, n))
    hair = np.where(rng.random((n, 1)) < 0.12, colours(rng, n), _HAIR[rng.integers(len(_HAIR), size=n)])
    sleeve = rng.choice([0.05, 0.45, 0.65, 1.2, 1.95], n, p=[0.22, 0.26, 0.17, 0.1, 0.25])
    trouser = rng.choice([0.12, 0.5, 0.95, 1.5, 1.95], n, p=[0.17, 0.2, 0.13, 0.1, 0.4])
    patterned = np.where(rng.random((n, 2)) < (0.45, 0.2), rng.uniform(0.25, 0.8, (n, 2)), 0.0)
    loose = rng.uniform(1.0, 1.35, n)
    return Wardrobe(skin, hair, shirt, trousers, colours(rng, n), colours(rng, n), sleeve, trouser, loose, patterned)


def figure(balls: Balls, worn: Wardrobe) -> Parts:
    """Return the capsules of each person, in the body's own units."""
    plain = np.zeros(len(worn.skin))
    shirt, trousers = worn.patterned.T
    parts = _part(balls, "neck", "chin", worn.skin, plain, nearer=-0.02)
    parts += _part(balls, "chin", "crown", worn.skin, plain) + _part(balls, "nape", "hair", worn.hair, plain)
    parts += _part(balls, "chest", "waist", worn.shirt, shirt) + _part(balls, "r_armpit", "l_armpit", worn.shirt, shirt)
    parts += _part(balls, "badge", "buckle", worn.badge, plain) + _part(
        balls, "r_hip", "l_hip", worn.trousers, trousers
    )
    for side in ("r", "l"):
        parts += _part(balls, f"{side}_armpit", f"{side}_flank", worn.shirt, shirt)
        parts += _part(balls, f"{side}_eye", f"{side}_eye", worn.hair * 0.4, plain)
        arm = [balls[f"{side}_{joint}"] for joint in ("shoulder", "elbow", "wrist")]
        parts += _limb(arm, worn.sleeve, worn.loose, worn.shirt, worn.skin, shirt)
        parts += _part(balls, f"{side}_wrist", f"{side}_hand", worn.skin, plain)
        leg = [balls[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle")]
        parts += _limb(leg, worn.trouser, worn.loose, worn.trousers, worn.skin, trousers)
        parts += _part(balls, f"{side}_heel", f"{side}_toe", worn.shoes, plain)
    return parts


def _part(balls: Balls, start: str, end: str, colour: Array, patterned: Array, nearer: float = 0.0) -> Parts:
    ends = np.stack([balls[start], balls[end]], axis=1)[:, None] + [0, 0, nearer, 0]
    return Parts(ends, colour[:, None], patterned[:, None])


def _limb(joints: list[Array], reach: Array, loose: Array, cloth: Array, skin: Array, patterned: Array) -> Parts:
    """Return three capsules: cloth up to `reach` along the limb (0..2), skin from there on."""
    top, middle, bottom = joints
    upper = (reach < 1)[:, None]
    share = np.where(upper, reach[:, None], reach[:, None] - 1)
    hem = np.where(upper, top + share * (middle - top), middle + share * (bottom - middle))
    first, second = np.where(upper, hem, middle), np.where(upper, middle, hem)
    ends = np.stack([np.stack(pair, axis=1) for pair in ((top, first), (first, second), (second, bottom))], axis=1)
    cover = np.stack([np.ones_like(reach), ~upper[:, 0], np.zeros_like(reach)], axis=1)[..., None]
    ends[..., 3] *= 1 + cover * (loose[:, None, None] - 1)
    return Parts(ends, cover * cloth[:, None] + (1 - cover) * skin[:, None], cover[..., 0] * patterned[:, None])
