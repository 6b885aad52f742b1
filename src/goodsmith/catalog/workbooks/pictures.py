"""Pictures on a sheet: which there are, and in which row and column."""

from goodsmith.catalog.notices import NoticeBoard
from goodsmith.catalog.workbooks.tail import Tail
from goodsmith.catalog.workbooks.workbook import Sheet, Workbook


def note_pictures(book: Workbook, sheet: Sheet, tail: Tail, board: NoticeBoard) -> None:
    """X"""
