"""Persons put together or apart by hand: the forms, what would come of it, who may be the same, what was done."""

import re
from collections.abc import Mapping
from typing import Any

from dash import Input, Output, State

from dashboards.authority.by_hand import (
    OFFICE,
    Picker,
    Suspect,
    decided,
    form,
    preview,
    say,
    suspects,
    ticked,
    ticks,
    two,
)
from dashboards.drawing import tags as html
from dashboards.drawing.words import KINDS, amount, counted
from dashboards.frame.acts import entry
from dashboards.page import Act, Content, Desk, DeskOf, Done
from dashboards.people.pairs import side
from puma.errors import NotHere, WrongUsage
from puma.listing import Named, PersonView, alike, documents, find_persons, person, together

PATH = "/person"


def shown(desk: Desk) -> PersonView:
    """The person of the path. Raises NotHere when there is none for this viewer."""
    found = person(desk.installation.storage, desk.viewer, desk.number)
    if found is None:
        raise NotHere("There is no person of that number, or nothing of theirs is for your role.")
    return found


def _persons(desk: Desk, words: str) -> list[Named]:
    return find_persons(desk.installation.storage, desk.viewer, words)


OTHER = Picker("with", "The other person", "Type a family name", "Nobody of that name", _persons)


def alike_listed(desk: Desk) -> Content:
    """Persons who may be this one, with why; for who may decide."""
    one = shown(desk)
    if not desk.viewer.at_least(OFFICE):
        return None
    found = alike(desk.installation.storage, desk.viewer, one.id)[:8]
    told = [
        Suspect(each.person, PATH, (each.person.detail, counted(each.records, "records")), each.probability,
                each.evidence)
        for each in found
    ]  # fmt: skip
    return suspects(desk, "Perhaps the same person", one.id, OTHER, told)


def history(desk: Desk) -> Content:
    """What people decided on the person, and the way back."""
    return decided("Put together and apart", shown(desk).history, PATH)


# --- by hand ----------------------------------------------------------------------------------------------------------


def hand(desk: Desk) -> Content:
    """The form for putting persons together or taking one apart, with what would come of it."""
    which = desk.state.one("hand")
    if which not in ("join", "split") or not desk.viewer.at_least(OFFICE):
        return None
    one = shown(desk)
    if which == "join":
        return form(desk, "Put together with another person", *_join(desk, one), leaving=[OTHER.key])
    return form(desk, "Take this person apart", *_split(desk, one))


def _join(desk: Desk, one: PersonView) -> list[Content]:
    picked = desk.state.number(OTHER.key)
    both = together(desk.installation.storage, desk.viewer, one.id, picked) if picked else None
    if both is None:
        return [OTHER.box(desk, one.id, one.name.split(",")[0], None)]
    keep, other = both.keep, both.other
    whole = both.keep_records + both.other_records - both.shared
    total = f"{counted(whole, 'records')} will be of one person"
    said = (f"{total}: {amount(both.keep_records)} of {keep.name} and {amount(both.other_records)} of "
            f"{other.name}, whose page will lead there.")  # fmt: skip
    warnings = []
    if both.orcids:
        warnings.append(
            f"They have different ORCID iDs, {' and '.join(both.orcids)}. Two iDs are two persons unless one of them "
            "is wrong: say in the reason why they are one."
        )
    if both.shared:
        warnings.append(f"{counted(both.shared, 'records')} name both of them side by side, as two people.")
    pair = f"{keep.record_id}/{other.record_id}"
    return [
        OTHER.box(desk, one.id, one.name.split(",")[0], other if keep.record_id == one.id else keep),
        *preview(
            [side(keep, both.keep_records, "stays"), side(other, both.other_records, "joins it")],
            said, warnings, say("Put together", "join", pair, about=pair),
        ),
    ]  # fmt: skip


def _split(desk: Desk, one: PersonView) -> list[Content]:
    found = documents(desk.installation.storage, desk.viewer, one.id)
    if len(found) < 2:
        return [html.P("There is only one record, so there is nothing to take apart.", className="quiet")]
    options = [
        {
            "value": str(each.record_id),
            "label": html.Span(
                [
                    html.Span(str(each.year or "–"), className="person-span"),
                    html.Span(
                        [
                            html.Span(without_markup(each.title) or f"{KINDS[each.kind]} {each.record_id}"),
                            html.Span(
                                f"as {each.name}{f', {each.place}' if each.place else ''}", className="quiet small"
                            ),
                        ],
                        className="person-doc",
                    ),
                ],
                className="person-option",
            ),
        }
        for each in found
    ]
    return [
        html.P("Tick what is another person's. It goes to a new person, also when it is harvested again.",
               className="quiet small"),
        ticks("records", "Records of another person", options, seen=False),
        html.P(f"Nothing is ticked yet: all {counted(len(found), 'records')} stay.", id="split-said",
               className="person-outcome", **{"aria-live": "polite"}),
        say("Take apart", "split", str(one.id), about=f"split/{one.id}/{len(found)}"),
    ]  # fmt: skip


def without_markup(text: str) -> str:
    """A title without its sub- and superscript marks."""
    return re.sub(r"</?(?:sub|sup|i|b|em|strong)>", "", text)


def join(desk: Desk, on: str, sent: Mapping[str, str]) -> Done:
    """Put two persons together. on: their numbers."""
    number = desk.installation.join(desk.viewer, *two(on), sent.get("reason", ""))
    return Done("They are one person now.", number, ("hand", OTHER.key))


def split(desk: Desk, on: str, sent: Mapping[str, str]) -> Done:
    """Take a person apart. on: its number; the form holds the records that go."""
    records = ticked(sent.get("records", ""))
    if not records:
        raise WrongUsage("Tick at least one record that is another person's.")
    number = desk.installation.split(desk.viewer, int(on), records, sent.get("reason", ""))
    return Done(f"{counted(len(records), 'records')} went to a new person.", number, ("hand",))


def apart(desk: Desk, on: str, sent: Mapping[str, str]) -> Done:
    """Say that two persons are two. on: their numbers."""
    number = desk.installation.apart(desk.viewer, *two(on), sent.get("reason", ""))
    return Done("They are two persons, and are not asked about again.", number)


ACTS: Mapping[str, Act] = {"join": join, "split": split, "apart": apart}


def wire(app: Any, desk_of: DeskOf) -> None:
    """The picker asks for what is typed into it; the sentence under the list says what would come of it."""
    OTHER.wire(app, desk_of)

    async def would(ticks_now: list[str], options: list[Any]) -> str:
        total, going = len(options or ()), len(ticks_now or ())
        if not going:
            return f"Nothing is ticked yet: all {counted(total, 'records')} stay."
        return f"{counted(going, 'records')} of {amount(total)} will be of a new person; {amount(total - going)} stay."

    app.callback(
        Output("split-said", "children"),
        Input(entry("records"), "value"),
        State(entry("records"), "options"),
    )(would)
