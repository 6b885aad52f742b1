"""What a new sheet changes against the last one of the same supplier."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from goodsmith.catalog.comparing import Comparison, compare_imports
from goodsmith.errors import UsageError
from goodsmith.runner.request import Request
from goodsmith.runner.sources import read_source
from goodsmith.settings import Settings, load_settings


def compare(
    request: Request, against: Any, *, settings: Settings | None = None, home: Path | None = None
) -> Comparison:
    """Compare the request's source with an earlier one, product by product. against: the earlier file or table.

    Raises UsageError where either has no column that identifies its products.
    """
    settings = settings or load_settings()
    home = home or settings.home
    new = read_source(request, settings=settings, home=home)
    last = read_source(replace(request, source=against), settings=settings, home=home)
    for name, source in ((request.source, new), (against, last)):
        if source.mapping.key is None:
            raise UsageError(
                f"{name}: no column identifies the products, so nothing can be compared. Choose one with --key",
                zh=f"{name}:没有能标识商品的列,无法比较。可用 --key 指定",
            )
    assert new.mapping.key is not None
    assert last.mapping.key is not None
    return compare_imports(
        last.imported.parquet, new.imported.parquet, last_key=last.mapping.key, new_key=new.mapping.key
    )
