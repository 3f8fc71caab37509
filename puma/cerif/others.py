"""Persons, organisations, projects and instruments of CERIF-XML, and the service that tells of them."""

from collections.abc import Sequence

from puma.cerif.parts import (
    VOCABULARIES,
    Contributor,
    Element,
    Row,
    contributor,
    contributors_of,
    day,
    keywords,
    organisation,
    person,
    ror,
    say,
    several,
    spell,
    start,
    under,
)
from puma.cerif.works import PROPOSAL

ORGANISATIONS = "https://w3id.org/cerif/vocab/OrganisationTypes"
SECTORS = {
    "education": "HigherEducation", "government": "Government", "company": "Commercial", "healthcare": "Healthcare",
    "nonprofit": "PrivateNonProfit", "facility": "ResearchInstitute",
}  # fmt: skip
ROLES = {"proposer": "PrincipalInvestigator", "local_contact": "Contact"}


def somebody(row: Row) -> Element:
    """A Person, by name and ORCID iD; nothing that is not in public works."""
    made = start("Person", row.get("id"))
    family, given = str(row.get("family_name") or ""), str(row.get("given_name") or "")
    person(made, Contributor(f"{family}, {given}", family, given, str(row.get("orcid") or "")))
    return made


def institution(row: Row) -> Element:
    """An OrgUnit. parent: (number, name, ROR) of the one above it."""
    made = start("OrgUnit", row.get("id"))
    if word := SECTORS.get(str(row.get("sector") or "")):
        under(made, "Type", f"{ORGANISATIONS}#{word}", scheme=ORGANISATIONS)
    say(made, "Acronym", row.get("code"))
    spell(made, "Name", row.get("name"))
    ror(made, row.get("ror"))
    say(made, "ElectronicAddress", row.get("url"))
    if row.get("parent"):
        number, name, known = row["parent"]
        above = under(under(made, "PartOf"), "OrgUnit", id=number)
        spell(above, "Name", name)
        ror(above, known)
    elif row.get("parent_ror"):
        ror(under(under(made, "PartOf"), "OrgUnit"), row["parent_ror"])
    return made


def proposal(row: Row) -> Element:
    """A Project: a proposal that got beam time."""
    made = start("Project", row.get("id"))
    spell(made, "Title", row.get("title"))
    under(made, "Identifier", row.get("code"), type=PROPOSAL)
    if row.get("operation_year"):
        under(made, "StartDate", f"{row['operation_year']}-01-01")
    elif row.get("deposited_on"):
        under(made, "StartDate", day(row["deposited_on"]))
    _team(made, contributors_of(row, "proposers", "authors"))
    keywords(made, row)
    spell(made, "Abstract", row.get("abstract"))
    for number, name in row.get("equipment") or [(None, name) for name in several(row.get("instruments"))]:
        say(under(under(made, "Uses"), "Equipment", id=number), "Acronym", name)
    return made


def _team(made: Element, people: Sequence[Contributor]) -> None:
    """The members by their roles, in the order of the schema; who has none is a member."""
    if not people:
        return
    team = under(made, "Team")
    for role in ("PrincipalInvestigator", "Contact", "Member"):
        for one in people:
            if ROLES.get(one.role, "Member") == role:
                contributor(under(team, role), one)


def instrument(row: Row) -> Element:
    """An Equipment, owned by its facility. owner: (number, name)."""
    made = start("Equipment", row.get("id"))
    say(made, "Acronym", row.get("name"))
    spell(made, "Name", row.get("label") or row.get("name"))
    if row.get("pid"):
        under(made, "Identifier", row["pid"], type="https://w3id.org/cerif/vocab/IdentifierTypes#PIDINST")
    techniques = several(row.get("techniques"))
    spell(made, "Description", "; ".join(techniques))
    number, name = row.get("owner") or (None, row.get("facility"))
    if name:
        organisation(under(made, "Owner"), name, number)
    return made


def service(base: str, name: str, code: str, owner: int) -> Element:
    """The Service that Identify describes: this installation. base: its address; owner: number of the facility."""
    made = start("Service")
    made.set("id", "Services/1")
    space = f"{VOCABULARIES}OpenAIRE_Service_Compatibility"
    word = made.makeelement(f"{{{space}}}Compatibility", nsmap={None: space})  # type: ignore[dict-item]
    word.text = f"{space}#1.2"
    made.append(word)
    say(made, "Acronym", code)
    spell(made, "Name", name)
    say(made, "WebsiteURL", base)
    say(made, "OAIPMHBaseURL", f"{base}/oai")
    organisation(under(made, "Owner"), name, owner)
    return made
