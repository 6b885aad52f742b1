"""Typed values as text: what a person would read in the source, with ids never turned into floats."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from goodsmith.catalog.notices import NoticeBoard

if TYPE_CHECKING:
    import pyarrow as pa


class WrittenNumber(str):
    """A number of a JSON file with the digits it was written with."""

    __slots__ = ()


def as_text(value: Any) -> str | None:
    """One Python value. None, NaN and their kin are None; whole floats lose `.0`; times at midnight are dates."""
    if value is None or type(value).__name__ in {"NAType", "NaTType"}:  # pandas' own nothings
        return None
    if isinstance(value, str):
        return str(value) or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return None if math.isnan(value) else number_text(value)
    if isinstance(value, Decimal):
        return None if value.is_nan() else f"{value:f}"
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _decoded(bytes(value))
    if isinstance(value, (Mapping, list, tuple, set)):
        return json_text(value)
    if hasattr(value, "item"):  # numpy's scalars
        return as_text(value.item())
    return str(value) or None


def number_text(value: float) -> str:
    """The shortest text that means this number, without an exponent where a person would write none."""
    if value in (float("inf"), float("-inf")):
        return str(value)
    shortest = repr(value)
    if "e" not in shortest:
        return shortest.removesuffix(".0")
    if 1e-9 <= abs(value) < 1e21:
        return f"{Decimal(shortest):f}"
    return shortest.replace("e", "E")


def json_text(value: Any) -> str:
    """Lists and objects as compact JSON, numbers with the digits they were written with."""
    if isinstance(value, WrittenNumber):
        return str(value)
    if isinstance(value, str) or value is None or isinstance(value, bool):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json_text(str(key))}: {json_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple, set)):
        return "[" + ", ".join(json_text(item) for item in value) + "]"
    if isinstance(value, (int, float)):
        return str(value) if isinstance(value, int) else number_text(value)
    return json.dumps(as_text(value), ensure_ascii=False)


def text_array(array: pa.Array, name: str, board: NoticeBoard) -> pa.Array:
    """A column of an Arrow table as strings; an empty text becomes null."""
    import pyarrow as pa  # noqa: PLC0415  # heavy
    import pyarrow.compute as pc  # noqa: PLC0415

    kind = array.type
    if pa.types.is_dictionary(kind):
        words = text_array(array.dictionary, name, board)
        return pa.DictionaryArray.from_arrays(array.indices, words).dictionary_decode()
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        text = array.cast(pa.string())
    elif pa.types.is_null(kind):
        text = pa.nulls(len(array), pa.string())
    elif pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_date(kind):
        text = array.cast(pa.string())
    elif pa.types.is_timestamp(kind):
        text = _moments(array)
    elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        text = _binary(array, name, board)
    else:
        text = pa.array([as_text(value) for value in array.to_pylist()], pa.string())
    if pc.any(pc.equal(text, "")).as_py():
        text = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
    return text


def text_batches(
    table: Any, names: Sequence[str], board: NoticeBoard, *, rows: int = 10_000
) -> Any:  # Iterator[pa.RecordBatch]
    """Batches of an Arrow reader as strings, under the given names."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    schema = pa.schema([(name, pa.string()) for name in names])
    for batch in table:
        for start in range(0, batch.num_rows, rows):
            part = batch.slice(start, rows)
            arrays = [text_array(array, name, board) for array, name in zip(part.columns, names, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _moments(array: pa.Array) -> pa.Array:
    import pyarrow as pa  # noqa: PLC0415  # heavy
    import pyarrow.compute as pc  # noqa: PLC0415

    text = array.cast(pa.string())
    text = pc.replace_substring_regex(text, r"(:\d\d)\.0+(Z|[+-]\d\d:?\d\d)?$", r"\1\2")
    return pc.replace_substring_regex(text, r" 00:00:00$", "") if array.type.tz is None else text


def _binary(array: pa.Array, name: str, board: NoticeBoard) -> pa.Array:
    import pyarrow as pa  # noqa: PLC0415  # heavy

    texts = []
    for value in array.to_pylist():
        text = None if value is None else _decoded(value)
        if text is None and value:
            board.add("binary_column", column=name)
        texts.append(text)
    return pa.array(texts, pa.string())


def _moment(value: datetime) -> str:
    if value.tzinfo is None and not (value.hour or value.minute or value.second or value.microsecond):
        return value.date().isoformat()
    return value.isoformat(sep=" ")


def _decoded(value: bytes) -> str | None:
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else text or None
