"""The facility's library as MARCXML records inside OAI-PMH `record` elements, one per line, as Invenio writes them."""

from datetime import date, datetime, timedelta
from random import Random
from xml.sax.saxutils import escape, quoteattr

from puma.demo.world.dials import TODAY, Dials
from puma.demo.world.people import initials_of
from puma.demo.world.things import Author, Copy, Work, draw

REPOSITORY = "library.epns.example.org"
SITE = f"https://{REPOSITORY}"
"""Where links in records point; the demo server puts its own address in its place."""
OAI_NS = "http://www.openarchives.org/OAI/2.0/"
MARC_NS = "http://www.loc.gov/MARC21/slim"
TYPES = {
    "JOURNAL_ARTICLE": "journal", "PROCEEDINGS_ARTICLE": "contrib", "THESIS": "phd", "PREPRINT": "preprint",
    "BOOK_CHAPTER": "contb", "OTHER": "report", "DATA_PAPER": "journal", "BOOK": "book",
}  # fmt: skip


def oai_identifier(number: int) -> str:
    return f"oai:{REPOSITORY}:{number}"


def datestamp(rng: Random, published: date) -> str:
    """When the library last touched the record: some months after publication, or during a later clean-up."""
    day = published + timedelta(days=int(rng.lognormvariate(4.4, 0.9)))
    if draw(rng, 0.15):
        day += timedelta(days=rng.randrange(1500))
    day = min(day, TODAY - timedelta(days=1))
    moment = datetime(day.year, day.month, day.day, rng.randrange(24), rng.randrange(60), rng.randrange(60))
    return f"{moment.isoformat()}Z"


def _field(tag: str, subfields: list[tuple[str, str]], first: str = " ", second: str = " ") -> str:
    inner = "".join(f'<subfield code="{code}">{escape(value)}</subfield>' for code, value in subfields if value)
    return f'<datafield tag="{tag}" ind1="{first}" ind2="{second}">{inner}</datafield>' if inner else ""


def marc_name(author: Author, *, initials: bool) -> str:
    given = initials_of(author.given) if initials and not author.swapped else author.given
    return f"{author.family}, {given}" if given else author.family


def _people(rng: Random, authors: list[Author], *, initials: bool, affiliations: bool) -> str:
    parts: list[str] = []
    for position, one in enumerate(authors):
        fields = [("a", marc_name(one, initials=initials)), ("b", str(position))]
        if one.orcid and draw(rng, 0.6):
            fields.append(("0", f"(orcid){one.orcid}"))
        if one.person.staff:
            fields.append(("0", f"P:(EPNS){one.person.key}"))
        if affiliations:
            fields += [("u", line) for line in one.affiliations]
        if position == len(authors) - 1 and len(authors) > 1:
            fields.append(("e", "Corresponding author"))
        parts.append(_field("100" if position == 0 else "700", fields, "1"))
    return "".join(parts)


def _record(number: int, stamp: str, sets: list[str], body: str) -> str:
    header = (
        f"<header><identifier>{oai_identifier(number)}</identifier><datestamp>{stamp}</datestamp>"
        + "".join(f"<setSpec>{one}</setSpec>" for one in sets)
        + "</header>"
    )
    return (
        f"<record>{header}<metadata><record xmlns={quoteattr(MARC_NS)}>"
        f'<leader>00000nab a2200000uu 4500</leader><controlfield tag="001">{number}</controlfield>'
        f"{body}</record></metadata></record>"
    )


def record(rng: Random, work: Work, dials: Dials) -> str:
    """The library's own record of a work, on one line."""
    published = work.published
    if draw(rng, dials.wrong_year):
        published = published.replace(
            year=min(TODAY.year, published.year + rng.choice((-1, 1, 2))), day=min(28, published.day)
        )
    shown = "" if draw(rng, 0.04) else work.doi
    parts = []
    if shown:
        parts.append(_field("024", [("a", shown), ("2", "doi")], "7"))
    if work.journal:
        parts.append(_field("024", [("a", work.journal.issn), ("2", "ISSN")], "7"))
    parts.append(
        _field("024", [("a", f"altmetric:{work.citations * 37 + 1000}"), ("2", "altmetric")], "7")
        if draw(rng, 0.1)
        else ""
    )
    parts.append(_people(rng, work.authors, initials=work.initials and draw(rng, 0.8), affiliations=draw(rng, 0.85)))
    if work.consortium:
        parts.append(_field("710", [("a", work.consortium)], "2"))
    parts.append(_field("245", [("a", work.title)]))
    day = published.isoformat() if draw(rng, 0.6) else f"{published:%Y-%m}" if draw(rng, 0.4) else str(published.year)
    publisher = work.journal.publisher if work.journal else "EPNS" if work.type == "OTHER" else ""
    parts.append(_field("260", [("b", publisher), ("c", day)]))
    if work.abstract:
        parts.append(_field("520", [("a", work.abstract)]))
    if draw(rng, 0.5):
        parts += [_field("653", [("a", word)], "2", "7") for word in work.keywords]
    if work.subject and draw(rng, 0.3):
        parts.append(_field("650", [("a", work.subject.topic.field), ("2", "EPNS")], "1", "7"))
    if work.named_code:
        parts.append(
            _field("500", [("a", f"EPNS proposal {work.named_code}")])
            if draw(rng, 0.5)
            else _field("536", [("a", "Beam time of an EPNS proposal"), ("c", work.named_code)])
        )
    if work.named_instrument:
        parts.append(
            _field(
                "693",
                [("a", "EPNS"), ("e", f"{work.named_instrument}: user experiments"), ("f", work.named_instrument)],
            )
        )
    if work.journal:
        parts.append(
            _field(
                "773",
                [
                    ("a", shown),
                    ("p", work.journal.title),
                    ("v", work.volume),
                    ("q", work.pages),
                    ("x", work.journal.issn),
                    ("y", str(published.year)),
                ],
            )  # fmt: skip
        )
    elif work.type == "BOOK_CHAPTER":
        parts.append(
            _field("773", [("t", "Neutrons and Synchrotron Radiation in Science"), ("y", str(published.year))])
        )
    if work.pdf and draw(rng, 0.85):
        parts.append(_field("856", [("u", f"{SITE}/pdfs/{work.pdf}"), ("y", "Full text")], "4"))
    if work.open_access in {"gold", "hybrid", "green"} and draw(rng, 0.8):
        parts.append(_field("915", [("0", "StatID:(EPNS)0510"), ("a", "OpenAccess")]))
    parts.append(_field("980", [("a", TYPES[work.type])]))
    sets = ["publications", TYPES[work.type]]
    return _record(work.library_number, datestamp(rng, work.published), sets, "".join(parts))


def copy_record(rng: Random, work: Work, copy: Copy) -> str:
    """The mirror's record of the same work, or of its preprint or erratum; a deleted one keeps its header only."""
    stamp = datestamp(rng, copy.published)
    if copy.deleted:
        return (
            f'<record><header status="deleted"><identifier>{oai_identifier(copy.number)}</identifier>'
            f"<datestamp>{stamp}</datestamp><setSpec>archive</setSpec></header></record>"
        )
    authors = work.authors
    if draw(rng, 0.15) and len(authors) > 4:
        authors = authors[:3]
    parts = [_field("024", [("a", copy.doi), ("2", "doi")], "7") if copy.doi else ""]
    parts.append(_people(rng, authors, initials=copy.initials, affiliations=draw(rng, 0.3)))
    parts.append(_field("245", [("a", copy.title)]))
    parts.append(_field("260", [("c", str(copy.published.year))]))
    if copy.with_abstract and work.abstract:
        parts.append(_field("520", [("a", work.abstract)]))
    if work.journal and copy.relation != "preprint":
        parts.append(
            _field(
                "773",
                [("p", work.journal.title if draw(rng, 0.5) else work.journal.abbreviation), ("v", work.volume)],
            )
        )
    kind = "preprint" if copy.relation == "preprint" else "journal"
    parts.append(_field("980", [("a", kind)]))
    return _record(copy.number, stamp, ["archive", kind], "".join(parts))
