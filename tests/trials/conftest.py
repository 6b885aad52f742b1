"""The public door for trials."""

from door import goodsmith, shop, vendor, vendor_process

__all__ = ["goodsmith", "shop", "vendor", "vendor_process"]
