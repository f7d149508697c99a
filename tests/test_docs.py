"""The README and the docs: what they show is what happens, and what they point to is there.

In a ```console block each line after `$ ` is a command; what follows is what it prints, and `...` stands for anything.
A command that fails is followed by the line `Error: …` that it prints. Only `nasbench-pose` and `pytest` are run: page
by page, each in a folder that holds only the files that the page shows in blocks such as ```toml mine.toml. Other
```python blocks are doctests, those of a page in one go.
"""

import contextlib
import doctest
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nasbench_pose.cli import main

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("*/README.md"), *ROOT.glob("docs/**/*.md")])
BLOCK = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
PYTHON = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
FILE = re.compile(r"^```\w+ ([\w.]+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^\$ ((?:nasbench-pose|pytest) .*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#\s]+)")
ANCHOR = re.compile(r"\]\(([^)#\s]*)#([^)\s]+)\)")
TABLE = re.compile(r"^(?:\|.*\n)+", re.MULTILINE)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def examples(text: str) -> Iterator[tuple[str, str]]:
    """Yield each `nasbench-pose` command in the console blocks of a page with the output it is shown with."""
    for block in BLOCK.findall(text):
        yield from COMMAND.findall(block)


def run(command: str, folder: Path) -> tuple[int, str]:
    """Run one line; return the exit status and what a reader is shown: the result, or the error.

    Our own command without a shell is run in this process, which has imported torch already; modules of the folder are
    forgotten. Tests are run by another process: modules of tests here may have the names of those on the page.
    """
    program, *words = shlex.split(command)
    if program == "nasbench-pose" and "||" not in words:
        out, err = io.StringIO(), io.StringIO()
        with imported_from(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(words)
        return status, err.getvalue() if status else out.getvalue()
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    ran = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True)
    return ran.returncode, ran.stderr if ran.returncode else ran.stdout


@contextlib.contextmanager
def imported_from(folder: Path) -> Iterator[None]:
    """Work in a folder whose modules can be imported; afterwards they are as if they had not been."""
    path, modules = sys.path.copy(), set(sys.modules)
    with contextlib.chdir(folder):
        sys.path.insert(0, str(folder))
        try:
            yield
        finally:
            sys.path[:] = path
            for name in set(sys.modules) - modules:
                if Path(getattr(sys.modules[name], "__file__", None) or "/").is_relative_to(folder):
                    del sys.modules[name]


@pytest.fixture
def page_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and a terminal of 120 columns."""
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path


def same(shown: str, printed: str) -> bool:
    return doctest.OutputChecker().check_output(shown, printed, doctest.ELLIPSIS)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_print_what_the_page_shows(page: Path, page_folder: Path) -> None:
    for name, content in FILE.findall(page.read_text()):
        (page_folder / name).write_text(content)
    for command, shown in examples(page.read_text()):
        status, printed = run(command, page_folder)
        assert status == (2 if shown.startswith("Error: ") else 0), f"$ {command}\n{printed}"
        assert same(shown, printed), f"$ {command}\n{printed}"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_python_prints_what_the_page_shows(page: Path) -> None:
    session = "\n".join(PYTHON.findall(page.read_text()))
    examples = doctest.DocTestParser().get_doctest(session, {}, page.name, str(page), 0)
    report: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(examples, out=report.append)
    assert not report, "".join(report)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    inside = [link for link in LINK.findall(page.read_text()) if "://" not in link]
    assert not [link for link in inside if not (page.parent / link).exists()]


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page on which GitHub and MkDocs agree: others cannot be linked."""
    headings = [re.sub(r"[^\w\s-]", "", heading).strip().lower() for heading in HEADING.findall(page.read_text())]
    alike = [heading for heading in headings if heading.isascii() and "  " not in heading]
    return {heading.replace(" ", "-") for heading in alike}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_to_headings_lead_there(page: Path) -> None:
    linked = [(page.parent / name if name else page, anchor) for name, anchor in ANCHOR.findall(page.read_text())]
    assert not [
        (there.name, anchor)
        for there, anchor in linked
        if there.suffix == ".md" and "://" not in str(there) and anchor not in anchors(there)
    ]


def tables(page: Path) -> list[list[str]]:
    """Return the tables of a page, each as its lines."""
    return [block.splitlines() for block in TABLE.findall(page.read_text())]


def test_tables_of_studies_are_copied_as_they_are() -> None:
    studies = {table[0]: table for page in ROOT.glob("docs/figures/*.md") for table in tables(page)}
    copies = [(page, table) for page in ROOT.glob("docs/*.md") for table in tables(page) if table[0] in studies]
    assert len(copies) > 5
    assert not [(page.name, set(copy) - set(studies[copy[0]])) for page, copy in copies if copy != studies[copy[0]]]


def test_the_index_names_every_page() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    assert {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"} == set(LINK.findall(index)) & {
        path.name for path in PAGES
    }


def test_a_page_that_is_wrong_would_be_noticed(tmp_path: Path) -> None:
    shown = ("$ nasbench-pose --version", "nasbench-pose 1", "$ make test", "$ nasbench-pose nothing", "Error: ...")
    text = "\n".join(("```console", *shown, "```\n"))
    assert list(examples(text)) == [
        ("nasbench-pose --version", "nasbench-pose 1\n"),
        ("nasbench-pose nothing", "Error: ...\n"),
    ]
    assert not same("nasbench-pose 1\n", run("nasbench-pose --version", tmp_path)[1])
    assert run("nasbench-pose nothing", tmp_path)[0] == 2
