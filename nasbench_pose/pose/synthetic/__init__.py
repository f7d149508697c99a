"""Drawn people: a synthetic pose data set of any size with exact labels, which needs no download."""

import numpy as np

from nasbench_pose.pose.people import People, joined
from nasbench_pose.pose.skeleton import LSP14
from nasbench_pose.pose.synthetic import backdrop, body, camera, camera_effects, clutter, figure, painter, parts, poses

VERSION = 1
"""To be raised when the same seed gives different bytes; part of the key of this data."""

_CHUNK = 64  # people per random stream; the data of a seed depend on it
_HIDES = 0.07  # body heights by which a part must be nearer than a joint to hide it; roughly the radius of a torso


def generate(n: int, *, seed: int, stream: int = 0, size: tuple[int, int] = (64, 64)) -> People:
    """Draw `n` people with 14 joints (LSP14). The same arguments give the same bytes on every machine.

    Streams of one seed are independent. A larger set begins with the people of a smaller one. Head sizes are 0.75 × the
    length of the head in pixels without foreshortening.

    >>> people = generate(3, seed=0)
    >>> people.images.shape, people.joints.shape, bool(people.labelled.mean() > 0.8)
    ((3, 64, 64, 3), (3, 14, 2), True)
    """
    seeds = [np.random.SeedSequence(seed, spawn_key=(stream, chunk)) for chunk in range(max(1, -(-n // _CHUNK)))]
    return joined([_chunk(seed, size) for seed in seeds]).take(range(n))


def _chunk(seed: np.random.SeedSequence, size: tuple[int, int]) -> People:
    """Draw one chunk of people."""
    rng = np.random.Generator(np.random.PCG64(seed))
    balls = body.build(rng, poses.sample(rng, _CHUNK))
    joints = np.stack([balls[joint] for joint in LSP14.joints], axis=1)
    view = camera.frame(rng, joints, size)
    worn = figure.dress(rng, _CHUNK)
    scene = (view.photograph(figure.figure(balls, worn)) + clutter.clutter(rng, worn, size)).nearest_first()
    images = camera_effects.develop(rng, _picture(rng, scene, balls, size))
    seen = view.project(joints)
    labelled = np.asarray(((seen[..., :2] > -0.5) & (seen[..., :2] < np.array(size)[::-1] - 0.5)).all(axis=2))
    visible = labelled & ~parts.hidden(scene, seen[..., :3], _HIDES)
    head = np.sqrt(((balls["head_top"] - balls["neck"])[:, :3] ** 2).sum(axis=1)) * view.scale
    return People(images, painter.exact(seen[..., :2]), labelled, visible, painter.exact(0.75 * head), LSP14)


def _picture(rng: np.random.Generator, scene: parts.Parts, balls: body.Balls, size: tuple[int, int]) -> painter.Planes:
    """Paint the people in front of backdrops. One picture in six also has the next picture's person, moved aside."""
    torso = balls["neck"] - balls["pelvis"]
    across = np.where(rng.random(_CHUNK) < 0.7, 0, np.pi / 2)
    pattern = backdrop.stripes(rng, _CHUNK, size, angle=np.arctan2(-torso[:, 1], torso[:, 0]) + across)
    angle, hard = rng.uniform(0, 2 * np.pi, _CHUNK), rng.uniform(0, 0.6, _CHUNK)
    people = painter.paint(scene, np.stack([np.cos(angle), np.sin(angle)], axis=1) * hard[:, None], pattern, size)
    behind = backdrop.backdrop(rng, _CHUNK, size)
    crowded = np.flatnonzero(rng.random(_CHUNK) < 1 / 6)
    steps = rng.integers(size[1] // 3, size[1] * 2 // 3, len(crowded)) * rng.choice([-1, 1], len(crowded))
    behind[crowded] = people.moved((crowded + 1) % _CHUNK, steps).over(behind[crowded])
    return people.over(behind)
