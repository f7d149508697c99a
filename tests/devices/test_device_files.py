"""Device files: they are looked up, checked, and made row by row from where they stopped."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nasbench_pose.devices import DeviceFile, Setting, contribute
from nasbench_pose.devices.file import DeviceRows, space_entry
from nasbench_pose.devices.measurement import DeviceLatency
from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, UnknownNameError
from nasbench_pose.evaluators.trial import Trial
from nasbench_pose.latency.build import distinct
from nasbench_pose.spaces import SearchSpace, load


def copy_of(phone: Path, folder: Path) -> DeviceRows:
    for path in (phone, phone.with_suffix(".toml")):
        shutil.copy(path, folder)
    return DeviceRows(folder / phone.name)


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Time nothing: every network takes 2 ms, and the machine is busy in the first attempt."""
    sizes: list[int] = []

    def measured(subjects: list[tuple], *, repeats: int, seed: int) -> list[Trial]:  # type: ignore[type-arg]
        sizes.append(len(subjects))
        drift = 0.5 if len(sizes) == 1 else 0.01
        metrics = {"latency_ms": 2.0, "latency_ms_p95": 3.0, "reference_drift": drift}
        return [Trial(genotype, protocol.key, repeats, seed, metrics) for genotype, _, protocol in subjects]

    monkeypatch.setattr(contribute, "measure", measured)
    return sizes


def test_every_network_has_the_numbers_of_its_setting(phone: Path, micro: SearchSpace) -> None:
    file = DeviceFile.load(phone)
    default, other = file.measured(micro), file.measured(micro, "torch-2")
    assert file.settings[0] == Setting("onnxruntime")
    assert len(default) == len(other) >= micro.size
    assert np.allclose(other["latency_ms"], 4 * default["latency_ms"], atol=1e-3)
    assert file.protocol(micro, "torch-2").engine == "torch"
    assert file.digest(micro) != file.digest(micro, "torch-2")


def test_columns_carry_the_device_and_the_setting_that_was_asked_for(phone: Path, micro: SearchSpace) -> None:
    file = DeviceFile.load(phone)
    assert list(file.columns(micro)) == [f"{m}@{phone}" for m in ("latency_ms", "latency_ms_p95", "peak_memory_bytes")]
    assert f"latency_ms@{phone}/torch-2" in file.columns(micro, "torch-2")


def rewritten(phone: Path, folder: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Path:
    """Write a copy with other rows, and describe them with the new checksum."""
    file = copy_of(phone, folder)
    rows, about = file.unedited()
    change(rows).to_csv(file.path, index=False, lineterminator="\n")
    file.describe({name: value for name, value in about.items() if name not in ("sha256", "columns")})
    return file.path


def with_first(value: object) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Return a function that gives the first row this latency."""
    return lambda rows: rows.assign(latency_ms=[value, *rows["latency_ms"][1:]])


@pytest.mark.parametrize("value", [0, -1, "0,5", "inf", ""])
def test_a_latency_that_none_can_have_is_refused(value: object, phone: Path, tmp_path: Path) -> None:
    with pytest.raises(
        InvalidFileError, match=r"line 2: latency_ms is .*; it .*(a number above 0|needed in every row)"
    ):
        DeviceFile.load(rewritten(phone, tmp_path, with_first(value)))


def test_a_median_in_another_unit_than_its_quartiles_is_refused(phone: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidFileError, match=r"500000 ms, is not between its quartiles, .*: is one in another unit"):
        DeviceFile.load(rewritten(phone, tmp_path, with_first(500_000)))


def test_a_space_without_rows_under_the_default_setting(phone: Path, micro: SearchSpace) -> None:
    heads = load("heads_micro")
    found = DeviceFile.load(phone)
    both = replace(found, about={**found.about, "spaces": {**found.about["spaces"], heads.name: space_entry(heads)}})
    with pytest.raises(UnknownNameError, match=r"no networks of heads_micro under onnxruntime-1; .*under no setting"):
        both.measured(heads)
    lacking = replace(found, about={**found.about, "protocols": {}})
    with pytest.raises(InvalidFileError, match="has no protocol of efficientpose_micro/onnxruntime-1"):
        lacking.protocol(micro)


@pytest.mark.parametrize(
    ("space", "setting", "message"),
    [
        ("efficientpose_micro", "torch-1", "has no setting 'torch-1'; measured: onnxruntime-1, torch-2"),
        ("heads_micro", "", "has no networks of heads_micro; it has those of efficientpose_micro"),
    ],
)
def test_what_was_not_measured_is_one_line(phone: Path, space: str, setting: str, message: str) -> None:
    with pytest.raises(UnknownNameError, match=message):
        DeviceFile.load(phone).measured(load(space), setting)


def test_an_edited_file_is_refused(phone: Path, tmp_path: Path) -> None:
    file = copy_of(phone, tmp_path)
    file.path.write_text(file.path.read_text().replace("k3", "k5", 1))
    with pytest.raises(InvalidFileError, match="the checksums differ"):
        DeviceFile.load(file.path)


@pytest.mark.parametrize("name", ["phon", "missing.csv"])
def test_a_file_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(UnknownNameError, match=name):
        DeviceFile.load(name)


@pytest.mark.parametrize("text", ["", "torch", "torch-0", "tensorrt-1", "torch-1-", "torch-one"])
def test_settings_have_one_form(text: str) -> None:
    with pytest.raises(InvalidFileError, match="is no setting of a device"):
        Setting.parse(text)


def test_measuring_goes_on_where_it_stopped(tmp_path: Path, micro: SearchSpace, sessions: list[int]) -> None:
    file, settings = DeviceRows(tmp_path / "mine.csv"), [Setting("torch")]
    contribute.contribute(file, micro, settings, networks=30)
    assert sessions == [24, 24, 6], "a session in which the machine was busy is repeated"
    before = file.path.read_bytes()
    contribute.contribute(file, micro, settings, networks=30)
    assert (sessions, file.path.read_bytes()) == ([24, 24, 6], before)

    file.path.write_bytes(before + b'efficientpose_micro,"effi')  # killed while it wrote a row
    contribute.contribute(file, micro, settings, networks=30)
    assert file.path.read_bytes() == before
    assert len(DeviceFile.load(file.path).measured(micro)) == 30


def test_a_setting_that_is_named_twice_is_measured_once(
    tmp_path: Path, micro: SearchSpace, sessions: list[int]
) -> None:
    file = DeviceRows(tmp_path / "twice.csv")
    contribute.contribute(file, micro, [Setting("torch"), Setting("torch")], networks=3)
    assert len(DeviceFile.load(file.path).rows) == 3 and sum(sessions[1:]) == 3


@pytest.mark.parametrize("networks", [688, 700, 784])
def test_more_networks_than_a_space_has_are_all_of_them(networks: int) -> None:
    space = load("hrnet_micro")  # 784 answers to all genes are 688 networks
    found = distinct(space, networks, np.random.default_rng(0))
    assert set(found) == set(space.enumerate()) and len(found) == 688


def test_a_description_whose_tables_are_none(phone: Path, tmp_path: Path) -> None:
    file = copy_of(phone, tmp_path)
    file.about.write_text(file.about.read_text().replace("[spaces]", "spaces = 3\n[others]"))
    with pytest.raises(InvalidFileError, match=r"spaces is 3; expected a table \[spaces\]"):
        DeviceFile.load(file.path)


def test_every_member_and_baseline_is_measured_once(tmp_path: Path, sessions: list[int]) -> None:
    heads = load("heads_micro")
    file = DeviceRows(tmp_path / "mine.csv")
    contribute.contribute(file, heads, [Setting("torch"), Setting("torch", 2)])
    rows = DeviceFile.load(file.path).measured(heads, "torch-2")
    assert len(rows) == heads.size + len(heads.baselines)
    assert rows.index.is_unique
    assert sum(sessions[1:]) == 2 * len(rows)


def test_rows_of_another_machine_are_not_mixed_in(
    phone: Path, tmp_path: Path, micro: SearchSpace, sessions: list[int]
) -> None:
    with pytest.raises(InvalidFileError, match=r"was measured with other machine \(Cortex-X4, now .*choose another"):
        contribute.contribute(copy_of(phone, tmp_path), micro, [Setting("torch")], networks=1)
    assert not sessions


def test_a_huge_space_needs_a_number_of_networks(tmp_path: Path) -> None:
    with pytest.raises(NasbenchPoseError, match="set --networks to measure random ones"):
        contribute.contribute(DeviceRows(tmp_path / "a.csv"), load("efficientpose_small"), [Setting("torch")])


def test_an_engine_that_cannot_compute_so_is_refused_before_a_file_is_made(tmp_path: Path, micro: SearchSpace) -> None:
    with pytest.raises(NasbenchPoseError, match="torch does not run on cpu in int8"):
        contribute.contribute(DeviceRows(tmp_path / "a.csv"), micro, [Setting("torch"), Setting("torch", 1, "int8")])
    assert not list(tmp_path.iterdir())


def test_a_file_has_one_image_size_of_a_space(tmp_path: Path, micro: SearchSpace, sessions: list[int]) -> None:
    file = DeviceRows(tmp_path / "mine.csv")
    contribute.contribute(file, micro, [Setting("torch")], networks=2, input=(96, 64))
    found = DeviceFile.load(file.path)
    assert (found.input(micro), len(found.measured(micro))) == ((96, 64), 2)
    assert DeviceLatency(micro, str(file.path)).at((96, 64), 16)
    with pytest.raises(NasbenchPoseError, match=r"at 96×64, .* at 64×64 here: .*contribute .* --input"):
        DeviceLatency(micro, str(file.path)).at(micro.input, 16)
    with pytest.raises(InvalidFileError, match="at 96x64, not at 64x64: set --input 96x64, or choose another file"):
        contribute.contribute(file, micro, [Setting("torch")], networks=2)
    assert len(sessions) == 2, "one, and one more because the machine was busy"


@pytest.mark.slow
def test_a_network_is_really_measured(tmp_path: Path, micro: SearchSpace) -> None:
    file = DeviceRows(tmp_path / "mine.csv")
    contribute.contribute(file, micro, [Setting("torch"), Setting("onnxruntime", 1, "int8")], networks=1)
    for setting in ("torch-1", "onnxruntime-1-int8"):
        row = DeviceFile.load(file.path).measured(micro, setting).iloc[0]
        assert 0 < row["latency_ms_q1"] <= row["latency_ms"] <= row["latency_ms_p95"]
