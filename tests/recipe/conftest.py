"""The public door, for tests that use recipes as a person does."""

from door import goodsmith as terminal
from door import shop, vendor, vendor_process

__all__ = ["shop", "terminal", "vendor", "vendor_process"]
