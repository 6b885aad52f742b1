"""The fixtures of the public door."""

from door import goodsmith, shop, vendor, vendor_process

__all__ = ["goodsmith", "shop", "vendor", "vendor_process"]
