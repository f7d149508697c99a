"""Two processes that train together: the gradients of one process with the whole batch, and one decision to stop."""

import os
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from dots import learner, people
from safetensors.torch import load_file
from torch import nn

from nasbench_pose.errors import InvalidFileError, MeasurementError, StoppedError
from nasbench_pose.evaluators.batches import Batches, Tensors
from nasbench_pose.evaluators.checks import check_protocol
from nasbench_pose.evaluators.processes import ALONE, Processes, together
from nasbench_pose.evaluators.protocol import PROTOCOLS, Protocol
from nasbench_pose.evaluators.steps import Steps
from nasbench_pose.evaluators.streaming import StreamedBatches
from nasbench_pose.evaluators.train import TrainEvaluator
from nasbench_pose.pose.people import Splits
from nasbench_pose.pose.photographs import placed
from nasbench_pose.spaces import find
from nasbench_pose.trained.training import train_along, train_into

WHOLE = Protocol(input=(32, 32), batch=9, steps=3, loss="mse", optimizer="sgd", clip=1.0, average=0.5)
IN_PARTS = replace(WHOLE, batch=10, accumulate=2)


def plain() -> nn.Module:
    """Return a network whose output for a person does not depend on the others of the batch."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 2, 4, stride=4))


def trained(network: nn.Module, protocol: Protocol, processes: Processes) -> dict[str, Any]:
    """Return the gradients of the first step, and after three the losses and the average."""
    share = None if processes is ALONE else processes.share(protocol.batch)
    batches = Batches(Tensors.of(people(24, 0)), protocol, torch.Generator().manual_seed(0), share)
    steps = Steps(network, batches, protocol, 3, processes=processes)
    steps.step()
    gradients = [weight.grad.clone() for weight in steps.weights if weight.grad is not None]
    steps.step(), steps.step()
    statistics = ("running", "batches_tracked")  # of the first part alone, where there are two processes
    weights = [value for name, value in steps.measured.state_dict().items() if not any(s in name for s in statistics)]
    return {"gradients": gradients, "losses": torch.tensor(steps.losses), "weights": weights}


def evaluator(processes: Processes) -> TrainEvaluator:
    protocol = replace(PROTOCOLS["default"], input=(32, 32), batch=8, steps=4)
    splits = Splits(*(people(16, seed) for seed in range(3)), source="synthetic")
    return TrainEvaluator(protocol, splits, processes=processes)


def into(folder: Path, processes: Processes, stop: Callable[[], str]) -> None:
    net = find("micro-smallest")
    if processes.leads:
        train_into(folder, evaluator(processes), net, 0, stop=stop)
    else:
        train_along(folder, evaluator(processes), net, 0, stop=stop)


def member(rank: int, port: int, folder: Path) -> None:
    """Do what one of two processes does."""
    torch.set_num_threads(1)
    given = {"RANK": str(rank), "WORLD_SIZE": "2", "LOCAL_RANK": str(rank), "LOCAL_WORLD_SIZE": "2"}
    os.environ.update(given, MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    with together() as processes:
        found = [trained(plain(), WHOLE, processes), trained(learner(0), replace(IN_PARTS, accumulate=1), processes)]
        torch.save(found, folder / f"{rank}.pt")
        into(folder / "whole", processes, lambda: "")
        asked = iter(["", "SIGTERM" if rank == 1 else ""])
        try:
            into(folder / "parts", processes, lambda: next(asked, ""))
        except StoppedError as error:
            (folder / f"stopped{rank}").write_text(str(error))
        into(folder / "parts", processes, lambda: "")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("together")
    mp.spawn(member, (port, folder), nprocs=2)  # type: ignore[no-untyped-call]
    return folder


@pytest.mark.slow
def test_two_processes_have_the_gradients_of_one_with_the_whole_batch(folder: Path) -> None:
    first, second = (torch.load(folder / f"{rank}.pt") for rank in (0, 1))
    for mine, network, protocol in zip(first, (plain(), learner(0)), (WHOLE, IN_PARTS), strict=True):
        torch.testing.assert_close(mine, trained(network, protocol, ALONE))
    torch.testing.assert_close(first, second, rtol=0, atol=0)


@pytest.mark.slow
def test_all_processes_stop_where_one_is_asked_to_and_go_on_bit_for_bit(folder: Path) -> None:
    assert "Stopped by a signal to another process after step 2, which is kept in" in (folder / "stopped0").read_text()
    assert (folder / "stopped1").read_text() == "Stopped by SIGTERM."
    whole, parts = (load_file(folder / name / "weights.safetensors") for name in ("whole", "parts"))
    torch.testing.assert_close(parts, whole, rtol=0, atol=0)
    assert (folder / "whole" / "curve.csv").read_text() == (folder / "parts" / "curve.csv").read_text()
    assert '"processes": 2' in (folder / "whole" / "card.json").read_text()


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_the_shares_of_a_batch_are_the_batch(count: int, real_data: Path) -> None:
    pytest.importorskip("cv2")
    protocol = replace(PROTOCOLS["hrnet-coco"], input=(64, 48), batch=4)
    crowd = placed(f"coco:{real_data / 'coco_mini'}", "train", (64, 48), corner=True)
    cpu = torch.device("cpu")
    (whole, *parts) = (
        StreamedBatches(crowd, protocol, 5, cpu, 0, processes)
        for processes in (ALONE, *(Processes(rank, count) for rank in range(count)))
    )
    for _ in range(2):
        expected, found = next(whole), [next(part) for part in parts]
        assert torch.equal(expected.images, torch.cat([part.images for part in found]))
        assert torch.equal(expected.joints, torch.cat([part.joints for part in found]))


def test_each_process_has_a_gpu_and_a_person() -> None:
    assert Processes(rank=9, count=16, here=1, count_here=8).device("cuda") == "cuda:1"
    assert Processes(rank=9, count=16, here=1, count_here=8).device("cpu") == "cpu"
    assert ALONE.device("cuda") == "cuda"
    with pytest.raises(InvalidFileError, match="batch of 4 cannot be divided into 1 parts for each of 8 processes"):
        check_protocol(replace(WHOLE, batch=4, processes=8))
    with together({"RANK": "0", "WORLD_SIZE": "1"}) as processes:
        assert processes is ALONE
    with pytest.raises(InvalidFileError, match="The variable RANK is 'first'"), together({"RANK": "first"}):
        pass


@pytest.mark.parametrize(
    "lost",
    [RuntimeError("[gloo/transport/tcp/pair.cc:537] Read error: Connection reset"), dist.DistBackendError("NCCL")],
)
def test_a_process_that_is_lost_is_one_line(lost: RuntimeError, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("init_process_group", "destroy_process_group"):
        monkeypatch.setattr(dist, name, lambda *_, **__: None)
    first = {"RANK": "0", "WORLD_SIZE": "2"}
    with pytest.raises(MeasurementError, match="Another process of this command has ended"), together(first):
        raise lost
    with pytest.raises(ValueError, match="mine"), together(first):
        raise ValueError("mine")
