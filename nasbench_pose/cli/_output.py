"""Click types of output files and folders."""

import os
from pathlib import Path
from typing import Any

import click

from nasbench_pose.errors import pick


def make_folder(folder: Path) -> None:
    """Make the missing folder of an output, and print a message, because the name may be a typing error."""
    if not folder.is_dir():
        folder.mkdir(parents=True)
        click.echo(f"made the folder {folder}", err=True)


class NewFile(click.ParamType[Path]):
    """A writable path, checked before the command starts its work; missing folders are made.

    The path must have one of the `endings`, if there are any.
    """

    name = "file"

    def __init__(self, *endings: str, format_name: str = "output format") -> None:
        self.endings, self.format_name = endings, format_name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path; raise UnknownNameError for another ending."""
        path = Path(value)
        if path.is_dir():
            self.fail(f"{str(path)!r} is a folder.", param, ctx)
        if self.endings:
            pick(self.format_name, path.suffix.lower(), dict.fromkeys(self.endings))
        try:
            make_folder(path.parent)
        except OSError as error:
            self.fail(f"{str(path)!r} cannot be written: {error.strerror}.", param, ctx)
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            self.fail(f"{str(path)!r} cannot be written: permission denied.", param, ctx)
        return path


class NewDatabase(click.ParamType[str]):
    """A database, a file or a URL. A missing file and its missing folders are made."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text as it is."""
        text = str(value)
        path = text.removeprefix("sqlite:///").partition("?")[0] if text.startswith("sqlite:///") else text
        if "://" not in path and path and not path.startswith((":memory:", "file:")):
            try:
                make_folder(Path(path).parent)
            except OSError as error:
                self.fail(f"{path!r} cannot be written: {error.strerror}.", param, ctx)
        return text


class NewFolder(click.ParamType[Path]):
    """A writable folder, checked before the command starts its work."""

    name = "folder"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path; nothing is made yet."""
        path = Path(value)
        there = next(place for place in (path, *path.absolute().parents) if place.exists())
        if not there.is_dir():
            self.fail(f"{str(path)!r} cannot be a folder: {str(there)!r} is a file.", param, ctx)
        if not os.access(there, os.W_OK):
            self.fail(f"{str(path)!r} cannot be written: permission denied.", param, ctx)
        return path


class FolderOrPage(click.ParamType[Path]):
    """A writable folder, or the path of an .html file, checked before the command starts its work."""

    name = "folder|.html"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path; missing folders of a file are made. The name of a figure is refused: it is no folder."""
        if Path(value).suffix.lower() in FIGURES and not Path(value).is_dir():
            self.fail(f"{str(value)!r} is neither a folder nor an .html file.", param, ctx)
        kind = NewFile() if is_page(Path(value)) else NewFolder()
        return kind.convert(value, param, ctx)


def is_page(path: Path) -> bool:
    """Return whether a path names a page, not a folder."""
    return path.suffix.lower() in (".html", ".htm") and not path.is_dir()


FIGURES = (".svg", ".pdf", ".png")
"""The endings that `plots.save` supports."""


class NewFigure(NewFile):
    """The path of a figure; its ending is the format."""

    def __init__(self) -> None:
        super().__init__(*FIGURES, format_name="figure format")
