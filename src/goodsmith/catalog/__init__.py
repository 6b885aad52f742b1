"""Where products come from: open a table, import it once, map its columns, see what is in it."""

from goodsmith.catalog.carrying import carried
from goodsmith.catalog.first_look import FirstLook, first_look
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
    forget_mapping,
    guess_category,
    guess_family,
    guess_key,
    guess_mapping,
    layout_fingerprint,
    load_mapping,
    save_mapping,
)
from goodsmith.catalog.odd_cells import ODD, OddCells
from goodsmith.catalog.opening import READ_WITH_A_LAYOUT, ReadOptions, kind_of, open_table, sheet_names
from goodsmith.catalog.profiling import Duplicate, Profile, ProfiledColumn, profile
from goodsmith.catalog.remembering import (
    forget_reading,
    has_readings,
    load_reading,
    said_in,
    save_reading,
    with_remembered,
)
from goodsmith.catalog.workbooks.pictures import Picture, list_pictures

__all__ = [
    "DEFAULT_MEMORY_LIMIT_BYTES",
    "ODD",
    "READ_WITH_A_LAYOUT",
    "ROW_COLUMN",
    "Duplicate",
    "FirstLook",
    "Import",
    "LookUpTable",
    "OddCells",
    "Picture",
    "Profile",
    "ProfiledColumn",
    "ReadOptions",
    "carried",
    "first_look",
    "forget_mapping",
    "forget_reading",
    "guess_category",
    "guess_family",
    "guess_key",
    "guess_mapping",
    "has_readings",
    "import_table",
    "kind_of",
    "layout_fingerprint",
    "list_pictures",
    "load_mapping",
    "load_reading",
    "open_import",
    "open_table",
    "profile",
    "read_look_up",
    "read_sample",
    "read_table",
    "said_in",
    "save_mapping",
    "save_reading",
    "sheet_names",
    "with_remembered",
]
