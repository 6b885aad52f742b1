"""The command line as a person types it."""

from door import goodsmith

__all__ = ["goodsmith"]
