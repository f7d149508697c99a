"""Append-only CSV files: a crash loses at most the row that was being written."""

import csv
import io
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from filelock import FileLock, Timeout

from nasbench_pose.errors import InvalidFileError


@dataclass(frozen=True, slots=True)
class AppendOnlyCsv:
    """A CSV file whose header is `columns`; `what` names the kind of file in error messages."""

    path: Path
    columns: tuple[str, ...]
    what: str

    def read(self, types: Mapping[str, type] | None = None) -> pd.DataFrame:
        """Return all complete rows, without a last line that a killed process left unfinished. No file: no rows.

        Raises InvalidFileError for a file with another header.
        """
        whole = self._whole()
        if not whole:
            return pd.DataFrame(columns=list(self.columns))
        try:
            return pd.read_csv(io.BytesIO(whole), dtype=types)
        except ValueError as error:  # from pandas, or from bytes that are not UTF-8
            raise InvalidFileError(f"{self.path} is no {self.what}: {str(error).splitlines()[0]}.") from None

    def begin(self) -> None:
        """Create the file with its header if it does not exist; remove an unfinished last line.

        Raises InvalidFileError, and changes nothing, if the file has another header.
        """
        whole = self._whole()
        if not self.path.is_file() or self.path.read_bytes() != whole:
            self.path.write_bytes(whole or line(self.columns))

    def append(self, rows: Iterable[Sequence[object]]) -> None:
        """Append rows and flush them to the disk; `begin` must have been called."""
        with self.path.open("ab") as file:
            for cells in rows:
                file.write(line(cells))
            file.flush()
            os.fsync(file.fileno())

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Lock the file against other writers; raise InvalidFileError if another process has the lock."""
        lock = FileLock(self.path.with_name(f".{self.path.name}.lock"), timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise InvalidFileError(
                f"Another process is adding to {self.path}: wait until it has ended, or choose another file."
            ) from None
        try:
            yield
        finally:
            lock.release()

    def _whole(self) -> bytes:
        """Return the complete lines of the file; raise if it does not begin with the header, or a part of it."""
        content, head = unix_lines(self.path.read_bytes()) if self.path.is_file() else b"", line(self.columns)
        if not (content.startswith(head) or head.startswith(content)):
            first = content.partition(b"\n")[0][:80].decode(errors="replace")
            raise InvalidFileError(
                f"{self.path} is no {self.what}, and is left as it is: it begins with {first!r}, not with "
                f"{head[:40].decode().strip()!r}…; if a spreadsheet saved it, take the file from before."
            )
        return whole_lines(content)


def unix_lines(content: bytes) -> bytes:
    """Return `content` with Unix line ends; git and spreadsheets write others on Windows.

    >>> unix_lines(b"a,b\\r\\n1,2\\r\\n")
    b'a,b\\n1,2\\n'
    """
    return content.replace(b"\r\n", b"\n")


def whole_lines(content: bytes) -> bytes:
    """Return `content` without an unfinished last line.

    >>> whole_lines(b"a,b\\n1,2\\n3,")
    b'a,b\\n1,2\\n'
    """
    return content[: content.rfind(b"\n") + 1]


def line(cells: Sequence[object]) -> bytes:
    """Return a line of a CSV file.

    >>> line(["a", 1, "b,c"])
    b'a,1,"b,c"\\n'
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()
