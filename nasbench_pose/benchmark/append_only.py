"""CSV files that are only appended to: a crash costs no more than the row that was being written."""

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
    """A CSV file whose first line is `columns`; `what` says in errors what sort of file it should be."""

    path: Path
    columns: tuple[str, ...]
    what: str

    def read(self, types: Mapping[str, type] | None = None) -> pd.DataFrame:
        """Return every whole row; one that a killed process has left unfinished is no row. No file: no rows.

        Raises InvalidFileError for a file that is something else.
        """
        whole = self._whole()
        if not whole:
            return pd.DataFrame(columns=list(self.columns))
        try:
            return pd.read_csv(io.BytesIO(whole), dtype=types)
        except ValueError as error:  # of pandas, and of bytes that are no text
            raise InvalidFileError(f"{self.path} is no {self.what}: {str(error).splitlines()[0]}.") from None

    def begin(self) -> None:
        """Make the file, without rows, if it is not there; cut off what a killed process has left unfinished.

        Raises InvalidFileError, and touches nothing, if it is something else.
        """
        whole = self._whole()
        if not self.path.is_file() or self.path.read_bytes() != whole:
            self.path.write_bytes(whole or line(self.columns))

    def append(self, rows: Iterable[Sequence[object]]) -> None:
        """Add rows, safe from a crash, to a file that has begun."""
        with self.path.open("ab") as file:
            for cells in rows:
                file.write(line(cells))
            file.flush()
            os.fsync(file.fileno())

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other processes from adding rows; raise InvalidFileError if one is at it."""
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
        """Return the file's whole lines; raise if it does not begin as it should, however little there is of it."""
        content, head = unix_lines(self.path.read_bytes()) if self.path.is_file() else b"", line(self.columns)
        if not (content.startswith(head) or head.startswith(content)):
            first = content.partition(b"\n")[0][:80].decode(errors="replace")
            raise InvalidFileError(f"{self.path} is no {self.what}, and is left as it is; it begins with {first!r}.")
        return whole_lines(content)


def unix_lines(content: bytes) -> bytes:
    """Return `content` with the line ends that files have here; git and spreadsheets write others on Windows.

    >>> unix_lines(b"a,b\\r\\n1,2\\r\\n")
    b'a,b\\n1,2\\n'
    """
    return content.replace(b"\r\n", b"\n")


def whole_lines(content: bytes) -> bytes:
    """Return `content` without the line at its end that a killed process has left unfinished.

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
