"""What only the invented world knows: by which evidence a true link between a paper and a proposal can be found."""

from puma.demo.world.things import Proposal, Work


def evidence_of(work: Work, proposal: Proposal) -> list[str]:
    """What the records show of one true link, apart from full text."""
    found: list[str] = []
    if work.in_library and work.named_code == proposal.code:
        found.append("code_in_record")
    shown = {one.doi for one in proposal.datasets}
    if shown & set(work.data_references):
        found.append("data_cited")
    if any(work.doi and work.doi in one.related for one in proposal.datasets):
        found.append("data_relation")
    if (
        work.in_library
        and work.named_instrument
        and work.named_instrument in {one.name for one, _, _ in proposal.instruments}
    ):
        found.append("instrument")
    team = {person.key for person, role in proposal.people if role != "local_contact"}
    shared = sum(one.person.key in team for one in work.authors)
    found.append(f"authors:{shared}")
    if work.published < proposal.deposited:
        found.append("before_proposal")
    return found


def difficulty(evidence: list[str]) -> str:
    """identifier, text, instrument or people: the best kind of evidence a matcher can find."""
    if {"code_in_record", "data_cited", "data_relation"} & set(evidence):
        return "identifier"
    if {"text_code", "text_data"} & set(evidence):
        return "text"
    if {"instrument", "text_instrument"} & set(evidence):
        return "instrument"
    return "people"
