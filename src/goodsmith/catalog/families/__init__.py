"""Families: styles whose products differ only by colour, size and the like; proposed, shown, and seen as one."""

from goodsmith.catalog.families.keeping import keep_views, kept_views, views_path
from goodsmith.catalog.families.proposing import PROPOSED, propose_families
from goodsmith.catalog.families.report import Axis, FamilyReport, OpenList, report_families

__all__ = [
    "PROPOSED",
    "Axis",
    "FamilyReport",
    "OpenList",
    "keep_views",
    "kept_views",
    "propose_families",
    "report_families",
    "views_path",
]
