"""Fields of a protocol by name, and protocol files."""

from dataclasses import fields
from pathlib import Path

import pytest

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, UnknownNameError
from nasbench_pose.evaluators.measurement import MeasurementOptions
from nasbench_pose.evaluators.protocol import PROTOCOLS, Protocol
from nasbench_pose.evaluators.recipe_settings import FIELDS, changed, named
from nasbench_pose.evaluators.training import chosen_protocol
from nasbench_pose.spaces import load

DEFAULT = PROTOCOLS["default"]
ADDED = {
    "device": "cuda:1",
    "precision": "bf16",
    "accumulate": 2,
    "clip": 1.0,
    "warm_up": 5,
    "zero_init_residual": True,
}


def test_every_recipe_field_can_be_set_and_nothing_else() -> None:
    assert {field.name for field in fields(Protocol)} - set(FIELDS) == {
        "data",
        "digests",
        "init",
        "metric",
        "processes",
        "seeds",
        "teacher",
        "version",
    }
    for name in FIELDS:
        assert changed(DEFAULT, {name: getattr(PROTOCOLS["hrnet-coco"], name)} if name != "augmentation" else {})


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"learning_rte": 1}, "Did you mean 'learning_rate'"),
        ({"digests": []}, "protocol.digests cannot be set: it follows from the data"),
        ({"processes": 8}, "protocol.processes cannot be set: it follows from torchrun --nproc-per-node"),
        ({"batch": "big"}, "The protocol's batch is 'big'; expected a whole number"),
        ({"batch": True}, "batch is True; expected a whole number"),
        ({"learning_rate": "1e-3x"}, "learning_rate is '1e-3x'; expected a number"),
        ({"flip_test": 1}, "flip_test is 1; expected true or false"),
        ({"augmentation.flp": 1}, "No setting of an augmentation named 'flp'; .* Did you mean 'flip'"),
        ({"augmentation.flip": "often"}, "The augmentation's flip is 'often'; expected a number"),
        ({"augmentation": 3}, "The protocol's augmentation is 3; expected its settings by name"),
        ({"batch.size": 3}, "'batch' has no parts"),
        ({"augmentation.flip": 3}, "flip and half_body are probabilities"),
    ],
)
def test_what_cannot_be_set_is_one_line(settings: dict[str, object], says: str) -> None:
    with pytest.raises(NasbenchPoseError, match=says) as raised:
        changed(DEFAULT, settings)
    assert "\n" not in str(raised.value)


def test_a_file_changes_a_protocol_by_name(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text('base = "hrnet-coco"\ninput = [128, 96]\nlearning_rate = 1\n[augmentation]\nrotation_deg = 40\n')
    mine = named(str(path))
    assert (mine.input, mine.learning_rate, mine.augmentation.rotation_deg) == ((128, 96), 1.0, 40.0)
    assert mine.augmentation.half_body == 0.3 and mine.loss == "mse"
    options = MeasurementOptions(space=load("simplebaseline"), protocol=str(path), steps=7, settings={"clip": 2})
    assert (chosen_protocol(options).steps, chosen_protocol(options).clip) == (7, 2.0)


@pytest.mark.parametrize(
    ("text", "says"),
    [("batch = ", "cannot be read"), ('base = "mine"', "No protocol, the base of .*my.toml, named 'mine'"),
     ("bach = 3", "Did you mean 'batch'")],
)  # fmt: skip
def test_a_wrong_file_is_one_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "my.toml"
    path.write_text(text)
    with pytest.raises((InvalidFileError, UnknownNameError), match=says):
        named(str(path))
    with pytest.raises(UnknownNameError, match="There is no protocol file"):
        named(str(tmp_path / "other.toml"))


@pytest.mark.parametrize("field", ADDED)
def test_fields_that_were_added_are_in_the_text_only_if_set(field: str) -> None:
    assert f'"{field}"' not in DEFAULT.text
    other = changed(DEFAULT, {field: ADDED[field]})
    assert f'"{field}"' in other.text and other.key != DEFAULT.key
    assert Protocol.parse(other.text_here) == other


def test_the_number_of_a_device_is_no_part_of_the_identity() -> None:
    first, second = (changed(DEFAULT, {"device": name}) for name in ("cuda", "cuda:1"))
    assert first.key == second.key != DEFAULT.key
    assert second.title == f"{DEFAULT.title}, cuda"
