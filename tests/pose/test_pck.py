"""PCK against its definition written out joint by joint, and the laws it must obey."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasbench_pose.errors import DataError, ShapeError
from nasbench_pose.pose.pck import area, box_sizes, distances, pck, torso_sizes


def people(seed: int, n: int = 7, joints: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.uniform(0, 64, (n, joints, 2)).astype(np.float32)
    predicted = truth + rng.normal(0, 4, truth.shape).astype(np.float32)
    labelled = rng.random((n, joints)) < 0.8
    labelled[0] = True
    return predicted, truth, labelled, rng.uniform(5, 12, n)


def slow_pck(predicted, truth, labelled, sizes, threshold):  # type: ignore[no-untyped-def]
    """The definition, joint by joint: (percent per joint, percent of all)."""
    hits, counts = np.zeros(truth.shape[1]), np.zeros(truth.shape[1])
    for person in range(len(truth)):
        for joint in np.flatnonzero(labelled[person]):
            (px, py), (tx, ty) = predicted[person, joint], truth[person, joint]
            counts[joint] += 1
            hits[joint] += ((px - tx) ** 2 + (py - ty) ** 2) ** 0.5 <= threshold * sizes[person]
    return 100 * hits / counts, 100 * hits.sum() / counts.sum()


@given(st.integers(0, 1000), st.sampled_from([0.1, 0.5, 1.0]))
def test_pck_is_its_definition(seed: int, threshold: float) -> None:
    predicted, truth, labelled, sizes = people(seed)
    fast = pck(distances(predicted, truth, labelled, sizes), threshold)
    per_joint, overall = slow_pck(predicted.astype(float), truth, labelled, sizes, threshold)
    np.testing.assert_allclose(fast.per_joint, per_joint)
    assert fast.weighted_mean == pytest.approx(overall) and fast.mean == pytest.approx(per_joint.mean())


@given(st.integers(0, 1000), st.floats(0.5, 20), st.floats(-50, 50))
def test_scaling_and_moving_people_changes_nothing(seed: int, scale: float, shift: float) -> None:
    predicted, truth, labelled, sizes = people(seed)
    moved = distances(predicted * scale + shift, truth * scale + shift, labelled, sizes * scale)
    np.testing.assert_allclose(moved, distances(predicted, truth, labelled, sizes), rtol=1e-3, atol=1e-4)


@given(st.integers(0, 1000), st.floats(0.1, 2))
def test_area_is_the_mean_of_pck_over_thresholds(seed: int, limit: float) -> None:
    apart = distances(*people(seed))
    sampled = np.mean([pck(apart, limit * (k + 0.5) / 500).weighted_mean for k in range(500)])
    assert area(apart, limit) == pytest.approx(sampled, abs=0.2)


def test_a_prediction_that_is_no_number_is_a_miss() -> None:
    predicted, truth, labelled, sizes = people(0)
    hits = pck(distances(truth, truth, labelled, sizes))
    predicted = truth.copy()
    predicted[:, 2] = np.nan
    misses = pck(distances(predicted, truth, labelled, sizes))
    assert set(hits.per_joint) == {100.0} and list(misses.per_joint) == [100, 100, 0, 100, 100]


def test_a_joint_without_labels_has_no_percentage_and_no_part_in_the_means() -> None:
    _, truth, labelled, sizes = people(0)
    labelled[:, 1] = False
    found = pck(distances(truth, truth, labelled, sizes))
    assert np.isnan(found.per_joint[1]) and found.mean == found.weighted_mean == 100


def test_a_person_without_a_size_is_left_out() -> None:
    predicted, truth, labelled, sizes = people(1)
    without = distances(predicted, truth, labelled, np.where(np.arange(7) == 3, np.nan, sizes))
    keep = np.arange(7) != 3
    assert np.isnan(without[3]).all()
    np.testing.assert_array_equal(without[keep], distances(predicted, truth, labelled, sizes)[keep])


def test_a_joint_at_the_threshold_is_a_hit_unless_strict() -> None:
    at = np.array([[0.5]])
    assert pck(at).mean == 100 and pck(at, strict=True).mean == 0


def test_nothing_labelled_is_an_error_and_so_is_a_size_of_zero() -> None:
    predicted, truth, labelled, sizes = people(0)
    with pytest.raises(DataError, match="No joint is labelled"):
        pck(distances(predicted, truth, np.zeros_like(labelled), sizes))
    sizes[4] = 0
    with pytest.raises(DataError, match=r"Person 4 has the size 0\.0"):
        distances(predicted, truth, labelled, sizes)


@pytest.mark.parametrize("wrong", [0, 1, 2, 3])
def test_shapes_that_disagree_are_named(wrong: int) -> None:
    arrays = list(people(0))
    arrays[wrong] = arrays[wrong][:-1] if wrong != 1 else arrays[wrong][..., 0]
    with pytest.raises(ShapeError, match=["predicted", "truth", "labelled", "sizes"][wrong]):
        distances(*arrays)


def test_sizes_are_missing_exactly_where_their_joints_are() -> None:
    _, truth, labelled, _ = people(3)
    torso, box = torso_sizes(truth, labelled, 1, 2), box_sizes(truth, labelled)
    assert (np.isnan(torso) == ~(labelled[:, 1] & labelled[:, 2])).all() and np.isnan(torso).any()
    assert (np.isnan(box) == (labelled.sum(1) < 2)).all()
    assert box[0] == pytest.approx(np.ptp(truth[0], axis=0).max())
