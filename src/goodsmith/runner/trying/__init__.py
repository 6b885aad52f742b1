"""Trials: the rows of an ordinary run, chosen well, and what they say of all rows."""

from goodsmith.runner.trying.sampling import trial

__all__ = ["trial"]
