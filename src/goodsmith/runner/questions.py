"""What is not known becomes one question sheet for each supplier, in the language that the supplier writes in."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from goodsmith.base.scripts import count_letters
from goodsmith.errors import UnknownName, UsageError
from goodsmith.export.atomic import written_whole
from goodsmith.review.questions import is_unknown, write_questions
from goodsmith.runner.reviewing import review_rows, slots_by_locale
from goodsmith.runner.runs import Run

MAX_SHEETS = 200
CHINESE_SHARE = 0.2  # of the letters; brands and units are Latin everywhere


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSheet:
    """One workbook that was written. cells: how many are asked for."""

    supplier: str
    path: str
    language: str
    products: int
    cells: int


@dataclass(slots=True)
class _Supplier:
    """What is lacking of a supplier's products, and in what script they are described."""

    products: int = 0
    asked: dict[str, None] = field(default_factory=dict)
    han: int = 0
    letters: int = 0

    @property
    def language(self) -> str:
        return "zh" if self.han > CHINESE_SHARE * self.letters else "en"


def write_question_sheets(run: Run, folder: str | Path, *, per: str | None = None) -> list[QuestionSheet]:
    """Ask for every required value that the run's rows lack: one workbook for each value of the column `per`.

    The answers come back by the import of review books. Raises UnknownName for the column.
    """
    spec = run.row.spec
    if per is not None and per not in spec.columns:
        raise UnknownName("column", per, spec.columns, kind_zh="列")
    slots_of = slots_by_locale(run.row)
    fields = tuple(dict.fromkeys(spec.mapping.values()))[:3]
    found: defaultdict[str, _Supplier] = defaultdict(_Supplier)
    for row in review_rows(run, queue="all", undecided=False):
        lacking = [slot.spec.slot for slot in slots_of[row.locale] if is_unknown(row, slot)]
        if not lacking:
            continue
        supplier = found[row.fields.get(per, "").strip() if per else ""]
        supplier.products += 1
        supplier.asked.update(dict.fromkeys(lacking))
        letters = count_letters(" ".join(row.fields.get(name, "")[:200] for name in fields))
        supplier.han += letters.get("Han", 0)
        supplier.letters += sum(letters.values())
    if len(found) > MAX_SHEETS:
        raise UsageError(
            f"column {per!r} has more than {MAX_SHEETS} values with open questions; choose another with --per",
            zh=f"列 {per!r} 中有待补充内容的取值超过 {MAX_SHEETS} 个;请用 --per 选择其他列",
        )
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    made = []
    for name, supplier in found.items():
        path = target / f"questions-{'-'.join(part for part in (_plain(name), run.id) if part)}.xlsx"
        rows = (
            row
            for row in review_rows(run, queue="all", undecided=False)
            if not per or row.fields.get(per, "").strip() == name
        )
        with written_whole(path) as part:
            cells = write_questions(
                part,
                rows,
                run_id=run.id,
                slots_of=slots_of,
                asked=tuple(supplier.asked),
                fields=fields,
                language=supplier.language,
            )
        made.append(
            QuestionSheet(
                supplier=name, path=str(path), language=supplier.language, products=supplier.products, cells=cells
            )
        )
    return made


def _plain(name: str) -> str:
    return re.sub(r"[^\w.()+-]+", "_", name, flags=re.UNICODE).strip("._")[:60]
