"""Named recipes: kept for everybody with an account, run again by name, deleted by who made them, brought back."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Select, insert, select, update

from puma.access import Viewer
from puma.entities import ReportRecipe
from puma.errors import Conflict, NotHere, Refused, WrongUsage
from puma.keeping import TO_PUBLISH, owner_of
from puma.reports.frozen import TO_FREEZE
from puma.reports.recipe import Recipe, recipe, recipe_of
from puma.storage import Storage, now
from puma.text import clean_text

LONGEST = 200


@dataclass(frozen=True, slots=True)
class RecipeView:
    """A named recipe. mine: whether the viewer may delete it."""

    id: int
    name: str
    recipe: Recipe
    made_by: str
    made_at: datetime
    mine: bool


def recipes(storage: Storage, viewer: Viewer, *, deleted: bool = False) -> list[RecipeView]:
    """All named recipes by name; deleted: those that one deleted."""
    if not viewer.at_least(TO_FREEZE):
        return []
    stands = ReportRecipe.deleted_at.is_not(None) if deleted else ReportRecipe.deleted_at.is_(None)
    with storage.reading() as session:
        views = [_view(one, viewer) for one in session.scalars(select(ReportRecipe).where(stands))]
    kept = [one for one in views if one.mine] if deleted else views
    return sorted(kept, key=lambda one: (one.name.casefold(), one.id))


def recipe_named(storage: Storage, viewer: Viewer, name: str) -> RecipeView:
    """A recipe by its name or number. Raises NotHere with the names there are."""
    known = recipes(storage, viewer)
    for one in known:
        if name in (one.name, str(one.id)):
            return one
    words = ", ".join(one.name for one in known) or "none yet"
    raise NotHere(f"There is no recipe {name!r}. There are: {words}.")


def save_recipe(storage: Storage, viewer: Viewer, name: str, asked: Recipe) -> int:
    """Keep a recipe under a name. Returns its number. Raises Conflict when the name is taken."""
    viewer.must_be(TO_FREEZE, "Keeping a recipe")
    named = clean_text(name)
    if not 0 < len(named) <= LONGEST:
        raise WrongUsage(f"A recipe needs a name of at most {LONGEST} letters.")
    row = {"name": named, "asked": asked.asked(), "made_by": owner_of(viewer), "account": viewer.account}
    with storage.writing() as session:
        _free(session.scalar(_standing(named)), named)
        new = insert(ReportRecipe).values(**row, made_at=now())
        return int(session.execute(new.returning(ReportRecipe.id)).scalar_one())


def delete_recipe(storage: Storage, viewer: Viewer, number: int) -> None:
    """Delete a recipe; it can be restored."""
    if not recipe_named(storage, viewer, str(number)).mine:
        raise Refused("Only who made a recipe, and the user office, may delete it.")
    with storage.writing() as session:
        session.execute(update(ReportRecipe).where(ReportRecipe.id == number).values(deleted_at=now()))


def restore_recipe(storage: Storage, viewer: Viewer, number: int) -> None:
    """Bring a deleted recipe back. Raises Conflict when its name was given away meanwhile."""
    found = next((one for one in recipes(storage, viewer, deleted=True) if one.id == number), None)
    if found is None:
        raise NotHere("There is no such deleted recipe.")
    with storage.writing() as session:
        _free(session.scalar(_standing(found.name)), found.name)
        session.execute(update(ReportRecipe).where(ReportRecipe.id == number).values(deleted_at=None))


def with_parameters(asked: Recipe, name: str = "", years: str = "", language: str = "") -> Recipe:
    """A recipe for another subject of its kind, for other years, or in another language; what is not given stays."""
    filters = {**asked.filters, **({"year": (years,)} if years else {})}
    changed = replace(asked, name=name or asked.name, filters=filters, language=language or asked.language)
    return recipe(changed.kind, changed.name, changed.filters, policy=changed.policy, counting=changed.counting,
                  language=changed.language)  # fmt: skip


def _standing(name: str) -> Select[int]:
    return select(ReportRecipe.id).where(ReportRecipe.name == name, ReportRecipe.deleted_at.is_(None)).limit(1)


def _free(held: int | None, name: str) -> None:
    if held is not None:
        raise Conflict(f"There is a recipe {name!r} already: give this one another name.")


def _view(one: ReportRecipe, viewer: Viewer) -> RecipeView:
    own = one.account == viewer.account if viewer.account else one.account == 0 and one.made_by == owner_of(viewer)
    asked = recipe_of(one.asked)
    return RecipeView(one.id, one.name, asked, one.made_by, one.made_at, own or viewer.at_least(TO_PUBLISH))
