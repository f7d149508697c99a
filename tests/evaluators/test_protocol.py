"""The protocol's text and key: what may never drift, and what must always change them."""

import csv
import tomllib
from dataclasses import fields, replace

import pytest
from dots import splits

from nasbench_pose.errors import DataError, InvalidFileError
from nasbench_pose.evaluators.protocol import PROTOCOLS, Protocol
from nasbench_pose.files import folder
from nasbench_pose.pose.augmentation import Augmentation

OTHER = {
    str: lambda text: text + "x",
    int: lambda number: number + 1,
    float: lambda number: number + 0.5,
    bool: lambda flag: not flag,
    tuple: lambda items: (*items, "x"),
}


@pytest.mark.parametrize("name", [field.name for field in fields(Protocol)])
def test_whatever_changes_an_accuracy_changes_the_key(name: str) -> None:
    protocol = PROTOCOLS["default"]
    value = getattr(protocol, name)
    other = replace(protocol, **{name: OTHER.get(type(value), lambda v: replace(v, colour=0.3))(value)})
    assert other.key != protocol.key


@pytest.mark.parametrize("name", PROTOCOLS)
def test_the_text_reads_back(name: str) -> None:
    assert Protocol.parse(PROTOCOLS[name].text) == PROTOCOLS[name]
    pinned = replace(PROTOCOLS[name], digests=("a", "b", "c"))
    assert Protocol.parse(pinned.text) == pinned


def test_every_protocol_that_numbers_were_measured_under_keeps_its_text_and_key() -> None:
    with (folder("results") / "recipe_study.toml").open("rb") as file:
        texts = tomllib.load(file)["protocols"]
    with (folder("results") / "recipe_study.csv").open(newline="") as lines:
        keys = {row["recipe"]: row["protocol"] for row in csv.DictReader(lines)}
    assert keys and set(keys) <= set(texts)
    for recipe, key in keys.items():
        assert Protocol.parse(texts[recipe]).text == texts[recipe]
        assert Protocol.parse(texts[recipe]).key == key


def test_half_bodies_make_another_protocol_and_none_of_them_the_same() -> None:
    plain = Protocol(augmentation=Augmentation())
    assert "half_body" not in plain.text and plain == Protocol.parse(plain.text)
    cut = Protocol(augmentation=Augmentation(half_body=0.3))
    assert '"half_body":0.3' in cut.text and cut.key != plain.key and Protocol.parse(cut.text) == cut


def test_equal_protocols_have_one_spelling() -> None:
    one, other = Protocol(learning_rate=1, sigma=2), Protocol(learning_rate=1.0, sigma=2.0)
    assert one == other and one.key == other.key


def test_the_presets_are_different_protocols() -> None:
    assert len({protocol.key for protocol in PROTOCOLS.values()}) == len(PROTOCOLS)


def test_a_wrong_text_is_answered_with_the_field() -> None:
    with pytest.raises(InvalidFileError, match=r"no 'step'\. Did you mean 'steps'"):
        Protocol.parse('{"step": 3}')
    with pytest.raises(InvalidFileError, match="not the JSON of a protocol"):
        Protocol.parse("default")


def test_a_protocol_is_pinned_to_its_data() -> None:
    some, others = splits(8), splits(10)
    pinned = Protocol(input=(32, 32)).with_data(some)
    assert pinned.data == "synthetic:seed=9" and pinned.digests == (
        some.train.digest,
        some.val.digest,
        some.test.digest,
    )
    assert pinned.with_data(some) == pinned
    with pytest.raises(DataError, match="made with the data"):
        pinned.with_data(others)
    moved = replace(some, source="lspet:/any/folder,train=8")
    assert Protocol(input=(32, 32)).with_data(moved).data == "lspet:train=8"
    hand = Protocol(input=(32, 32), metric="PCK@0.2 of the box")  # weights of hands, measured on people
    assert hand.with_data(some).metric == "PCKh@0.5"
    with pytest.raises(DataError, match=r"images are \(64, 64\)"):
        Protocol().with_data(some)
