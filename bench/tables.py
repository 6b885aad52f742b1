"""The table that every contestant works on: N made-up products, one marker a row."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

NAMES = (
    "Everyday mug",
    "Linen sheet",
    "Travel kettle",
    "Pet bed",
    "Desk lamp",
    "Oat biscuits",
    "Wool scarf",
    "Tea tin",
)
BRANDS = ("Northwell", "Haru & Co", "Petra", "Olmo", "")
CATEGORIES = ("Home > Kitchen", "Home > Bedding", "Pets > Beds", "Food > Snacks", "Apparel > Scarves")
FACTS = ("material: cotton", "colour: sage green", "size: 30 x 20 cm", "weight: 450 g", "care: machine wash at 30 C")
WORDS = [
    "sturdy",
    "light",
    "plain",
    "soft",
    "quiet",
    "warm",
    "useful",
    "simple",
    "calm",
    "bright",
    "folded",
    "woven",
    "packed",
    "spare",
    "handy",
]


def table(rows: int, folder: Path, *, first: int = 0) -> Path:
    """Write the table once as Parquet; about 1.3 kB of prompt a row."""
    path = folder / f"table-{first}-{rows}.parquet"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(7)
    schema = pa.schema([(name, pa.string()) for name in ("sku", "name", "brand", "category", "attributes", "row_mark")])
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(first, first + rows, 50_000):
            numbers = range(start, min(start + 50_000, first + rows))
            columns = {
                "sku": [f"{number:08d}" for number in numbers],
                "name": [f"{chance.choice(NAMES)} {number}" for number in numbers],
                "brand": [chance.choice(BRANDS) for _ in numbers],
                "category": [chance.choice(CATEGORIES) for _ in numbers],
                "attributes": ["; ".join([*FACTS, " ".join(chance.choices(WORDS, k=70))]) for _ in numbers],
                "row_mark": [f"ROWID-{number:08d}" for number in numbers],
            }
            writer.write_table(pa.table(columns, schema=schema))
    return path
