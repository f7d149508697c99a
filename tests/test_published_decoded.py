"""The page on printed costs shows what its study makes now."""

from pathlib import Path

import pytest

from nasbench_pose.reference import decoded

ROOT = Path(__file__).parent.parent


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(ROOT)
    from analysis.published_decoded import main

    main(tmp_path)
    return tmp_path


def test_the_page_shows_the_tables_of_today(made: Path) -> None:
    table = (made / "published_decoded.md").read_text(encoding="utf-8")
    assert table in (ROOT / "docs" / "published_costs.md").read_text(encoding="utf-8")
    for name in ("published_decoded.md", "published_decoded.csv"):
        assert (made / name).read_text(encoding="utf-8") == (ROOT / "docs" / "figures" / name).read_text(
            encoding="utf-8"
        )


def test_the_page_counts_the_rows_there_are() -> None:
    rows = decoded()
    figures = rows.drop_duplicates(["network", "dataset", "input_height", "input_width", "printed", "convention"])
    page = (ROOT / "docs" / "published_costs.md").read_text(encoding="utf-8")
    assert f"each of the\n{len(rows)} costs" in page
    assert f"{len(figures)} different figures" in page
