"""`hrnet-coco` measures what `tools/test.py` of HRNet's code measures, to the last digit: written again in a few lines.

The lines below follow deep-high-resolution-net.pytorch: `coco.py`, `JointsDataset.py`, `transforms.py`, `inference.py`,
`function.py` and `nms.py`, without looking at the package.
"""

import contextlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from torch import nn

from nasbench_pose.errors import DataError
from nasbench_pose.evaluators.measure import predicted
from nasbench_pose.evaluators.predicted_files import Subjects
from nasbench_pose.evaluators.protocol import PROTOCOLS
from nasbench_pose.evaluators.streaming import StreamedBatches, chunks
from nasbench_pose.evaluators.training import Training
from nasbench_pose.network import build
from nasbench_pose.pose import heatmaps
from nasbench_pose.pose.coco_test import coco_score
from nasbench_pose.pose.detected import detected
from nasbench_pose.pose.photographs import Photographs, placed
from nasbench_pose.pose.predictions import coco_ids
from nasbench_pose.spaces import find
from nasbench_pose.trained.scored import precision

W, H = 48, 64
FLIP = [(1, 2), (3, 4), (5, 6), (7, 8), (9, 10), (11, 12), (13, 14), (15, 16)]
SIGMAS = (
    np.array([0.26, 0.25, 0.25, 0.35, 0.35, 0.79, 0.79, 0.72, 0.72, 0.62, 0.62, 1.07, 1.07, 0.87, 0.87, 0.89, 0.89])
    / 10.0
)
Array = NDArray[Any]


def xywh2cs(x: float, y: float, w: float, h: float) -> tuple[Array, Array]:
    center = np.array([x + w * 0.5, y + h * 0.5], np.float32)
    if w > W / H * h:
        h = w * 1.0 / (W / H)
    elif w < W / H * h:
        w = h * W / H
    return center, np.array([w / 200, h / 200], np.float32) * 1.25


def affine_transform(center: Array, scale: Array, size: tuple[int, int], inv: bool = False) -> Array:
    scale = scale * 200.0
    src, dst = np.zeros((3, 2), np.float32), np.zeros((3, 2), np.float32)
    src[0], src[1] = center, center + np.array([0, scale[0] * -0.5])
    dst[0] = [size[0] * 0.5, size[1] * 0.5]
    dst[1] = dst[0] + np.array([0, size[0] * -0.5], np.float32)
    for points in (src, dst):
        direct = points[0] - points[1]
        points[2] = points[1] + np.array([-direct[1], direct[0]], np.float32)
    return cv2.getAffineTransform(dst, src) if inv else cv2.getAffineTransform(src, dst)


def flip_back(output: Array) -> Array:
    output = output[:, :, :, ::-1].copy()
    for a, b in FLIP:
        output[:, [a, b]] = output[:, [b, a]]
    shifted = output.copy()
    shifted[:, :, :, 1:] = output[:, :, :, 0:-1]
    return shifted


def final_preds(hm: Array, center: Array, scale: Array) -> tuple[Array, Array]:
    h, w = hm.shape[1:]
    flat = hm.reshape(len(hm), -1)
    maxvals, index = flat.max(1), flat.argmax(1)
    coords = np.stack([index % w, index // w], 1).astype(np.float32) * (maxvals > 0)[:, None]
    for p in range(len(hm)):
        px, py = int(np.floor(coords[p][0] + 0.5)), int(np.floor(coords[p][1] + 0.5))
        if 1 < px < w - 1 and 1 < py < h - 1:
            diff = np.array([hm[p][py][px + 1] - hm[p][py][px - 1], hm[p][py + 1][px] - hm[p][py - 1][px]])
            coords[p] += np.sign(diff) * 0.25
    matrix = affine_transform(center, scale, (w, h), inv=True)
    return np.column_stack([coords, np.ones(len(hm))]) @ matrix.T, maxvals


def oks_nms(people: list[dict[str, Any]]) -> list[int]:
    order, keep = np.array([p["score"] for p in people]).argsort()[::-1], []
    while order.size > 0:
        i = order[0]
        keep.append(int(i))
        found = []
        for j in order[1:]:
            d = ((people[j]["keypoints"][:, :2] - people[i]["keypoints"][:, :2]) ** 2).sum(1)
            e = d / (SIGMAS * 2) ** 2 / ((people[i]["area"] + people[j]["area"]) / 2 + np.spacing(1)) / 2
            found.append(np.sum(np.exp(-e)) / e.shape[0])
        order = order[1:][np.array(found) <= 0.9] if found else order[1:]
    return keep


Box = tuple[dict[str, Any], Array, Array, float]


def labelled_boxes(coco: COCO, images: set[int]) -> Iterator[Box]:
    """Yield image, centre, scale and score of each person: _load_coco_keypoint_annotation_kernal."""
    for ann in (a for i in sorted(images) for a in coco.imgToAnns[i]):
        image = coco.imgs[ann["image_id"]]
        x, y, w, h = ann["bbox"]
        x1, y1 = max(0, x), max(0, y)
        x2 = min(image["width"] - 1, x1 + max(0, w - 1))
        y2 = min(image["height"] - 1, y1 + max(0, h - 1))
        if ann["iscrowd"] or max(ann["keypoints"]) == 0 or not (ann["area"] > 0 and x2 >= x1 and y2 >= y1):
            continue
        yield (image, *xywh2cs(x1, y1, x2 - x1, y2 - y1), 1.0)


def detected_boxes(coco: COCO, found: list[dict[str, Any]], images: set[int]) -> Iterator[Box]:
    """Yield image, centre, scale and score of each person: _load_coco_person_detection_results."""
    for det in found:
        if det["category_id"] == 1 and det["image_id"] in images:
            yield (coco.imgs[det["image_id"]], *xywh2cs(*det["bbox"]), det["score"])


@torch.no_grad()
def official(
    network: nn.Module, file: Path, folder: Path, images: set[int], boxes: list[dict[str, Any]] | None = None
) -> float:
    """Return the AP of tools/test.py on some images, with the labelled boxes, or with those of a detector."""
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(file))
    people: dict[int, list[dict[str, Any]]] = {}
    for image, c, s, box_score in (
        labelled_boxes(coco, images) if boxes is None else detected_boxes(coco, boxes, images)
    ):
        data = cv2.imread(str(folder / image["file_name"]), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        crop = cv2.warpAffine(cv2.cvtColor(data, cv2.COLOR_BGR2RGB), affine_transform(c, s, (W, H)), (W, H))
        tensor = (
            torch.from_numpy(crop).permute(2, 0, 1).float() / 255 - torch.tensor([0.485, 0.456, 0.406])[:, None, None]
        ) / torch.tensor([0.229, 0.224, 0.225])[:, None, None]
        output = network(tensor[None]).numpy()
        flipped = flip_back(network(tensor.flip(2)[None]).numpy())
        preds, maxvals = final_preds(((output + flipped) * 0.5)[0], c, s)
        counted = maxvals[maxvals > 0.2]
        people.setdefault(image["id"], []).append(
            {
                "keypoints": np.column_stack([preds, maxvals]),
                "area": np.prod(s * 200),
                "score": box_score * (counted.mean() if len(counted) else 0.0),
            }
        )
    found = [
        {"image_id": i, "category_id": 1, "keypoints": p["keypoints"].ravel().tolist(), "score": float(p["score"])}
        for i, several in people.items()
        for p in (several[k] for k in oks_nms(several))
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(coco, coco.loadRes(found), "keypoints")
        evaluation.params.imgIds = sorted(images)
        evaluation.evaluate(), evaluation.accumulate(), evaluation.summarize()
    return float(evaluation.stats[0])


class Memory(nn.Module):
    """Remembers people: the maps of the most similar crop, or mirrored crop, plus those of a network of drawn weights.

    So AP is neither 0 nor 1, and depends on the pixels of every crop.
    """

    def __init__(self, images: torch.Tensor, maps: torch.Tensor) -> None:
        super().__init__()
        order = [next((b if joint == a else a for a, b in FLIP if joint in (a, b)), joint) for joint in range(17)]
        self.known = torch.cat([images, images.flip(3)]).flatten(1)
        self.maps = torch.cat([maps, maps.flip(3)[:, order]])
        self.drawn = build("micro-smallest", joints=17, input=(H, W), seed=3).eval()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return heat maps."""
        nearest = torch.cdist(images.flatten(1), self.known).argmin(1)
        found: torch.Tensor = self.maps[nearest] + 0.3 * self.drawn(images)
        return found


@pytest.fixture(scope="module")
def people(real_data: Path) -> Photographs:
    """The people of all photographs: the three splits together would count those of other splits as missed."""
    pytest.importorskip("cv2")
    return placed(f"coco:{real_data / 'coco_mini'}", "train", (H, W), corner=True)


def test_the_ap_is_that_of_the_official_test_to_the_last_digit(people: Photographs, real_data: Path) -> None:
    protocol = replace(PROTOCOLS["hrnet-coco"], input=(H, W))
    (crops,) = chunks(people, len(people), torch.device("cpu"), loaders=0)
    noise = torch.randn(crops.joints.shape, generator=torch.Generator().manual_seed(0))
    maps = heatmaps.gaussians(crops.joints + noise, (H // 4, W // 4), 4, 2) * crops.labelled[..., None, None]
    network, folder = Memory(crops.images, maps).eval(), real_data / "coco_mini"
    found = predicted(network, people, protocol, loaders=0)
    score = coco_score(people, people.in_photographs(found.joints.astype(float)), found.scores.astype(float))
    file = folder / "annotations" / "person_keypoints_train2017.json"
    expected = official(network, file, folder / "train2017", {int(path.stem) for path in people.files})
    assert 0.2 < expected < 0.9
    assert pytest.approx(expected, abs=1e-12) == score.AP


def test_the_ap_with_the_boxes_of_a_detector_is_that_of_the_official_test(
    people: Photographs, real_data: Path, tmp_path: Path
) -> None:
    """Of people found twice, badly, or where nobody is, among boxes of other categories."""
    rng, source, folder = np.random.default_rng(2), f"coco:{real_data / 'coco_mini'}", real_data / "coco_mini"
    protocol = replace(PROTOCOLS["hrnet-coco"], input=(H, W))
    file = folder / "annotations" / "person_keypoints_train2017.json"
    held = {image["id"]: image["file_name"] for image in json.loads(file.read_text())["images"]}
    there = [number for number, name in held.items() if (folder / "train2017" / name).is_file()]
    boxes, ids = [], coco_ids(people)
    for x, y, w, h, path in zip(*people.annotations.boxes.T, people.files, strict=True):
        for _ in range(rng.integers(0, 4)):
            size = np.array([w, h]) / 1.25 * rng.uniform(0.95, 1.05, 2)
            corner = np.array([x, y]) + rng.normal(0, 0.02, 2) * size - size / 2
            about = {"image_id": ids[path], "category_id": int(rng.choice([1, 1, 1, 3]))}
            boxes.append(about | {"bbox": [*corner, *size], "score": rng.uniform()})
    boxes += [{"image_id": number, "category_id": 1, "bbox": [5, 5, 60, 90], "score": 0.1} for number in there]
    (tmp_path / "boxes.json").write_text(json.dumps(boxes))
    found = detected(source, "all", (H, W), tmp_path / "boxes.json", corner=True)
    present = [path for path in found.photographs if path.is_file()]
    (crops,) = chunks(people, len(people), torch.device("cpu"), loaders=0)
    maps = heatmaps.gaussians(crops.joints, (H // 4, W // 4), 4, 2) * crops.labelled[..., None, None]
    network = Memory(crops.images, maps).eval()
    subjects = Subjects(found.people, found.scores, tuple(present))
    score = precision(network, subjects, protocol, None, loaders=0)
    expected = official(network, file, folder / "train2017", set(there), boxes)
    assert 0.1 < expected < 0.9
    assert pytest.approx(100 * expected, abs=1e-10) == score
    assert len(found.photographs) == len(held)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"bbox": [1, 2, 3]}, "'bbox' has the shape (3,), not (4,)"),
        ({"bbox": [1, 2, 0, 5]}, "has no width or no height; expected x, y, width, height"),
        ({"bbox": [0.1, 0.2, 0.3, 0.4]}, "looks like fractions of the photograph; expected pixels"),
        ({"bbox": [1e5, 10, 50, 80]}, "is outside its photograph of "),
        ({"bbox": [-60, 10, 50, 80]}, "is outside its photograph of "),
        ({"score": "0.9"}, "'score' is \"0.9\", not a number"),
        ({"score": None}, "'score' is null, not a number"),
        ({"image_id": -7}, "has the image_id -7, which the labels do not list"),
        ({"category_id": 3}, "has no person in the photographs of all"),
    ],
)
def test_boxes_of_another_form_are_one_line(entry: dict[str, Any], said: str, real_data: Path, tmp_path: Path) -> None:
    source, path = f"coco:{real_data / 'coco_mini'}", tmp_path / "boxes.json"
    file = real_data / "coco_mini" / "annotations" / "person_keypoints_train2017.json"
    image = json.loads(file.read_text())["images"][0]["id"]
    path.write_text(json.dumps([{"image_id": image, "category_id": 1, "bbox": [1, 2, 30, 40], "score": 0.5} | entry]))
    with pytest.raises(DataError, match=re.escape(said)):
        detected(source, "all", (H, W), path, corner=True)


def test_boxes_are_for_coco_alone(real_data: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Boxes of a detector are for people of COCO's format, not for 'synthetic'"):
        detected("synthetic", "val", (H, W), tmp_path / "boxes.json", corner=True)
    with pytest.raises(DataError, match=r"There is no file .*boxes\.json"):
        detected(f"coco:{real_data / 'coco_mini'}", "val", (H, W), tmp_path / "boxes.json", corner=True)


def test_a_training_by_hrnet_coco_measures_ap(real_data: Path) -> None:
    """Three steps from photographs, whose result does not depend on the processes that read them."""
    protocol = replace(PROTOCOLS["hrnet-coco"], input=(H, W), steps=3, batch=4)
    measurement = Training(f"coco:{real_data / 'coco_mini'}", protocol)
    trials = []
    for loaders in (0, 2):
        evaluator = replace(measurement(), loaders=loaders)
        trials.append(evaluator.evaluate(find("micro-smallest"), fidelity=3, seed=0))
        assert {"val_ap", "test_ap"} <= set(measurement.describe(evaluator).metrics)
    assert trials[0].error is None and trials[0].metrics == trials[1].metrics
    assert 0 <= trials[0].metrics["val_ap"] <= 100 and set(trials[0].metrics) == set(
        measurement.describe(evaluator).metrics
    )


@pytest.mark.parametrize("loaders", [0, 1])
def test_a_photograph_that_is_missing_is_one_line_from_worker_processes_too(
    loaders: int, people: Photographs, tmp_path: Path
) -> None:
    files = people.annotations.files.copy()
    files[3] = tmp_path / "gone.jpg"
    lacking = replace(people, annotations=replace(people.annotations, files=files))
    line = f"{tmp_path / 'gone.jpg'} is missing. Repair the data set, or leave out unusable people with skip_bad=1."
    protocol = replace(PROTOCOLS["hrnet-coco"], input=(H, W), batch=len(people))
    with pytest.raises(DataError) as found:
        list(chunks(lacking, 2, torch.device("cpu"), loaders))
    assert str(found.value) == line
    with pytest.raises(DataError) as found:
        next(StreamedBatches(lacking, protocol, 0, torch.device("cpu"), loaders))
    assert str(found.value) == line
