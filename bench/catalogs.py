"""Catalogs as shops keep them, as long as wanted: the sample products again and again, each with its own facts."""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parent.parent / "examples"
NUMBER = re.compile(r"\d+")


def catalog(language: str, rows: int, folder: Path) -> Path:
    """`zh` or `en`, as Parquet of texts; written once."""
    import pyarrow as pa  # noqa: PLC0415 - only here
    import pyarrow.parquet as pq  # noqa: PLC0415

    path = folder / f"catalog-{language}-{rows}.parquet"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    header, products = _products(language, rows)
    schema = pa.schema([(name, pa.string()) for name in header])
    with pq.ParquetWriter(path, schema) as writer:
        batch: list[list[str]] = []
        for product in products:
            batch.append(product)
            if len(batch) == 20_000:
                writer.write_table(_table(batch, schema))
                batch = []
        if batch:
            writer.write_table(_table(batch, schema))
    return path


def workbook(language: str, rows: int, folder: Path) -> Path:
    """The same as a workbook, written once."""
    from openpyxl import Workbook  # noqa: PLC0415 - only here

    path = folder / f"catalog-{language}-{rows}.xlsx"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    header, products = _products(language, rows)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("products")
    sheet.append(header)
    for product in products:
        sheet.append(product)
    book.save(path)
    return path


def _products(language: str, rows: int) -> tuple[list[str], Iterator[list[str]]]:
    header, samples = _samples(language)
    chance = random.Random(7)

    def each() -> Iterator[list[str]]:
        for number in range(rows):
            sample = samples[number % len(samples)]
            told = [
                NUMBER.sub(lambda found: str(max(1, int(found[0]) + chance.randrange(-3, 4))), text) for text in sample
            ]
            yield [f"{number:08d}", *told[1:]]

    return header, each()


def _samples(language: str) -> tuple[list[str], list[list[str]]]:
    if language == "en":
        with (SAMPLES / "products_en.csv").open(encoding="utf-8-sig", newline="") as file:
            header, *rows = csv.reader(file)
        return header, rows
    from openpyxl import load_workbook  # noqa: PLC0415 - only here

    sheet = load_workbook(SAMPLES / "products_zh.xlsx", read_only=True).worksheets[0]
    header, *rows = ([_text(cell) for cell in row] for row in sheet.iter_rows(values_only=True))
    return header, rows


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell)


def _table(batch: list[list[str]], schema: Any) -> Any:
    import pyarrow as pa  # noqa: PLC0415

    return pa.table([pa.array(column, pa.string()) for column in zip(*batch, strict=True)], schema=schema)
