"""Files that a command is going to write."""

import os
from pathlib import Path
from typing import Any

import click


class NewFile(click.ParamType[Path]):
    """A path that can be written, looked at before any work is done for it."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path."""
        path = Path(value)
        if path.is_dir():
            self.fail(f"{str(path)!r} is a folder.", param, ctx)
        if not path.parent.is_dir():
            self.fail(
                f"There is no folder {str(path.parent)!r} to write {path.name!r} in; create it first.", param, ctx
            )
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            self.fail(f"{str(path)!r} cannot be written by you.", param, ctx)
        return path
