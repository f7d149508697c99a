"""Small archives in the official layouts, written for a test: every person has a white dot at one joint."""

import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

DOT = 5
"""The joint with the dot."""


def photograph(path: Path, dots: list[tuple[float, float]], size: tuple[int, int] = (150, 200)) -> None:
    """Write a dark photograph of `size` (height, width) with a soft white dot at each of `dots` (x, y)."""
    y, x = np.mgrid[: size[0], : size[1]]
    light = sum(np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / 18) for at in dots)
    noise = np.random.default_rng(zlib.crc32(path.name.encode())).integers(0, 8, size)  # no two files are equal
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.clip(255 * light + noise, 0, 255).astype(np.uint8)).convert("RGB").save(path, quality=95)


def coco(folder: Path, splits: dict[str, int], people: int = 2) -> Path:
    """Write `splits` (train or val -> images) with `people` in each image, and one crowd and one empty annotation."""
    rng = np.random.default_rng(0)
    for number, (split, count) in enumerate(splits.items()):
        images, annotations = [], []
        for image in range(count):
            name = f"{1000 * number + image:012d}.jpg"
            images.append({"id": 1000 * number + image, "file_name": name, "width": 200, "height": 150})
            joints = rng.integers([20, 20], [180, 130], (people, 17, 2))
            photograph(folder / f"{split}2017" / name, [tuple(person[DOT]) for person in joints])
            annotations += [_annotation(images[-1]["id"], person) for person in joints]
        annotations.append(_annotation(images[0]["id"], joints[0]) | {"iscrowd": 1})
        annotations.append(_annotation(images[0]["id"], joints[0]) | {"keypoints": [0] * 51, "num_keypoints": 0})
        held = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "person"}]}
        for identity, annotation in enumerate(annotations):
            annotation["id"] = identity
        write(coco_file(folder, split), held)
    return folder


def coco_file(folder: Path, split: str) -> Path:
    """Return the file with the labels of a split."""
    return folder / "annotations" / f"person_keypoints_{split}2017.json"


def _annotation(image: int, joints: np.ndarray) -> dict[str, Any]:
    """The first joint is not labelled, the second hidden."""
    flags = np.array([0, 1] + [2] * 15)
    points = np.concatenate([joints * (flags > 0)[:, None], flags[:, None]], axis=1)
    (left, top), (right, bottom) = joints.min(axis=0).tolist(), joints.max(axis=0).tolist()
    box = [left - 4, top - 4, right - left + 9, bottom - top + 9]
    about = {"image_id": image, "category_id": 1, "iscrowd": 0, "num_keypoints": 16}
    return about | {"keypoints": points.ravel().tolist(), "bbox": box, "area": 0.5 * box[2] * box[3]}


def mpii(folder: Path, splits: dict[str, int]) -> Path:
    """Write `splits` (place of the JSON file -> images), one person in each; the first joint is not labelled."""
    rng = np.random.default_rng(1)
    for number, (place, count) in enumerate(splits.items()):
        entries = []
        for image in range(count):
            name = f"{1000 * number + image:09d}.jpg"
            joints = rng.uniform([40, 30], [160, 120], (16, 2))
            photograph(folder / "images" / name, [tuple(joints[DOT])])
            known = [0] + [1] * 15
            labels = np.where(np.array(known)[:, None] > 0, joints + 1, -1).tolist()  # counted from one
            about = {"image": name, "center": [101.0, 66.0], "scale": 0.6}
            entries.append(about | {"joints": labels, "joints_vis": known})
        write(folder / place, entries)
    return folder


def write(path: Path, held: Any) -> None:
    """Write `held` as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(held))


def change(path: Path, keys: list[Any], value: Any) -> None:
    """Set what is at `keys` in the JSON file to `value`; take it out if that is None."""
    held = json.loads(path.read_text())
    inner = held
    for key in keys[:-1]:
        inner = inner[key]
    if value is None:
        del inner[keys[-1]]
    else:
        inner[keys[-1]] = value
    path.write_text(json.dumps(held))


def brightest(images: np.ndarray) -> np.ndarray:
    """Return (n, 2): the centre (x, y) of what is bright in each image."""
    weights = np.clip(images[..., 0].astype(float) / 255 - 0.2, 0, None) ** 3
    y, x = np.mgrid[: images.shape[1], : images.shape[2]]
    total = weights.sum(axis=(1, 2))
    return np.stack([(weights * axis).sum(axis=(1, 2)) / total for axis in (x, y)], axis=1)
