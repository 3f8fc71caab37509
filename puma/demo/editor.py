"""An editor of the sample facility: keeps a public collection of highlights, with which the public pages begin."""

from sqlalchemy import select

from puma.access import Viewer
from puma.entities import Link, Publication
from puma.installation import Installation
from puma.keeping import add, make

MOST, YEARS = 4, 4
ABOUT = "What our users found lately, chosen by the editor of the sample facility."


def choose_highlights(installation: Installation, last_year: int) -> int:
    """Put the most cited publications of the last years that came from beam time here into a public collection.
    Returns how many."""
    editor = Viewer("user_office", "EPNS editor")
    standing = (Link.state.in_(("validated", "auto")), Link.relation == "publication-proposal")
    credited = select(Link.left_id).where(*standing)
    query = (
        select(Publication.id)
        .where(Publication.id.in_(credited), Publication.year.between(last_year - YEARS, last_year))
        .where(Publication.abstract.is_not(None), Publication.type == "JOURNAL_ARTICLE")
        .order_by(Publication.citations.desc(), Publication.doi)
        .limit(MOST)
    )
    with installation.storage.reading() as session:
        chosen = list(session.scalars(query))
    title = installation.settings.public.highlights
    number = installation.keep(lambda storage: make(storage, editor, title, ABOUT, "public"))
    return installation.keep(lambda storage: add(storage, editor, number, chosen)).new
