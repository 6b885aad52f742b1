"""Trial, run, resume, export: one call each. The only room that knows all the parts."""

from goodsmith.catalog.template_workbooks import read_template
from goodsmith.runner.drive import Progress
from goodsmith.runner.frames import enrich
from goodsmith.runner.looking import Inspection, inspect
from goodsmith.runner.planning import plan
from goodsmith.runner.request import CostForecast, Plan, PromptPreview, Request
from goodsmith.runner.runs import Run, exit_code, list_runs, open_run, start
from goodsmith.runner.schemas import import_schema, open_schema

__all__ = [
    "CostForecast",
    "Inspection",
    "Plan",
    "Progress",
    "PromptPreview",
    "Request",
    "Run",
    "enrich",
    "exit_code",
    "import_schema",
    "inspect",
    "list_runs",
    "open_run",
    "open_schema",
    "plan",
    "read_template",
    "start",
]
