"""People as a search counts them: persons, not spellings, each under a name that the viewer may read."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import func, or_, select, true
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.entities import Authorship, Participant, Record
from puma.matching.persons.mentions import best_spelling
from puma.search.engine import FacetValue
from puma.search.folding import fold
from puma.storage import chunks
from puma.visibility import exists_for

PERSON = "person"
"""The facet of people. Its values are numbers of persons; where nobody was recognised, UNKNOWN and the name."""
NAMED = "named"
"""The field with each mention on a document: whom it stands for there, and the name as written."""
UNKNOWN = "~"
BETWEEN = "\x1f"  # of two words that one column, or one value, brings
_STEPS = 20  # of a person who was made one with somebody who was made one with ...

is_of_team = or_(Participant.role.is_(None), Participant.role != "local_contact")
"""Who asks for beam time; whoever only looks after it is none of the people of a proposal."""
_MENTIONS = (
    (Authorship.person_id, Authorship.name, Authorship.record_id, true()),
    (Participant.person_id, Participant.name, Participant.proposal_id, is_of_team),
)
"""Who, how written, on which record, and which of them count: works before proposals."""


def key_in(mention: str) -> str:
    """The value of PERSON that a value of NAMED stands for."""
    number, name = mention.split(BETWEEN, 1)
    return number or UNKNOWN + name


def name_in(mention: str) -> str:
    """The name as it is written in a value of NAMED."""
    return mention.split(BETWEEN, 1)[1]


def numbers_in(keys: Iterable[str]) -> dict[int, str]:
    """The numbers of persons among values of PERSON, each with its value."""
    return {int(key): key for key in keys if key.isascii() and key.isdigit() and len(key) < 16}


def standing_for(session: Session, keys: Iterable[str]) -> dict[str, str]:
    """What these values of PERSON are by now: somebody who was made one with another is that one."""
    numbers = numbers_in(keys)
    became = {number: number for number in numbers}
    for _ in range(_STEPS if became else 0):
        query = select(Record.id, Record.merged_into_id).where(
            Record.id.in_(sorted(set(became.values()))), Record.kind == "person", Record.merged_into_id.is_not(None)
        )
        into = {number: other or 0 for number, other in session.execute(query)}
        if not into:
            break
        became = {number: into.get(last, last) for number, last in became.items()}
    return {key: str(became[number]) for number, key in numbers.items()}


def names_of(session: Session, viewer: Viewer, keys: Iterable[str]) -> dict[str, str]:
    """How people are called, by value of PERSON: most fully, as written on works that exist for the viewer, else on
    proposals that do. Whom none of them names is left out: what is hidden lends no name."""
    wanted = list(keys)
    found = {key: key.removeprefix(UNKNOWN) for key in wanted if key.startswith(UNKNOWN)}
    numbers = numbers_in(wanted)
    for person, name, owner, counts in _MENTIONS:
        written: dict[int, Counter[str]] = defaultdict(Counter)
        for some in chunks(sorted(number for number, key in numbers.items() if key not in found)):
            query = select(person, name, func.count()).join(Record, Record.id == owner).group_by(person, name)
            for number, spelled, count in session.execute(query.where(person.in_(some), counts, exists_for(viewer))):
                if spelled.strip():
                    written[number or 0][spelled] = count
        found |= {numbers[number]: best_spelling(names) for number, names in written.items()}
    return found


def labelled(values: Sequence[FacetValue], names: Mapping[str, str]) -> list[FacetValue]:
    """Values of PERSON with their names, equal counts in the order of these; persons of one name also have a number."""
    shared = Counter(names.get(one.value, one.value) for one in values)
    found = []
    for one in values:
        name = names.get(one.value, one.value)
        is_alone = shared[name] == 1 or one.value.startswith(UNKNOWN)
        found.append(replace(one, label=name if is_alone else f"{name} #{one.value}"))
    return sorted(found, key=lambda one: (-one.count, fold(one.label), one.value))
