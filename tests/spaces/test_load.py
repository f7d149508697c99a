"""A space file that is wrong gets one line that names the key, what was given and what would do."""

from pathlib import Path

import pytest

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError
from nasbench_pose.files import folder
from nasbench_pose.spaces import load

GOOD = (folder("search_spaces") / "simplebaseline.toml").read_text()


def _load(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    load(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('kind = "residual"', 'kind = "residul"', "No kind of search space named 'residul'.*Did you mean 'residual'"),
        ('kind = "residual"', 'kind = "nowhere:build"', "kind of search space 'nowhere:build' cannot be imported"),
        ("joints = 17", "joints = 0", "'joints' is 0; expected at least 1"),
        ("joints = 17", 'joints = "many"', "'joints' is 'many'; expected a whole number"),
        ("joints = 17", "", "the key 'joints' is missing"),
        ("joints = 17", "joints = 17\nbaseline = []", "unknown key 'baseline'.*Did you mean 'baselines'"),
        ("input = [256, 192]", "input = [256]", r"'input' is \[256\]; expected \[height, width\]"),
        ("filters = [32, 64, 128, 256]", "filters = []", "gene 'filters' is \\[\\]; expected a list"),
        ("filters = [32, 64, 128, 256]", "filters = [32, 32]", "gene 'filters' has an option twice"),
        ("filters = [32, 64, 128, 256]", 'filters = ["32"]', "would be read as a number"),
        ("filters = [32, 64, 128, 256]", "filters = [0.5]", "an option is a word or a whole number"),
        ("depth=50, base=64, filters=256", "depth=51, base=64, filters=256", "depth=51 is not in simplebaseline"),
        ("[genes]", "[genes", "is not valid TOML: .*line"),
    ],
)
def test_a_wrong_file_names_key_value_and_remedy(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(NasbenchPoseError, match=message) as caught:
        _load(tmp_path, GOOD.replace(old, new, 1))
    assert "\n" not in str(caught.value)


def test_a_chain_with_an_impossible_block_is_refused(tmp_path: Path) -> None:
    text = (folder("search_spaces") / "efficientpose_micro.toml").read_text().replace("k7_e6", "k4_e6")
    path = tmp_path / "mine.toml"
    path.write_text(text.replace('"efficientpose_micro"', '"mine"'))
    with pytest.raises(InvalidFileError, match="'k4_e6'; expected 'skip' or a word like 'k3_e6'"):
        load(path).open_graph()


def test_another_space_under_a_built_in_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its genotypes would be taken for those of the built-in one, which a name always means."""
    text = (folder("search_spaces") / "simplebaseline.toml").read_text()
    path = tmp_path / "simplebaseline.toml"
    path.write_text(text)
    assert load(path).size == load("simplebaseline").size, "the same file is the same space"
    path.write_text(text.replace("[26, 50, 101, 152]", "[26, 50, 152, 101]"))
    with pytest.raises(InvalidFileError, match=r"holds a space named 'simplebaseline' that is not the built-in one"):
        load(path)
    monkeypatch.chdir(tmp_path)
    assert load("simplebaseline").digest == load(folder("search_spaces") / "simplebaseline.toml").digest


def test_a_missing_file_is_one_line() -> None:
    with pytest.raises(NasbenchPoseError, match=r"Cannot read the search space .nowhere\.toml.: No such file"):
        load("nowhere.toml")
