"""A body in three dimensions: joint angles become balls (points with a radius), which limbs connect.

In the person's frame x is to the person's left, y up, z forwards. One unit is roughly the height of a standing person.
After `view` is applied, x is to the right of the image, y up and z towards the camera.
"""

from collections.abc import Mapping

import numpy as np

from nasbench_pose.pose.synthetic.poses import Array, Pose

Balls = Mapping[str, Array]
"""Name of a landmark -> (n, 4): x, y, z, radius."""

DOWN = np.array([0.0, -1.0, 0.0])
UP = -DOWN
SIDES = (("r", -1.0), ("l", 1.0))


def rotation(axis: int, angle: Array) -> Array:
    """Return (n, 3, 3): right-handed rotations about axis 0 = x, 1 = y, 2 = z.

    >>> rotation(2, np.array([np.pi / 2]))[0].round() @ [1, 0, 0]
    array([0., 1., 0.])
    """
    matrix = np.zeros((*angle.shape, 3, 3))
    first, second = (axis + 1) % 3, (axis + 2) % 3
    matrix[..., axis, axis] = 1
    matrix[..., first, first] = matrix[..., second, second] = np.cos(angle)
    matrix[..., second, first] = np.sin(angle)
    matrix[..., first, second] = -np.sin(angle)
    return matrix


def build(rng: np.random.Generator, pose: Pose) -> Balls:
    """Return the landmarks of each person, with random proportions."""
    n = len(pose.limbs)
    length = np.exp(rng.normal(0, 0.06, (n, 8)))
    stout = np.exp(rng.normal(0, 0.16, n))
    yaw, pitch, roll = pose.view.T
    pelvis = rotation(2, roll) @ rotation(0, pitch) @ rotation(1, yaw)
    bend, lean, twist = pose.trunk.T
    chest = pelvis @ rotation(0, bend) @ rotation(2, lean) @ rotation(1, twist)
    nod, turn, tilt = pose.head.T
    skull = chest @ rotation(0, 0.4 * -np.maximum(bend, 0) + nod) @ rotation(1, turn) @ rotation(2, tilt)
    balls = _trunk(pelvis, chest, length, stout)
    balls |= _head(skull, balls["neck"], length[:, 2])
    for (side, sign), angles in zip(SIDES, np.moveaxis(pose.limbs, 1, 0), strict=True):
        balls |= _arm(side, sign, chest, angles, balls[f"{side}_shoulder"], length, stout)
        balls |= _leg(side, sign, pelvis, angles, balls[f"{side}_hip"], length, stout)
    return balls


def _at(start: Array, frame: Array, offset: Array, radius: Array | float) -> Array:
    """Return the ball at `offset` (in `frame`) from the centre of the ball `start`."""
    centre = start[:, :3] + np.einsum("nij,nj->ni", frame, np.broadcast_to(offset, (len(frame), 3)))
    return np.concatenate([centre, np.broadcast_to(radius, len(frame))[:, None]], axis=1)


def _trunk(pelvis: Array, chest: Array, length: Array, stout: Array) -> dict[str, Array]:
    n = len(stout)
    balls = {"pelvis": np.zeros((n, 4))}
    balls["pelvis"][:, 3] = 0.062 * stout
    waist = balls["waist"] = _at(balls["pelvis"], pelvis, UP * 0.09 * length[:, :1], 0.072 * stout)
    torso = 0.2 * length[:, :1]
    balls["neck"] = _at(waist, chest, UP * (torso + 0.025), 0.034 * stout)
    balls["chest"] = _at(waist, chest, UP * (torso - 0.06), 0.078 * stout)
    balls["badge"] = _at(waist, chest, UP * (torso - 0.03) + [0, 0, 0.075], 0.022)
    balls["buckle"] = _at(waist, chest, UP * 0.03 + [0, 0, 0.075], 0.016)
    for side, sign in SIDES:
        width = sign * length[:, 1:2] * [1, 0, 0]
        balls[f"{side}_hip"] = _at(balls["pelvis"], pelvis, width * 0.06, 0.056 * stout)
        balls[f"{side}_flank"] = _at(waist, pelvis, width * 0.05, 0.058 * stout)
        balls[f"{side}_shoulder"] = _at(waist, chest, UP * torso + width * 0.112, 0.040 * stout)
        balls[f"{side}_armpit"] = _at(waist, chest, UP * (torso - 0.03) + width * 0.075, 0.058 * stout)
    return balls


def _head(skull: Array, neck: Array, length: Array) -> dict[str, Array]:
    size = length[:, None] * 0.175
    forward = np.array([0.0, 0.0, 1.0])
    radius = size[:, 0] * 0.335
    balls = {
        "chin": _at(neck, skull, UP * size * 0.5 + forward * 0.012, 0.85 * radius),
        "crown": _at(neck, skull, UP * size * 0.63, radius),
        "nape": _at(neck, skull, UP * size * 0.5 - forward * 0.02, 0.9 * radius),
        "hair": _at(neck, skull, UP * size * 0.72 - forward * 0.02, 1.04 * radius),
        "head_top": _at(neck, skull, UP * size, 0.0),
    }
    for side, sign in SIDES:
        eye = UP * size * 0.6 + forward * 0.055 + np.array([sign * 0.024, 0, 0])
        balls[f"{side}_eye"] = _at(neck, skull, eye, 0.011)
    return balls


def _arm(side: str, sign: float, chest: Array, angles: Array, shoulder: Array, length: Array, stout: Array) -> Balls:
    flex, abduct, twist, bent = angles.T[:4]
    upper = chest @ rotation(2, sign * abduct) @ rotation(0, -flex) @ rotation(1, -sign * twist)
    lower = upper @ rotation(0, -bent)
    elbow = _at(shoulder, upper, DOWN * 0.165 * length[:, 3:4], 0.027 * stout)
    wrist = _at(elbow, lower, DOWN * 0.145 * length[:, 4:5], 0.019 * stout)
    hand = _at(wrist, lower, DOWN * 0.05, 0.018)
    return {f"{side}_elbow": elbow, f"{side}_wrist": wrist, f"{side}_hand": hand}


def _leg(side: str, sign: float, pelvis: Array, angles: Array, hip: Array, length: Array, stout: Array) -> Balls:
    flex, abduct, twist, bent = angles.T[4:]
    thigh = pelvis @ rotation(2, sign * abduct) @ rotation(0, -flex) @ rotation(1, sign * twist)
    shin = thigh @ rotation(0, bent)
    knee = _at(hip, thigh, DOWN * 0.235 * length[:, 5:6], 0.039 * stout)
    ankle = _at(knee, shin, DOWN * 0.225 * length[:, 6:7], 0.025 * stout)
    heel = _at(ankle, shin, np.array([0, -0.025, -0.015]), 0.024)
    toe = _at(ankle, shin, np.array([0, -0.035, 0.085]), 0.018)
    return {f"{side}_knee": knee, f"{side}_ankle": ankle, f"{side}_heel": heel, f"{side}_toe": toe}
