"""Two publications put together by hand that nobody suspects: the other one, the united record, what would move."""

from collections.abc import Mapping

from dashboards.authority.by_hand import Picker, preview, say, two
from dashboards.drawing import tags as html
from dashboards.drawing.words import counted
from dashboards.frame.acts import act
from dashboards.page import Act, Content, Desk, Done
from dashboards.panel import notice
from dashboards.record.halves import half
from puma.listing import Named, OnePublication, find_publications, one_publication

VERSIONS = ("PREPRINT", "THESIS")


def _publications(desk: Desk, words: str) -> list[Named]:
    return find_publications(desk.installation.storage, desk.viewer, words)


OTHER = Picker("twin", "The other publication", "Type a title or a DOI", "No such publication", _publications)


def body(desk: Desk, number: int) -> list[Content]:
    """The form for joining another publication to that of this number."""
    picked = desk.state.number(OTHER.key)
    both = one_publication(desk.installation.storage, desk.viewer, number, picked) if picked else None
    if both is None:
        return [OTHER.box(desk, number, "", None)]
    pair, keep, other = f"{number}/{picked}", both.keep, both.other
    sides = [half(keep, other, "stays", number), half(other, keep, "joins it", picked)]
    beside = Named(other.title or f"Record {picked}", picked, other.doi)
    tells = ", ".join(other.sources) or "nobody"
    moving = ((both.links, "links"), (other.files, "files"), (both.keywords, "keywords"),
              (both.collections, "collections"), (other.cited_by, "references to it"))  # fmt: skip
    counts = ", ".join(counted(count, what) for count, what in moving if count)
    would = f"{counts} would move to record {number}, and what {tells} tells." if counts else (
        f"What {tells} tells would be told of record {number}; nothing else hangs on the other one."
    )  # fmt: skip
    whole = html.Div(half(both.whole, keep, "the united record", None), className="doubt-sides united")
    answers = html.Div(
        [
            html.A("Keep the other record instead", href=f"/record/{picked}?hand=join&{OTHER.key}={number}",
                   className="button small plain go"),
            None if both.apart else act("They are two publications", "two", pair, look="small plain"),
        ],
        className="own",
    )  # fmt: skip
    if both.dois:
        words = f"They have two DOIs, {' and '.join(both.dois)}: those are two publications."
        return [OTHER.box(desk, number, "", beside), html.Div(sides, className="doubt-sides"),
                notice("They are not joined", words, tone="warn")]  # fmt: skip
    button = html.Div([say("Put together", "unite", pair, about=pair), answers])
    shown = preview(sides, would, _warnings(both), button)
    return [OTHER.box(desk, number, "", beside), shown[0], whole, *shown[1:]]


def _warnings(both: OnePublication) -> list[str]:
    """What to look at twice before the two are made one."""
    keep, other = both.keep, both.other
    versions = keep.type != other.type and {keep.type, other.type} & set(VERSIONS)
    strangers = keep.authors and other.authors and not set(keep.authors) & set(other.authors)
    years = keep.year and other.year and abs(keep.year - other.year) > 1
    said = (
        (both.apart, "Somebody said that these are two publications: say in the reason why they are one."),
        (versions, "Another version of a work, like a preprint or a thesis, is related to it and not joined."),
        (strangers, "They have no author in common."),
        (years, "They are years apart."),
        (both.links_of_both, f"{counted(both.links_of_both, 'links')} both have: that of the kept record stands."),
    )
    return [words for so, words in said if so]


def unite(desk: Desk, on: str, sent: Mapping[str, str]) -> Done:
    """Make two publications one. on: the numbers of the kept and the other one."""
    number = desk.installation.merge(desk.viewer, *two(on), sent.get("reason", ""))
    return Done("They are one publication now.", number, ("hand", OTHER.key))


def stay_two(desk: Desk, on: str, sent: Mapping[str, str]) -> Done:
    """Say that two publications are two. on: their numbers."""
    number = desk.installation.distinct(desk.viewer, *two(on), sent.get("reason", ""))
    return Done("They are two publications, and are not asked about again.", number, ("hand", OTHER.key))


ACTS: Mapping[str, Act] = {"unite": unite, "two": stay_two}
