"""The fixtures of the public door, and a real Postgres."""

from door import goodsmith, shop, vendor, vendor_process
from real_postgres import database_url, postgres

__all__ = ["database_url", "goodsmith", "postgres", "shop", "vendor", "vendor_process"]
