"""Which products a run is for: a condition, a sample, an order; counted first, then written down once."""

from goodsmith.selection.query import Count, Selection, count
from goodsmith.selection.snapshot import first_products, some_products, write_snapshot

__all__ = ["Count", "Selection", "count", "first_products", "some_products", "write_snapshot"]
