"""Suppliers' names and values against the schema's: proposed, decided once, remembered."""
