"""Trial, run, resume, export: one call each. The only room that knows all the parts.

A part is loaded when it is asked for: looking at a sheet must not wait for what makes a run.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from goodsmith.catalog.template_workbooks import read_template
    from goodsmith.runner.attributes.classifying import classify_table
    from goodsmith.runner.attributes.completing import Completion, Fill
    from goodsmith.runner.attributes.frames import complete
    from goodsmith.runner.attributes.mapping import export_mapping, import_mapping
    from goodsmith.runner.attributes.table import AttributeRequest
    from goodsmith.runner.comparing import compare
    from goodsmith.runner.drive import Progress
    from goodsmith.runner.frames import enrich
    from goodsmith.runner.from_sentence import NewRecipe, new_recipe
    from goodsmith.runner.intake import Intake, TakenFile, take_in
    from goodsmith.runner.linting import Linted, lint
    from goodsmith.runner.looking import Inspection, inspect
    from goodsmith.runner.lots import LotPlan, LotState, draw_lot, lot_states, plan_lots, sign_lot
    from goodsmith.runner.planning import plan
    from goodsmith.runner.platform_reports import ReportTaken, take_platform_report
    from goodsmith.runner.questions import QuestionSheet, write_question_sheets
    from goodsmith.runner.request import CostForecast, Plan, PromptPreview, Request
    from goodsmith.runner.reviewing import BookReport, read_review_book, review_page, review_rows, write_review_book
    from goodsmith.runner.runs import Run, exit_code, list_runs, open_run, start
    from goodsmith.runner.schemas import import_schema, open_schema
    from goodsmith.runner.templates import Filled, FillRequest, fill, fill_template, offer_of_run, offer_of_table
    from goodsmith.runner.testing import RecipeTestOutcome, RecipeTestReport, run_recipe_tests
    from goodsmith.runner.trying import trial
    from goodsmith.trials import ModelTrial, Trial

__all__ = [
    "AttributeRequest",
    "BookReport",
    "Completion",
    "CostForecast",
    "Fill",
    "FillRequest",
    "Filled",
    "Inspection",
    "Intake",
    "Linted",
    "LotPlan",
    "LotState",
    "ModelTrial",
    "NewRecipe",
    "Plan",
    "Progress",
    "PromptPreview",
    "QuestionSheet",
    "RecipeTestOutcome",
    "RecipeTestReport",
    "ReportTaken",
    "Request",
    "Run",
    "TakenFile",
    "Trial",
    "classify_table",
    "compare",
    "complete",
    "draw_lot",
    "enrich",
    "exit_code",
    "export_mapping",
    "fill",
    "fill_template",
    "import_mapping",
    "import_schema",
    "inspect",
    "lint",
    "list_runs",
    "lot_states",
    "new_recipe",
    "offer_of_run",
    "offer_of_table",
    "open_run",
    "open_schema",
    "plan",
    "plan_lots",
    "read_review_book",
    "read_template",
    "review_page",
    "review_rows",
    "run_recipe_tests",
    "sign_lot",
    "start",
    "take_in",
    "take_platform_report",
    "trial",
    "write_question_sheets",
    "write_review_book",
]

_HOMES = {
    "goodsmith.catalog.template_workbooks": "read_template",
    "goodsmith.runner.attributes.classifying": "classify_table",
    "goodsmith.runner.attributes.completing": "Completion Fill",
    "goodsmith.runner.attributes.frames": "complete",
    "goodsmith.runner.attributes.mapping": "export_mapping import_mapping",
    "goodsmith.runner.attributes.table": "AttributeRequest",
    "goodsmith.runner.comparing": "compare",
    "goodsmith.runner.drive": "Progress",
    "goodsmith.runner.frames": "enrich",
    "goodsmith.runner.from_sentence": "NewRecipe new_recipe",
    "goodsmith.runner.intake": "Intake TakenFile take_in",
    "goodsmith.runner.linting": "Linted lint",
    "goodsmith.runner.looking": "Inspection inspect",
    "goodsmith.runner.lots": "LotPlan LotState draw_lot lot_states plan_lots sign_lot",
    "goodsmith.runner.planning": "plan",
    "goodsmith.runner.platform_reports": "ReportTaken take_platform_report",
    "goodsmith.runner.questions": "QuestionSheet write_question_sheets",
    "goodsmith.runner.request": "CostForecast Plan PromptPreview Request",
    "goodsmith.runner.reviewing": "BookReport read_review_book review_page review_rows write_review_book",
    "goodsmith.runner.runs": "Run exit_code list_runs open_run start",
    "goodsmith.runner.schemas": "import_schema open_schema",
    "goodsmith.runner.templates": "FillRequest Filled fill fill_template offer_of_run offer_of_table",
    "goodsmith.runner.testing": "RecipeTestOutcome RecipeTestReport run_recipe_tests",
    "goodsmith.runner.trying": "trial",
    "goodsmith.trials": "ModelTrial Trial",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
