"""One-shot scores: what a member inherits, what recalibration does, and what training samples."""

from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from nasbench_pose.cost import table
from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, UnknownNameError
from nasbench_pose.evaluators import Evaluator
from nasbench_pose.evaluators.batches import Tensors, normalise
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.network import Supernet, build, build_supernet
from nasbench_pose.oneshot import SAMPLINGS, Member, OneShot, OneShotEvaluator, recalibrate
from nasbench_pose.oneshot.paths import extreme_paths, random_path
from nasbench_pose.pose.people import Splits
from nasbench_pose.pose.synthetic import generate
from nasbench_pose.spaces import SearchSpace, find, load
from nasbench_pose.testing import EvaluatorContract

MICRO = load("efficientpose_micro")
SPLITS = Splits(*(generate(24, seed=0, stream=stream) for stream in range(3)), source="synthetic")
FEW = Splits(*(generate(8, seed=0, stream=stream, size=(32, 32)) for stream in range(3)), source="synthetic")
PROTOCOL = Protocol(steps=6, batch=8)


@pytest.fixture(scope="module")
def supernet() -> Supernet:
    return build_supernet(MICRO, seed=3, members=True)


def evaluator(folder: Path, space: SearchSpace = MICRO, **settings: str) -> OneShotEvaluator:
    return OneShotEvaluator(space, PROTOCOL, SPLITS, cache=folder, **settings)


@pytest.mark.parametrize("name", ["efficientpose_micro", "darts_micro", "hrnet_micro"])
def test_a_path_and_the_genotype_it_leads_to_name_each_other(name: str) -> None:
    space = load(name)
    for seed in range(20):
        path = random_path(space, torch.Generator().manual_seed(seed))
        genotype = space.derive({choice: np.eye(len(space.choices[choice]))[o] for choice, o in path.items()})
        again = space.path(genotype)
        assert space.derive({choice: np.eye(len(space.choices[choice]))[o] for choice, o in again.items()}) == genotype


def test_a_member_that_no_path_leads_to_is_named() -> None:
    cells = load("darts_micro")
    values = cells.complete(next(iter(cells.named.values())))
    both = cells.canonical({**values, "n3a": "skip_connect.0", "n3b": "sep_conv_3x3.0"})
    with pytest.raises(InvalidFileError, match=r"No path through the supernet of darts_micro leads to n\d"):
        cells.path(both)


@pytest.mark.parametrize("seed", range(3))
def test_a_member_is_the_network_with_the_first_channels_of_the_shared_weights(supernet: Supernet, seed: int) -> None:
    genotype = MICRO.sample(np.random.default_rng(seed))
    alone = build(genotype)
    shared = dict(supernet.named_parameters())
    with torch.no_grad():
        for name, weight in alone.named_parameters():
            weight.copy_(shared[name][tuple(slice(size) for size in weight.shape)])
    member, people = Member(supernet, MICRO.path(genotype)), Tensors.of(SPLITS.train)
    for network in (alone, member):
        recalibrate(network, people)
    images = normalise(Tensors.of(SPLITS.val).images)
    torch.testing.assert_close(member(images), alone(images), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("chunk", [24, 7])
def test_recalibrated_statistics_are_those_of_the_people(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the first normalisation: its input depends on nothing that batches change. Everybody counts the same."""
    monkeypatch.setattr("nasbench_pose.oneshot.members.CALIBRATION_BATCH", chunk)
    network, people = build(find("micro-smallest"), seed=1), Tensors.of(SPLITS.train)
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    seen: list[torch.Tensor] = []
    with norms[0].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach())):
        recalibrate(network, people)
    assert not network.training and [norm.momentum for norm in norms] == momenta
    assert len(seen) == -(-24 // chunk)
    mean = torch.cat(seen).mean(dim=(0, 2, 3))
    torch.testing.assert_close(norms[0].running_mean, mean, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["efficientpose_micro", "hrnet_micro", "darts_micro"])
def test_no_drawn_member_is_beyond_the_extremes(name: str) -> None:
    space = load(name)
    count = table(space).count
    low, high = (
        count(space.encode([space.derive({c: np.eye(len(space.choices[c]))[o] for c, o in path.items()})])).macs[0]
        for path in extreme_paths(space)
    )
    macs = count(space.sample_codes(2000, np.random.default_rng(0))).macs
    assert low <= macs.min() and macs.max() <= high


def test_a_step_trains_what_it_sampled_and_nothing_else() -> None:
    supernet = build_supernet(MICRO, seed=0, members=True)
    narrow = MICRO.path(find("micro-smallest"))
    images = normalise(Tensors.of(SPLITS.train).images[:8])
    supernet.path(images, narrow).square().sum().backward()
    touched = {name for name, weight in supernet.named_parameters() if weight.grad is not None}
    taken = {choice: (option,) for choice, option in narrow.items()}
    layers = {supernet.graph.layers[index].name for index, _ in supernet._needed(taken, auxiliary=False)}
    assert touched == {name for name, _ in supernet.named_parameters() if name.rpartition(".")[0] in layers}


class TestSinglePath(EvaluatorContract):
    metrics = ("val_pckh", "val_loss", "params", "macs", "supernet_seconds")
    timed = ("supernet_seconds",)

    @pytest.fixture(autouse=True)
    def cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NASBENCH_POSE_CACHE", str(tmp_path))

    @pytest.fixture
    def space(self) -> SearchSpace:
        return MICRO

    def new(self) -> Evaluator:
        return OneShot("synthetic:train=24,val=16,test=16", PROTOCOL, MICRO)()


class TestSandwich(TestSinglePath):
    def new(self) -> Evaluator:
        return OneShot("synthetic:train=24,val=16,test=16", PROTOCOL, MICRO, "sandwich")()


def test_a_supernet_is_trained_once_and_read_back_the_same(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    genotype = find("micro-middle")
    first = evaluator(tmp_path).evaluate(genotype, fidelity=6, seed=0)
    (kept,) = tmp_path.glob("supernet-*.pt")
    stamp = kept.stat().st_mtime_ns
    assert evaluator(tmp_path).evaluate(genotype, fidelity=6, seed=0).metrics == first.metrics
    assert kept.stat().st_mtime_ns == stamp
    evaluator(tmp_path).evaluate(genotype, fidelity=6, seed=1)
    assert len(list(tmp_path.glob("supernet-*.pt"))) == 2, "another seed is another supernet"
    kept.write_bytes(kept.read_bytes()[:1000])
    again = evaluator(tmp_path).evaluate(genotype, fidelity=6, seed=0)
    assert again.metrics["val_pckh"] == first.metrics["val_pckh"]
    assert "cannot be used and is made anew" in caplog.text


def test_a_disk_that_is_full_costs_the_copy_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    trial = evaluator(tmp_path).evaluate(find("micro-middle"), fidelity=6, seed=0)
    assert trial.error is None and "so this supernet is trained anew each time" in caplog.text
    assert not [path for path in tmp_path.iterdir() if path.suffix in (".pt", ".part")]


def test_training_the_supernet_teaches_its_members(tmp_path: Path) -> None:
    """The loss of a member with inherited weights falls as the supernet is trained."""
    loss = [
        evaluator(tmp_path).evaluate(find("micro-middle"), fidelity=steps, seed=0).metrics["val_loss"]
        for steps in (1, 60)
    ]
    assert loss[1] < loss[0] - 0.1


def test_what_cannot_be_scored_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'sandwich'"):
        evaluator(tmp_path, sampling="sandwitch")
    with pytest.raises(UnknownNameError, match="Did you mean 'adam'"):
        OneShotEvaluator(MICRO, Protocol(optimizer="adamv"), SPLITS)
    with pytest.raises(NasbenchPoseError, match="no supernet"):
        evaluator(tmp_path, space=load("simplebaseline"))
    trial = evaluator(tmp_path).evaluate(find("simplebaseline-r50"), fidelity=2, seed=0)
    assert trial.error is not None and "belongs to 'simplebaseline'" in trial.error


def test_a_supernet_that_diverges_is_a_failed_trial_and_is_not_trained_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wild = OneShotEvaluator(MICRO, Protocol(steps=6, batch=8, learning_rate=1e30), SPLITS, cache=tmp_path)
    first = wild.evaluate(find("micro-middle"), fidelity=6, seed=0)
    monkeypatch.setattr(OneShotEvaluator, "_train", lambda *_: pytest.fail("trained again"))
    again = wild.evaluate(find("micro-largest"), fidelity=6, seed=0)
    assert all(t.error is not None and "supernet diverged at step" in t.error for t in (first, again))
    assert first.seconds < 0.5, "the training is not what this trial took"


@pytest.mark.parametrize("sampling", sorted(SAMPLINGS))
def test_the_same_seed_trains_the_same_supernet_bit_for_bit(sampling: str, tmp_path: Path) -> None:
    weights = []
    for folder in (tmp_path / "first", tmp_path / "again"):
        small = OneShotEvaluator(MICRO, Protocol(input=(32, 32), batch=4), FEW, sampling, folder)
        small.evaluate(find("micro-middle"), fidelity=4, seed=5)
        (file,) = folder.glob("supernet-*.pt")
        weights.append(torch.load(file, weights_only=True)["weights"])
    assert weights[0].keys() == weights[1].keys()
    assert all(torch.equal(one, weights[1][name]) for name, one in weights[0].items())


def _train(ready: Event, folder: Path) -> None:
    ready.set()
    evaluator(folder).evaluate(find("micro-middle"), fidelity=20, seed=0)


def test_processes_that_want_one_supernet_train_it_once(tmp_path: Path) -> None:
    """This process starts when the other one is about to train, and waits for it."""
    spawn = get_context("spawn")
    ready = spawn.Event()
    other = spawn.Process(target=_train, args=(ready, tmp_path))
    other.start()
    assert ready.wait(600)
    mine = evaluator(tmp_path).evaluate(find("micro-middle"), fidelity=20, seed=0)
    other.join(600)
    assert other.exitcode == 0
    (file,) = tmp_path.glob("supernet-*.pt")
    kept = torch.load(file, weights_only=True)["seconds"]
    again = evaluator(tmp_path).evaluate(find("micro-middle"), fidelity=20, seed=0)
    assert mine.metrics["supernet_seconds"] == again.metrics["supernet_seconds"] == kept
