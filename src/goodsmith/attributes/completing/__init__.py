"""Fills empty cells from what the catalog itself says: every value with its evidence and how sure it is."""
