"""Facts of a text, held against the cells of its product."""
