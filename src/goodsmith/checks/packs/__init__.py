"""Laws and marketplaces as data: packs of rules that are read, tested and versioned like recipes.

`packs.open_pack` reads one, `checking.PackCheck` holds drafts against it; a recipe names it as `rules:NAME`.
"""
