"""Rows of a damaged SQLite file, read from its pages without its indexes (https://www.sqlite.org/fileformat2.html).

SQLite itself stops at the first page that contradicts another one. Here each leaf page of a table is read by itself, so
that what is lost is what was on the damaged pages. Python's sqlite3 has no access to SQLite's recovery extension.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HEADER = b"SQLite format 3\0"
LEAF = 0x0D
"""First byte of a page with rows of a table."""
WAL_HEADER, FRAME_HEADER = 32, 24
MOST_COLUMNS = 64
"""A record with more columns is none of ours."""
Record = tuple[int, tuple[Any, ...]]
"""Row id, values."""


def records(file: Path) -> Iterator[Record]:
    """Yield the rows of all tables of an SQLite file and its log, page by page; damaged ones are skipped."""
    content = bytearray(file.read_bytes())
    size = page_size(content)
    log = file.with_name(f"{file.name}-wal")
    if log.exists():
        _apply_log(content, log.read_bytes(), size)
    for start in range(0, len(content), size):
        page = bytes(content[start : start + size])
        header = 100 if start == 0 else 0
        if len(page) > header + 8 and page[header] == LEAF:
            yield from _rows(content, page, header, size)


def page_size(content: bytes | bytearray) -> int:
    """Return the bytes of a page; the usual 4096 if the header is damaged.

    >>> page_size(HEADER + b"\\x10\\x00"), page_size(b"damaged")
    (4096, 4096)
    """
    size = int.from_bytes(content[16:18], "big") if content.startswith(HEADER) else 4096
    size = 65536 if size == 1 else size
    return size if size >= 512 and size & (size - 1) == 0 else 4096


def _apply_log(content: bytearray, log: bytes, size: int) -> None:
    """Put the committed pages of a write-ahead log into the file."""
    salt, pending = log[16:24], dict[int, bytes]()
    for start in range(WAL_HEADER, len(log) - FRAME_HEADER - size + 1, FRAME_HEADER + size):
        number, committed = struct.unpack(">II", log[start : start + 8])
        if log[start + 8 : start + 16] != salt:  # left over from before the last checkpoint
            break
        pending[number] = log[start + FRAME_HEADER : start + FRAME_HEADER + size]
        if committed:
            for page, data in pending.items():
                content.extend(bytes(max(0, page * size - len(content))))
                content[(page - 1) * size : page * size] = data
            pending.clear()


def _rows(content: bytearray, page: bytes, header: int, size: int) -> Iterator[Record]:
    number = int.from_bytes(page[header + 3 : header + 5], "big")
    for place in range(min(number, (size - header - 8) // 2)):
        pointer = header + 8 + 2 * place
        start = int.from_bytes(page[pointer : pointer + 2], "big")
        try:
            length, start = _varint(page, start)
            row, start = _varint(page, start)
            yield row, _values(_payload(content, page, start, length, size))
        except (IndexError, ValueError, struct.error):  # a damaged cell; UnicodeDecodeError is a ValueError
            continue


def _payload(content: bytearray, page: bytes, start: int, length: int, size: int) -> bytes:
    """Return the bytes of a record, those on overflow pages included."""
    if length > len(content):
        raise ValueError
    most, least = size - 35, (size - 12) * 32 // 255 - 23
    if length <= most:
        local = length
    else:
        local = least + (length - least) % (size - 4)
        local = local if local <= most else least
    payload = page[start : start + local]
    following = int.from_bytes(page[start + local : start + local + 4], "big") if local < length else 0
    while following and len(payload) < length:
        overflow = content[(following - 1) * size : following * size]
        payload += bytes(overflow[4 : 4 + length - len(payload)])
        following = int.from_bytes(overflow[:4], "big") if len(overflow) == size else 0
    if len(payload) != length:
        raise ValueError
    return payload


def _values(payload: bytes) -> tuple[Any, ...]:
    """Return the values of a record."""
    end, place = _varint(payload, 0)
    types = []
    while place < end:
        kind, place = _varint(payload, place)
        types.append(kind)
    if place != end or len(types) > MOST_COLUMNS:
        raise ValueError
    values = []
    for kind in types:
        value, place = _value(payload, place, kind)
        values.append(value)
    if place != len(payload):
        raise ValueError
    return tuple(values)


WIDTHS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
"""Type of a whole number -> its bytes."""


def _value(payload: bytes, place: int, kind: int) -> tuple[Any, int]:
    """Return a value and the place after it."""
    if kind in (0, 8, 9):
        return {0: None, 8: 0, 9: 1}[kind], place
    if kind in WIDTHS:
        end = place + WIDTHS[kind]
        return int.from_bytes(payload[place:end], "big", signed=True), end
    if kind == 7:
        return struct.unpack(">d", payload[place : place + 8])[0], place + 8
    if kind < 12:
        raise ValueError
    end = place + (kind - 12) // 2
    return (payload[place:end].decode() if kind % 2 else payload[place:end]), end


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """Return a number of one to nine bytes and the place after it."""
    value = 0
    for offset in range(8):
        byte = data[place + offset]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + offset + 1
    return value << 8 | data[place + 8], place + 9
