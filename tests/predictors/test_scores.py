"""Files of scores: nothing is computed twice, and no file is trusted that a kill has torn."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Genotype
from nasbench_pose.predictors import ScoreFile
from nasbench_pose.predictors.predictor import Predictor, Score
from nasbench_pose.spaces import load

MEMBERS = tuple(load("efficientpose_micro").enumerate())[:6]


def test_scores_are_kept_and_not_computed_again(tmp_path: Path) -> None:
    asked: list[str] = []

    def counting(genotypes: Sequence[Genotype], _: int) -> Iterator[Score]:
        for genotype in genotypes:
            asked.append(genotype.text)
            yield Score(genotype.text, float(len(asked)), 0.1, 0.0, "")

    one = Predictor("counting", "zero-cost", "abc", counting)
    members, file = MEMBERS[:6], ScoreFile(tmp_path / "scores.csv")
    left = iter([True, True, True, False])
    part = file.scored(one, members, 0, keep_going=lambda: next(left))
    assert len(part) == len(asked) == 3
    whole = file.scored(one, members, 0)
    assert asked == [member.text for member in members]
    assert whole["score"].tolist() == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert len(file.scored(one, members, 1)) == 6 and len(asked) == 12, "another seed is another score"
    other = Predictor("counting", "zero-cost", "changed", counting)
    assert len(file.scored(other, members, 0)) == 6 and len(asked) == 18, "another protocol is another score"


def test_a_row_torn_by_a_kill_anywhere_is_computed_again(tmp_path: Path) -> None:
    def numbered(genotypes: Sequence[Genotype], _: int) -> Iterator[Score]:
        yield from (Score(one.text, 17.123456, 0.25, 0.0) for one in genotypes)

    one, members = Predictor("numbered", "zero-cost", "abc", numbered), MEMBERS[:2]
    file = ScoreFile(tmp_path / "scores.csv")
    file.scored(one, members, 0)
    whole = file.path.read_bytes()
    for length in range(whole.rfind(b"\n", 0, -1) + 1, len(whole)):
        file.path.write_bytes(whole[:length])
        assert file.scored(one, members, 0)["score"].tolist() == [17.123456, 17.123456]
        assert file.path.read_bytes() == whole


@pytest.mark.parametrize("content", [b"\n\n", b"a,b\n1,2\n", b"\xff\xfe\n\x00\n", b"a\n1,2,3\n", b"no line"])
def test_a_file_of_something_else_is_said_and_stays_as_it_is(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_bytes(content)
    one = Predictor("one", "zero-cost", "abc", lambda genotypes, _: (Score(g.text, 1.0, 0, 0) for g in genotypes))
    for trying in (ScoreFile(path).read, lambda: ScoreFile(path).scored(one, MEMBERS, 0)):
        with pytest.raises(InvalidFileError, match="is no file of scores") as caught:
            trying()
        assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


def test_what_broken_code_failed_to_score_is_tried_again(tmp_path: Path) -> None:
    def broken(genotypes: Sequence[Genotype], _: int) -> Iterator[Score]:
        yield from (Score(one.text, float("nan"), 0.1, 0.0, "mine raised ValueError: oh") for one in genotypes)

    def mended(genotypes: Sequence[Genotype], _: int) -> Iterator[Score]:
        yield from (Score(one.text, 2.0, 0.1, 0.0) for one in genotypes)

    file = ScoreFile(tmp_path / "scores.csv")
    assert file.scored(Predictor("mine", "zero-cost", "abc", broken), MEMBERS, 0)["score"].isna().all()
    assert file.scored(Predictor("mine", "zero-cost", "abc", mended), MEMBERS, 0)["score"].tolist() == [2.0] * 6


def test_a_second_process_is_told_to_wait(tmp_path: Path) -> None:
    file = ScoreFile(tmp_path / "new" / "scores.csv")
    with file.lock(), pytest.raises(InvalidFileError, match="Another process is adding to"), file.lock():
        pass


def test_a_score_that_is_there_twice_counts_once(tmp_path: Path) -> None:
    one = Predictor("one", "zero-cost", "abc", lambda genotypes, _: (Score(g.text, 1.0, 0, 0) for g in genotypes))
    file = ScoreFile(tmp_path / "scores.csv")
    file.scored(one, MEMBERS, 0)
    head, *rows = file.path.read_bytes().splitlines(keepends=True)
    file.path.write_bytes(b"".join([head, *rows, *rows]))
    assert len(file.scored(one, MEMBERS, 0)) == len(MEMBERS)
