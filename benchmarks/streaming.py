"""Crops cut from photographs while HRNet-W32 trains at 256×192, beside crops in memory; the rate of the pipeline.

Photographs are drawn: smooth noise of 640×480 pixels as JPEG, about as long to decode as one of COCO. One process
trains and one reads, as on two cores.
"""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import cv2
import numpy as np
import torch
from table import begin, machine, markdown, report, say

from nasbench_pose.evaluators.batches import Batches, Tensors
from nasbench_pose.evaluators.protocol import PROTOCOLS
from nasbench_pose.evaluators.steps import Steps, Supply
from nasbench_pose.evaluators.streaming import StreamedBatches
from nasbench_pose.network import build, one_thread
from nasbench_pose.pose.annotations import Annotations
from nasbench_pose.pose.photographs import Photographs
from nasbench_pose.pose.skeleton import COCO17

BRIEF = "--brief" in sys.argv
SIZE, BATCH, PEOPLE = (256, 192), 4, 32
STEPS, CROPS = (2, 16) if BRIEF else (6, 200)
PROTOCOL = replace(PROTOCOLS["hrnet-coco"], batch=BATCH)
SHARE = 0.9
"""Share of the rate from memory that streaming has to reach."""


def main() -> None:
    """Measure and report."""
    begin(__doc__, brief="a rehearsal with few steps")
    with tempfile.TemporaryDirectory() as folder, one_thread():
        people = crowd(Path(folder))
        say("crops")
        crop = seconds_of_a_crop(people)
        cpu = torch.device("cpu")
        held = Batches(Tensors.of(people.held()), PROTOCOL, torch.Generator().manual_seed(0))
        streamed = StreamedBatches(people, PROTOCOL, 0, cpu, loaders=1)
        say("steps")
        memory, stream = in_turn(training(held), training(streamed))
    ready = BATCH * crop
    on_two = memory[0] / max(stream[0], ready)
    rows = [
        ["from memory", f"{memory[0]:.2f}", f"{memory[1]:.2f}", "–"],
        ["from photographs", f"{stream[0]:.2f}", f"{stream[1]:.2f}", f"{ready:.3f}"],
    ]
    head = ["a step of 4", "processor s, training", "clock s", "processor s, reading"]
    text = (
        f"The pipeline cuts {1 / crop:,.0f} images a second in one process. On two cores the step rate is {on_two:.0%} "
        f"of that from memory by processor time, {memory[1] / stream[1]:.0%} by the clock here "
        f"({'met' if on_two >= SHARE else 'MISSED'}: {SHARE:.0%})."
    )
    about = f"{machine('torch', 'opencv-python-headless')}; medians of {STEPS} steps in turn"
    report("streaming", f"{markdown(head, rows)}\n\n{text}\n\n{about}.")


def crowd(folder: Path) -> Photographs:
    """Return people in photographs that are written to `folder`."""
    rng = np.random.default_rng(0)
    files = [folder / f"{number}.jpg" for number in range(PEOPLE)]
    for file in files:
        rough = rng.integers(0, 256, (60, 80, 3), np.uint8)
        smooth = cv2.resize(rough, (640, 480), interpolation=cv2.INTER_CUBIC)
        grain = rng.integers(0, 12, smooth.shape, np.uint8)
        cv2.imwrite(str(file), cv2.add(smooth, grain), [cv2.IMWRITE_JPEG_QUALITY, 90])
    joints = rng.uniform((150, 50), (450, 430), (PEOPLE, 17, 2))
    seen, boxes = np.ones((PEOPLE, 17), dtype=bool), np.tile([300.0, 240.0, 400.0, 480.0], (PEOPLE, 1))
    about = Annotations(
        files=np.array(files, dtype=np.object_), splits=np.full(PEOPLE, "train"), joints=joints, visible=seen,
        boxes=boxes, head_sizes=np.full(PEOPLE, 40.0), nowhere=~seen, sizes=np.tile([480, 640], (PEOPLE, 1)),
        skeleton=COCO17,
    )  # fmt: skip
    return Photographs(about, SIZE, corner=True, kind="coco")


def seconds_of_a_crop(people: Photographs) -> float:
    """Return the processor seconds of one augmented crop, decoded and cut in this process."""
    batches = StreamedBatches(people, PROTOCOL, 0, torch.device("cpu"), loaders=0)
    started = process_time()
    for number in range(CROPS):
        _ = batches._crops[number]
    return (process_time() - started) / CROPS


def training(batches: Supply) -> Steps:
    """Return a training of HRNet-W32 on these batches."""
    network = build("HRNet-W32", joints=17, input=SIZE).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Steps(network.train(), batches, PROTOCOL, 10_000)


def in_turn(*trainings: Steps) -> list[tuple[float, float]]:
    """Return the median processor and clock seconds of a step of each training; the first step is not counted."""
    taken: list[list[tuple[float, float]]] = [[] for _ in trainings]
    for _ in range(STEPS + 1):
        for each, training in zip(taken, trainings, strict=True):
            begun = process_time(), perf_counter()
            training.step()
            each.append((process_time() - begun[0], perf_counter() - begun[1]))
    return [(median(cpu for cpu, _ in each[1:]), median(clock for _, clock in each[1:])) for each in taken]


if __name__ == "__main__":
    main()
