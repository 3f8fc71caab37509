"""Institutions put together, taken apart or renamed by hand: the forms, what would move, who may be the same."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from anyio import to_thread
from dash import Input, Output, State, no_update
from dash.development.base_component import Component

from dashboards.authority.by_hand import (
    OFFICE,
    Picker,
    Suspect,
    decided,
    fact_list,
    form,
    preview,
    say,
    suspects,
    ticked,
    ticks,
    two,
)
from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.words import amount, counted
from dashboards.frame.acts import entry, kept
from dashboards.page import Act, Content, Desk, DeskOf, Done
from puma.errors import NotHere, PumaError, WrongUsage
from puma.listing import (
    Bulk,
    InstitutionView,
    Named,
    Standing,
    alike_institutions,
    bulk_of,
    find_records,
    institution,
    institution_acts,
    one_institution,
)

PATH = "/institution"
FORMS = {"join": "Put together with another institution", "split": "Take this institution apart",
         "name": "Preferred name"}  # fmt: skip


def shown(desk: Desk) -> InstitutionView:
    """The institution of the path. Raises NotHere when there is none for this viewer."""
    found = institution(desk.installation.storage, desk.viewer, desk.number)
    if found is None:
        raise NotHere("There is no institution of that number.")
    return found


def _institutions(desk: Desk, words: str) -> list[Named]:
    return find_records(desk.installation.storage, desk.viewer, "institution", words)


OTHER = Picker("beside", "The other institution", "Type a name or a city", "None of that name", _institutions)


def ways(desk: Desk) -> list[Component]:
    """Links to the forms, for who may decide."""
    if not desk.viewer.at_least(OFFICE):
        return []
    here = desk.state.one("hand")
    words = {"join": "Put together", "split": "Take apart", "name": "Rename"}
    return [
        html.A(word, href=desk.state.put("hand", which).query(), className="button small go",
               **({"aria-current": "true"} if which == here else {}))
        for which, word in words.items()
    ]  # fmt: skip


def moved(bulk: Bulk) -> str:
    """``42 affiliations, 17 publications and 3 proposals``."""
    publications, proposals = counted(bulk.publications, "publications"), counted(bulk.proposals, "proposals")
    return f"{counted(bulk.affiliations, 'affiliations')}, {publications} and {proposals}"


def alike_listed(desk: Desk) -> Content:
    """Institutions that may be this one, with why; for who may decide."""
    if not desk.viewer.at_least(OFFICE):
        return None
    one = shown(desk)
    found = alike_institutions(desk.installation.storage, desk.viewer, one.id)[:8]
    told = [
        Suspect(each.institution, PATH, (each.institution.detail, moved(each.bulk)), each.probability, each.evidence)
        for each in found
    ]
    return suspects(desk, "Perhaps the same institution", one.id, OTHER, told)


def history(desk: Desk) -> Content:
    """What people decided on it, and the way back."""
    acts = institution_acts(desk.installation.storage, desk.viewer, shown(desk).id)
    return decided("Decided by people", acts, PATH)


# --- forms ------------------------------------------------------------------------------------------------------------


def hand(desk: Desk) -> Content:
    """The form that was asked for, with what would come of it."""
    which = desk.state.one("hand")
    if which not in FORMS or not desk.viewer.at_least(OFFICE):
        return None
    one = shown(desk)
    body = {"join": _join, "split": _split, "name": _name}[which](desk, one)
    return form(desk, FORMS[which], *body, leaving=[OTHER.key])


def _join(desk: Desk, one: InstitutionView) -> list[Content]:
    picked = desk.state.number(OTHER.key)
    both = one_institution(desk.installation.storage, desk.viewer, one.id, picked) if picked else None
    if both is None:
        return [OTHER.box(desk, one.id, one.name, None)]
    keep, other = both.keep, both.other
    warnings = []
    if keep.ror and other.ror:
        warnings.append(
            f"The registry knows them as two, {keep.ror} and {other.ror}: say in the reason why they count as one here."
        )
    if keep.country and other.country and keep.country != other.country:
        warnings.append(
            f"They are in different countries, {keep.country} and {other.country}: all would count for {keep.country}."
        )
    pair = f"{keep.institution.record_id}/{other.institution.record_id}"
    said = f"{moved(other.bulk)} would move to {keep.institution.name}, which then has {moved(both.both)}."
    beside = (other if keep.institution.record_id == one.id else keep).institution
    return [
        OTHER.box(desk, one.id, one.name, beside),
        *preview(
            [_side(keep, "stays"), _side(other, "joins it")], said, warnings,
            say("Put together", "join", pair, about=pair),
        ),
    ]  # fmt: skip


def _side(one: Standing, what: str) -> Component:
    rows = [("ROR", one.ror), ("City", one.city), ("Country", one.country), ("Has", moved(one.bulk))]
    head = [html.A(one.institution.name, href=f"{PATH}/{one.institution.record_id}", className="go"),
            html.Span(f"from {one.said_by}", className="quiet"), html.Span(what, className="badge quiet")]  # fmt: skip
    return html.Div([html.P(head, className="spaced small"), fact_list((name, value, False) for name, value in rows)])


def _split(desk: Desk, one: InstitutionView) -> list[Content]:
    written = [each for each in one.written if each.text]
    if not written:
        return [html.P("Nobody wrote an affiliation that means it, so there is nothing to take apart.",
                       className="quiet")]  # fmt: skip
    options = [
        {
            "value": str(each.affiliation_id),
            "label": html.Span(
                [html.Span(each.text), html.Span(counted(each.records, "records"), className="quiet small")],
                className="person-doc",
            ),
        }
        for each in written[:400]
    ]
    about = f"split/{one.id}/{len(written)}"
    return [
        html.P("Tick what is another institution's. It goes to a new one, also for whoever writes it so later.",
               className="quiet small"),
        ticks("affiliations", "Affiliations of another institution", options, seen=False),
        html.P("Nothing is ticked yet: nothing would move.", id="authority-said", className="person-outcome",
               **{"aria-live": "polite"}),
        say(
            "Take apart", "split", str(one.id),
            widgets.TextInput(id=entry("name"), label="Name of the new institution", value="", **kept(about)),
            widgets.TextInput(id=entry("city"), label="City", value=one.city, **kept(about)),
            widgets.TextInput(id=entry("country"), label="Country (two letters)", value=one.country, **kept(about)),
            about=about,
        ),
    ]  # fmt: skip


def _name(desk: Desk, one: InstitutionView) -> list[Content]:
    about = f"name/{one.id}/{one.name}"
    return [
        html.P("It is shown on every page, in every search and export. The name so far is still understood in "
               "affiliations.", className="quiet small"),
        say(
            "Use this name", "name", str(one.id),
            widgets.TextInput(id=entry("name"), label="Preferred name", value=one.name, **kept(about)), about=about,
        ),
    ]  # fmt: skip


# --- acts -------------------------------------------------------------------------------------------------------------


def join(desk: Desk, on: str, sent: Mapping[str, str]) -> Done:
    """Put two institutions together. on: their numbers."""
    number = desk.installation.join(desk.viewer, *two(on), sent.get("reason", ""))
    return Done("They are one institution now.", number, ("hand", OTHER.key))


def apart(desk: Desk, on: str, sent: Mapping[str, str]) -> Done:
    """Say that two institutions are two. on: their numbers."""
    number = desk.installation.apart(desk.viewer, *two(on), sent.get("reason", ""))
    return Done("They are two institutions, and are not asked about again.", number)


def split(desk: Desk, on: str, sent: Mapping[str, str]) -> Done:
    """Take an institution apart. on: its number; the form holds the affiliations that go and the new name."""
    going = ticked(sent.get("affiliations", ""))
    name = sent.get("name", "").strip()
    if not going:
        raise WrongUsage("Tick at least one affiliation that is another institution's.")
    if not name:
        raise WrongUsage("Give the new institution a name.")
    more = {word: sent.get(word, "") for word in ("city", "country", "reason")}
    number = desk.installation.split_off(desk.viewer, int(on), going, name, **more)
    return Done(f"{counted(len(going), 'affiliations')} mean {name} now.", number, ("hand",))


def rename(desk: Desk, on: str, sent: Mapping[str, str]) -> Done:
    """Give an institution its preferred name. on: its number."""
    name = sent.get("name", "").strip()
    if name == shown(desk).name:
        raise WrongUsage("It is called so already.")
    number = desk.installation.correct(desk.viewer, int(on), {"name": name}, sent.get("reason", ""))
    return Done(f"It is called {name} from now on.", number, ("hand",))


ACTS: Mapping[str, Act] = {"join": join, "apart": apart, "split": split, "name": rename}


def wire(app: Any, desk_of: DeskOf) -> None:
    """The picker asks for what is typed into it; the sentence under the list says what would move."""
    OTHER.wire(app, desk_of)

    async def would(going: list[str], options: list[Any], pathname: str) -> Any:
        return await to_thread.run_sync(partial(_say, desk_of, str(pathname or ""), going or [], len(options or ())))

    app.callback(
        Output("authority-said", "children"),
        Input(entry("affiliations"), "value"),
        State(entry("affiliations"), "options"),
        State("url", "pathname"),
    )(would)


def _say(desk_of: DeskOf, pathname: str, going: list[str], total: int) -> Any:
    if not going:
        return "Nothing is ticked yet: nothing would move."
    desk = desk_of(pathname, "", "light")
    try:
        bulk = bulk_of(desk.installation.storage, desk.viewer, [int(one) for one in going if one.isdigit()])
    except PumaError:
        return no_update
    return f"{moved(bulk)} would move to the new institution; {amount(total - len(going))} affiliations stay."
