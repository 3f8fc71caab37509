"""Crossref works as JSON items, in the shape that its REST API returns in `message.items`."""

from datetime import date, timedelta
from random import Random
from typing import Any
from xml.sax.saxutils import escape

from puma.demo.world.dials import TODAY
from puma.demo.world.people import initials_of
from puma.demo.world.science import subscripted
from puma.demo.world.things import Author, Work, draw

KINDS = {
    "JOURNAL_ARTICLE": "journal-article",
    "PROCEEDINGS_ARTICLE": "proceedings-article",
    "BOOK_CHAPTER": "book-chapter",
}
FUNDERS = ("European Commission", "Agence Nationale de la Recherche", "Deutsche Forschungsgemeinschaft",
           "Engineering and Physical Sciences Research Council", "Swiss National Science Foundation",
           "Vetenskapsrådet", "National Science Foundation")  # fmt: skip


def _moment(day: date) -> dict[str, Any]:
    return {
        "date-parts": [[day.year, day.month, day.day]],
        "date-time": f"{day.isoformat()}T06:00:00Z",
    }


def _author(rng: Random, one: Author, position: int, *, initials: bool, affiliations: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "given": initials_of(one.given) if initials and not one.swapped else one.given,
        "family": one.family,
        "sequence": "first" if position == 0 else "additional",
        "affiliation": [{"name": line} for line in one.affiliations] if affiliations else [],
    }
    if one.orcid and draw(rng, 0.7):
        found["ORCID"] = f"http://orcid.org/{one.orcid}"
        found["authenticated-orcid"] = draw(rng, 0.5)
    return found


def item(rng: Random, work: Work) -> dict[str, Any]:
    """One work; affiliations are there for a third of the works, more often for recent ones."""
    day = work.published
    affiliations = draw(rng, 0.15 + max(0.0, day.year - 2010) * 0.035)
    initials = work.initials and draw(rng, 0.9)
    parts = [day.year, day.month, day.day] if draw(rng, 0.6) else [day.year, day.month]
    authors: list[dict[str, Any]] = [
        _author(rng, one, position, initials=initials, affiliations=affiliations)
        for position, one in enumerate(work.authors)
    ]
    if work.consortium:
        authors.append({"name": work.consortium, "sequence": "additional", "affiliation": []})
    found: dict[str, Any] = {
        "DOI": work.doi,
        "URL": f"https://doi.org/{work.doi}",
        "type": KINDS[work.type],
        "title": [subscripted(work.title)],
        "author": authors,
        "issued": {"date-parts": [parts]},
        "published": {"date-parts": [parts]},
        "created": _moment(day),
        "indexed": _moment(min(TODAY, day + timedelta(days=rng.randrange(20, 400)))),
        "publisher": work.journal.publisher if work.journal else "Example Academic Press",
        "container-title": [work.journal.title] if work.journal else ["Neutrons and Synchrotron Radiation in Science"],
        "volume": work.volume,
        "article-number": work.pages,
        "is-referenced-by-count": work.citations,
        "source": "Crossref",
        "member": "99999",
        "language": "en",
    }
    if work.journal:
        found["ISSN"] = [work.journal.issn]
        found["short-container-title"] = [work.journal.abbreviation]
    if work.abstract and draw(rng, 0.5):
        found["abstract"] = f"<jats:p>{subscripted(escape(work.abstract))}</jats:p>"
    if work.open_access in {"gold", "hybrid"}:
        found["license"] = [
            {
                "URL": "https://creativecommons.org/licenses/by/4.0/",
                "start": _moment(day),
                "delay-in-days": 0,
                "content-version": "vor",
            }
        ]
    if draw(rng, 0.35):
        funder = rng.choice(FUNDERS)
        found["funder"] = [{"name": funder, "award": [f"{rng.randrange(10_000, 999_999)}"] if draw(rng, 0.6) else []}]
    references: list[dict[str, Any]] = [{"DOI": doi, "doi-asserted-by": "publisher"} for doi in work.references]
    for doi in work.data_references:
        if draw(rng, 0.7):
            references.append({"DOI": doi} if draw(rng, 0.6) else {"unstructured": f"EPNS data, https://doi.org/{doi}"})
    for position, one in enumerate(references):
        one["key"] = f"ref{position + 1}"
    found["reference"] = references
    found["reference-count"] = found["references-count"] = len(references)
    return found
