"""The fixtures of the public door."""

from door import shop

__all__ = ["shop"]
