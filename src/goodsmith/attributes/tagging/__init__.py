"""Finds values in product texts as the catalog's own filled cells teach it: a tagger of words, without a model."""
