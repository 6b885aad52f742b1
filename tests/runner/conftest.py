"""A shop with a vendor."""

from door import shop, vendor, vendor_process

__all__ = ["shop", "vendor", "vendor_process"]
