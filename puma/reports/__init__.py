"""Reports: an instrument, a country, an institution or the facility on paper, frozen, and compared with now."""

from puma.reports.changes import Changes, Difference, Line, Touched, changes_since
from puma.reports.content import KINDS, Report, Section, make, make_report
from puma.reports.formats import FORMATS, write_report
from puma.reports.frozen import (
    TO_FREEZE,
    FrozenView,
    delete_frozen,
    freeze,
    frozen_file,
    frozen_report,
    frozen_reports,
    open_frozen,
    restore_frozen,
    seen,
)
from puma.reports.growing import Mark, Part, grow
from puma.reports.jobs import Again, Job, Jobs, Make, Order, jobs_in, told_rows
from puma.reports.making import LONG, REPORT, in_background, is_long, reports_again
from puma.reports.recipe import SURE, Recipe, recipe
from puma.reports.recipes import (
    RecipeView,
    delete_recipe,
    recipe_named,
    recipes,
    restore_recipe,
    save_recipe,
    with_parameters,
)

__all__ = [
    "FORMATS",
    "KINDS",
    "LONG",
    "REPORT",
    "SURE",
    "TO_FREEZE",
    "Again",
    "Changes",
    "Difference",
    "FrozenView",
    "Job",
    "Jobs",
    "Line",
    "Make",
    "Mark",
    "Order",
    "Part",
    "Recipe",
    "RecipeView",
    "Report",
    "Section",
    "Touched",
    "changes_since",
    "delete_frozen",
    "delete_recipe",
    "freeze",
    "frozen_file",
    "frozen_report",
    "frozen_reports",
    "grow",
    "in_background",
    "is_long",
    "jobs_in",
    "make",
    "make_report",
    "open_frozen",
    "recipe",
    "recipe_named",
    "recipes",
    "reports_again",
    "restore_frozen",
    "restore_recipe",
    "save_recipe",
    "seen",
    "told_rows",
    "with_parameters",
    "write_report",
]
