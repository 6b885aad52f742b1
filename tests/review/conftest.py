"""The public door for tests of reviewing."""

from door import goodsmith, shop, vendor, vendor_process

__all__ = ["goodsmith", "shop", "vendor", "vendor_process"]
