"""Reads the facts of texts: numbers and units, names, claims in words, in many languages."""
