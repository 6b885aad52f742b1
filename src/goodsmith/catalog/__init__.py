"""Where products come from: open a table, import it once, map its columns, see what is in it."""

from goodsmith.catalog.carrying import carried
from goodsmith.catalog.importing import (
    DEFAULT_MEMORY_LIMIT_BYTES,
    Import,
    import_table,
    open_import,
    read_sample,
    read_table,
)
from goodsmith.catalog.layouts.reader import ROW_COLUMN
from goodsmith.catalog.look_ups import LookUpTable, read_look_up
from goodsmith.catalog.mapping import (
    guess_category,
    guess_family,
    guess_key,
    guess_mapping,
    layout_fingerprint,
    load_mapping,
    save_mapping,
)
from goodsmith.catalog.opening import ReadOptions, open_table, sheet_names
from goodsmith.catalog.profiling import Duplicate, Profile, ProfiledColumn, profile

__all__ = [
    "DEFAULT_MEMORY_LIMIT_BYTES",
    "ROW_COLUMN",
    "Duplicate",
    "Import",
    "LookUpTable",
    "Profile",
    "ProfiledColumn",
    "ReadOptions",
    "carried",
    "guess_category",
    "guess_family",
    "guess_key",
    "guess_mapping",
    "import_table",
    "layout_fingerprint",
    "load_mapping",
    "open_import",
    "open_table",
    "profile",
    "read_look_up",
    "read_sample",
    "read_table",
    "save_mapping",
    "sheet_names",
]
