"""`spaces check`: everything that is wrong with a file, each with the line it stands in."""

from pathlib import Path

import pytest

from nasbench_pose.cli import main
from nasbench_pose.files import folder
from nasbench_pose.spaces import names

MICRO = (folder("search_spaces") / "efficientpose_micro.toml").read_text()


def line(text: str, part: str) -> int:
    return next(number for number, content in enumerate(text.splitlines(), start=1) if part in content)


def checked(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    status = main(["spaces", "check", str(path)])
    out, err = capsys.readouterr()
    assert err == ""
    return status, [each.removeprefix(f"{path}:") for each in out.splitlines()]


@pytest.mark.parametrize(
    ("old", "new", "at", "said"),
    [
        ('kind = "chain"', 'kind = "chein"', "kind =", "No kind of search space named 'chein'"),
        ("joints = 14", "joints = 0", "joints =", "'joints' is 0; expected at least 1."),
        ("[fixed]", "[fixt]", "[fixt]", "unknown key 'fixt'"),
        ("w2 = [50, 100, 200]", "w2 = [50, 50]", "w2 =", "gene 'w2' has an option twice"),
        ('["skip", "k3_e3", ', '[\n  "skip", "k3_e3",\n  "k4_e3",\n', '"k4_e3"', "gene 's2b2' is 'k4_e3'; expected"),
        ('s1b1 = ["k3_e3", "k5_e6"]', 's1b1 = ["k3_e3", "k5_e6", "skip"]', "s1b1 = [", "gene 's1b1' cannot be 'skip'"),
        ("sic = true", "", "[fixed]", "the kind 'chain' needs 'sic' in [fixed] or [genes]."),
        ('micro-middle = "w1=100', 'micro-middle = "w1=99', "micro-middle", "w1=99 is not in efficientpose_micro"),
        ('name = "efficientpose_micro"', 'name = "my space"', "name =", "'my space' cannot stand in a genotype"),
    ],
)  # fmt: skip
def test_a_problem_is_said_with_its_line(
    old: str, new: str, at: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert old in MICRO
    text = MICRO.replace(old, new, 1)
    status, lines = checked(text, tmp_path, capsys)
    assert status == 2
    assert [each for each in lines if each.startswith(f"{line(text, at)}: ") and said in each] == lines


def test_several_problems_are_all_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = MICRO.replace("w1 = [50, 100, 200]", "w1 = []").replace("w3 = [50, 100, 200]", "w3 = [1.5]")
    status, lines = checked(text, tmp_path, capsys)
    assert status == 2
    assert [each.partition(":")[0] for each in lines] == [str(line(text, "w1 =")), str(line(text, "w3 ="))]


def test_what_is_fine_is_said_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["spaces", "check", "efficientpose_micro", "heads_micro"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "efficientpose_micro: efficientpose_micro is fine: kind chain, 7 genes, 18 options, a supernet of 96 layers",
        "heads_micro: heads_micro is fine: kind chain, 6 genes, 16 options, no supernet",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [name for name in names() if name not in ("darts_cifar", "darts_imagenet", "nasnet_pose")]
)
def test_our_own_are_fine(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["spaces", "check", name]) == 0
    assert " is fine: " in capsys.readouterr().out


def test_a_missing_file_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["spaces", "check", "nowhere.toml"]) == 2
    assert capsys.readouterr().err.startswith("Error: Cannot read the search space 'nowhere.toml': No such file")
