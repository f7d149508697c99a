"""Tables as CSV, JSON lines and Parquet files, of which every value is read back as it was."""

import base64
import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.scalar import is_finite

TEXT, WHOLE, REAL, JSON, BYTES = "text", "whole", "real", "json", "bytes"
"""The kinds of columns: what a database calls its types differs, what may be in them does not."""
NULL = "\\N"
"""The cell of a CSV file that stands for no value, as in PostgreSQL; a text that begins with \\ gets another one."""
ROWS = 5_000
"""Rows of a Parquet file that are in memory at once."""
Row = Sequence[Any]


@dataclass(frozen=True)
class Format:
    """A kind of file: how rows are written, and read back."""

    ending: str
    write: Callable[[Path, Mapping[str, str], Iterable[Row]], int]
    """(file, column -> kind, rows) -> number of rows."""
    read: Callable[[Path, Mapping[str, str]], Iterator[Row]]


def _write_csv(path: Path, columns: Mapping[str, str], rows: Iterable[Row]) -> int:
    kinds, number = list(columns.values()), 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([_cell(value, kind) for value, kind in zip(row, kinds, strict=True)])
            number += 1
    return number


def _cell(value: Any, kind: str) -> str:
    if value is None:
        return NULL
    if kind == TEXT:
        return f"\\{value}" if value.startswith("\\") else str(value)
    if kind == JSON:
        return json.dumps(value)
    return base64.b64encode(value).decode() if kind == BYTES else repr(value)


def _read_csv(path: Path, columns: Mapping[str, str]) -> Iterator[Row]:
    csv.field_size_limit(2**31 - 1)  # a checkpoint may have a hundred megabytes
    kinds = list(columns.values())
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        _check_names(path, next(reader, []), columns)
        for cells in reader:
            if len(cells) != len(kinds):
                raise InvalidFileError(f"{path}:{reader.line_num}: {len(cells)} cells for {len(kinds)} columns.")
            yield [_value(cell, kind) for cell, kind in zip(cells, kinds, strict=True)]


def _value(cell: str, kind: str) -> Any:
    if cell == NULL:
        return None
    if kind == TEXT:
        return cell.removeprefix("\\")
    return PARSE[kind](cell)


PARSE: Mapping[str, Callable[[str], Any]] = {
    WHOLE: int,
    REAL: float,
    JSON: json.loads,
    BYTES: lambda cell: base64.b64decode(cell, validate=True),
}


def _write_lines(path: Path, columns: Mapping[str, str], rows: Iterable[Row]) -> int:
    number = 0
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            values = {name: _jsonable(value, kind) for (name, kind), value in zip(columns.items(), row, strict=True)}
            file.write(json.dumps(values) + "\n")
            number += 1
    return number


def _jsonable(value: Any, kind: str) -> Any:
    if kind == BYTES and value is not None:
        return base64.b64encode(value).decode()
    return str(value) if isinstance(value, float) and not is_finite(value) else value


def _read_lines(path: Path, columns: Mapping[str, str]) -> Iterator[Row]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            row = json.loads(line)
            if not isinstance(row, dict) or row.keys() != columns.keys():
                raise InvalidFileError(f"{path}:{number}: expected an object with {', '.join(columns)}.")
            yield [_from_json(row[name], kind) for name, kind in columns.items()]


def _from_json(value: Any, kind: str) -> Any:
    if kind == BYTES and value is not None:
        return base64.b64decode(value, validate=True)
    return float(value) if kind == REAL and value is not None else value


def _write_parquet(path: Path, columns: Mapping[str, str], rows: Iterable[Row]) -> int:
    arrow, parquet = _pyarrow()
    types = {TEXT: arrow.string(), WHOLE: arrow.int64(), REAL: arrow.float64(), JSON: arrow.string()}
    schema = arrow.schema([(name, types.get(kind, arrow.binary())) for name, kind in columns.items()])
    kinds, left, number = list(columns.values()), iter(rows), 0
    with parquet.ParquetWriter(path, schema) as writer:
        while chunk := list(islice(left, ROWS)):
            cells = [[json.dumps(v) if k == JSON else v for v, k in zip(row, kinds, strict=True)] for row in chunk]
            arrays = [
                arrow.array(column, field.type) for column, field in zip(zip(*cells, strict=True), schema, strict=True)
            ]
            writer.write_table(arrow.Table.from_arrays(arrays, schema=schema))
            number += len(chunk)
    return number


def _read_parquet(path: Path, columns: Mapping[str, str]) -> Iterator[Row]:
    arrow, parquet = _pyarrow()
    try:
        with parquet.ParquetFile(path) as file:
            _check_names(path, file.schema_arrow.names, columns)
            for batch in file.iter_batches(ROWS):
                for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    yield [json.loads(v) if k == JSON else v for v, k in zip(row, columns.values(), strict=True)]
    except arrow.ArrowInvalid as error:
        raise InvalidFileError(f"{path} is no Parquet file: {' '.join(str(error).split())}.") from error


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise InvalidFileError(
            "Parquet needs pyarrow: pip install 'nasbench-pose[parquet]'; or take csv or jsonl."
        ) from None
    return pyarrow, pyarrow.parquet


def _check_names(path: Path, found: Sequence[str], columns: Mapping[str, str]) -> None:
    if list(found) != list(columns):
        raise InvalidFileError(f"{path} has the columns {', '.join(found)}; expected {', '.join(columns)}.")


FORMATS: Mapping[str, Format] = {
    "csv": Format("csv", _write_csv, _read_csv),
    "jsonl": Format("jsonl", _write_lines, _read_lines),
    "parquet": Format("parquet", _write_parquet, _read_parquet),
}
"""Name of a format -> how it is written and read."""
