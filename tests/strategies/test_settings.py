"""Settings: checked by type and bounds before anything runs, in one form however they were written."""

import math
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import pytest

from nasbench_pose.errors import InvalidFileError, InvalidNumberError, UnknownNameError
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies import Declaration, Proposal, Setting
from nasbench_pose.strategies.declaration import PRESET, declaration_of, settings_of
from nasbench_pose.strategies.registry import STRATEGIES, check_settings, declaration, handed_over, settings, variant


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("evolution", {"population": 0}, "evolution.population is a whole number, 1 or more, not 0"),
        ("evolution", {"population": 2.5}, "a whole number, 1 or more, not 2.5"),
        ("evolution", {"population": True}, "not True"),
        ("evolution", {"population": None}, "not None"),
        ("evolution", {"sample": np.int64(-1)}, "a whole number, 1 or more"),
        ("evolution", {"weights": []}, r"a list of numbers, .* not \[\]"),
        ("evolution", {"weights": [1.0, math.nan]}, "a list of numbers"),
        ("evolution", {"weights": 1.0}, "a list of numbers"),
        ("evolution", {"weights": [1, 2, 3]}, "one for each objective or fewer, 2 at most"),
        ("fixed", {"genotypes": "hrnet-w32"}, "fixed.genotypes is a list of texts, not 'hrnet-w32'"),
        ("fixed", {"genotypes": [1]}, "a list of texts"),
        ("darts", {"temperature": 0}, "a number, above 0, not 0"),
        ("darts", {"temperature": math.nan}, "a number, above 0, not nan"),
        ("darts", {"temperature": math.inf}, "not inf"),
        ("darts", {"temperature": "hot"}, "not 'hot'"),
        ("darts", {"cooling": 0.0}, "above 0, at most 1"),
        ("darts", {"cooling": 1.1}, "above 0, at most 1, not 1.1"),
        ("darts", {"cost_weight": -math.inf}, "a number, not -inf"),
        ("darts", {"steps": 0}, "1 or more"),
        ("darts", {"warm_up": -1}, "0 or more"),
        ("darts", {"choices_every": 0}, "1 or more"),
        ("darts", {"batch": 1}, "2 or more"),
        ("darts", {"learning_rate": 0}, "above 0"),
        ("darts", {"choice_rate": -0.1}, "0 or more"),
        ("darts", {"data": 5}, "a text, not 5"),
    ],
)
def test_a_value_that_will_not_do_is_refused_at_once(name: str, given: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidFileError, match=said):
        check_settings(name, given, objectives=2)


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("evolution", {"population": 20, "sample": np.int32(5), "weights": (1,)}, {}),
        ("evolution", {"population": np.int64(30)}, {"population": 30}),
        ("evolution", {"weights": np.array([1.0, 0.5])}, {"weights": [1, 0.5]}),
        ("darts", {"temperature": 2, "cooling": np.float64(0.9), "warm_up": 150}, {}),
        ("darts", {"temperature": 3.0, "cooling": 1}, {"temperature": 3, "cooling": 1}),
        ("darts", {"temperature": np.float32(0.5)}, {"temperature": 0.5}),
        ("fixed", {"genotypes": None}, {}),
        ("fixed", {"genotypes": ("hrnet-w32",)}, {"genotypes": ["hrnet-w32"]}),
    ],
)
def test_settings_have_one_form(name: str, given: dict[str, Any], kept: dict[str, Any]) -> None:
    """A default that is spelt out is as if not given; numbers of numpy are Python's."""
    found = check_settings(name, given)
    assert found == kept
    assert [type(value) for value in found.values()] == [type(value) for value in kept.values()]


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_built_in_strategy_declares_itself(name: str) -> None:
    declared = declaration(name)
    assert declared.summary.endswith(".")
    for setting in settings(name):
        assert setting.about.meaning, f"{name}.{setting.name} has no meaning"
        assert setting.type != "any"
        assert check_settings(name, {} if setting.required else {setting.name: setting.default}) == {}
    if settings(name) and name != "fixed":
        assert declared.defaults and declared.paper, f"built in, {name} has `defaults` and `paper`"


def test_a_preset_is_another_name_of_its_settings() -> None:
    assert check_settings("evolution", {"preset": "100/25"}) == {"population": 100, "sample": 25}
    assert check_settings("evolution", {"preset": "20/5"}) == {}
    assert check_settings("evolution", {"preset": "100/10", "sample": 3}) == {"population": 100, "sample": 3}
    assert variant("evolution", {"preset": "100/10"}) == "100/10"
    assert variant("evolution", {"population": 30}) == ""
    with pytest.raises(UnknownNameError, match=r"No preset of evolution named '100/20'; known: 100/10, 100/25, 20/5"):
        check_settings("evolution", {"preset": "100/20"})
    with pytest.raises(UnknownNameError, match="'nsga2' has no setting 'preset'"):
        check_settings("nsga2", {"preset": "100"})


@pytest.mark.parametrize("name", STRATEGIES)
def test_presets_are_settings_within_their_bounds(name: str) -> None:
    assert PRESET not in {setting.name for setting in settings(name)}
    for preset in declaration(name).presets:
        assert variant(name, {PRESET: preset}) == preset


class Undeclared:
    def __init__(self, space: SearchSpace, rng: np.random.Generator, *, data: str = "x", depth: "int" = 3) -> None:
        pass


class Trains:
    def __init__(self, space: SearchSpace, rng: np.random.Generator, *, protocol: str, data: str) -> None:
        pass


class Declares:
    declaration = Declaration(needs=("protocol",), colour="#000000")

    def __init__(
        self,
        space: SearchSpace,
        rng: np.random.Generator,
        *,
        protocol: str = "",
        shares: Annotated[Sequence[float], Setting("shares", low=0, high=1)] = (0.5,),
        anything: "NotHere | None" = None,  # type: ignore[name-defined]  # noqa: F821
    ) -> None:
        pass


def test_a_setting_called_data_does_not_mean_that_a_strategy_trains() -> None:
    assert declaration_of(Undeclared).needs == ()
    assert declaration_of(Trains).needs == ("protocol", "people")
    assert declaration_of(Declares) is Declares.declaration
    both = {"protocol": "p", "data": "d"}
    assert [handed_over(f"{__name__}:{made.__name__}", **both) for made in (Undeclared, Trains, Declares)] == [
        {}, both, {"protocol": "p"},
    ]  # fmt: skip


def test_the_settings_of_other_packages_come_from_the_signature() -> None:
    data, depth = settings_of(Undeclared)
    assert (data.type, data.default, data.required) == ("str", "x", False)
    assert (depth.type, depth.default, depth.about) == ("int", 3, Setting())
    with pytest.raises(InvalidFileError, match=r"depth is a whole number, not 2\.5"):
        check_settings(f"{__name__}:Undeclared", {"depth": 2.5})
    with pytest.raises(UnknownNameError, match="Did you mean 'depth'"):
        check_settings(f"{__name__}:Undeclared", {"deph": 2})


def test_an_annotation_that_cannot_be_resolved_takes_no_check_away() -> None:
    assert [setting.name for setting in settings_of(Declares)] == ["protocol", "shares", "anything"]
    with pytest.raises(InvalidFileError, match="0 or more, at most 1, not"):
        check_settings(f"{__name__}:Declares", {"shares": [2]})
    assert check_settings(f"{__name__}:Declares", {"anything": {"a": np.float64(1.0)}}) == {"anything": {"a": 1.0}}


def test_a_proposal_holds_a_genotype_and_a_whole_number() -> None:
    genotype = Genotype("x", [])
    assert type(Proposal(genotype, np.int64(400)).fidelity) is int
    assert Proposal(genotype, np.int64(400)) == Proposal(genotype, 400)
    for fidelity in (-1, 400.5, "400", math.nan):
        with pytest.raises(InvalidNumberError, match="The fidelity of a proposal is"):
            Proposal(genotype, fidelity)
    with pytest.raises(InvalidFileError, match="A proposal holds a Genotype, not 'x:'"):
        Proposal("x:")  # type: ignore[arg-type]
