"""The invented world keeps what its dials promise, and no invented thing touches a real one."""

import re
from collections import Counter
from dataclasses import replace

import pytest

from puma.demo.world import EASY, HARD, REALISTIC, Dials, make_world
from puma.demo.world.instruments import calls, contributions, instruments
from puma.demo.world.people import initials_of, orcid
from puma.demo.world.science import subscripted
from puma.demo.world.things import Proposal, Work
from puma.demo.world.vocabulary import institutions, journals, sentences, topics
from puma.identifiers import clean_orcid
from tests.demo.conftest import Written


def works(written: Written) -> list[Work]:
    return [work for block in written.blocks for work in block.works]


def proposals(written: Written) -> list[Proposal]:
    return [proposal for block in written.blocks for proposal in block.proposals]


def share(hits: int, total: int) -> float:
    assert total > 30
    return hits / total


def test_the_small_facility_has_its_promised_size(written: Written) -> None:
    assert written.counts["proposals"] == 600
    assert 810 <= written.counts["publications"] <= 1000
    assert 340 <= written.counts["datasets"] <= 460
    assert written.counts["pdfs"] == 40


def test_refusals_follow_their_dial(written: Written) -> None:
    decisions = Counter(one.decision for one in proposals(written))
    assert 0.36 <= share(decisions["refused"] + decisions["reserve"], 600) <= 0.52
    assert set(decisions) == {"accepted", "refused", "reserve", "withdrawn"}
    assert any(one.confidential for one in proposals(written))


def test_half_of_the_mature_proposals_gave_a_paper(written: Written) -> None:
    linked = {one.code for work in works(written) for one in work.proposals}
    mature = [one for one in proposals(written) if one.sessions and one.sessions[-1].end.year < 2022]
    assert 0.35 <= share(sum(one.code not in linked for one in mature), len(mature)) <= 0.55


def test_every_second_paper_of_the_library_has_no_proposal(written: Written) -> None:
    held = [work for work in works(written) if work.in_library]
    assert 0.35 <= share(sum(not work.proposals for work in held), len(held)) <= 0.60
    several = [work for work in works(written) if work.proposals]
    assert 0.10 <= share(sum(len(work.proposals) > 1 for work in several), len(several)) <= 0.25


def test_only_delivered_beam_time_gives_papers(written: Written) -> None:
    for work in works(written):
        for proposal in work.proposals:
            assert proposal.decision == "accepted"
            assert proposal.sessions


def test_people_move_between_proposal_and_paper(written: Written) -> None:
    moved = total = 0
    for work in works(written):
        for proposal in work.proposals[:1]:
            year = proposal.deposited.year + proposal.deposited.timetuple().tm_yday / 366
            homes = {one.key: one.station(year).institution.ror for one, _ in proposal.people}
            for author in work.authors:
                if author.person.key in homes and not author.person.staff:
                    total += 1
                    moved += author.rors != [homes[author.person.key]]
    assert 0.20 <= share(moved, total) <= 0.42


def test_metadata_rarely_name_the_instrument_rightly(written: Written) -> None:
    linked = [work for work in works(written) if work.proposals]
    right = sum(work.named_instrument in {one.name for one in work.instruments} for work in linked)
    assert 0.65 <= 1 - share(right, len(linked)) <= 0.85
    assert 0.25 <= share(sum(not work.abstract for work in works(written)), len(works(written))) <= 0.40


def test_lags_have_a_long_tail_and_a_few_papers_come_first(written: Written) -> None:
    lags = sorted(
        (work.published - work.proposals[0].sessions[-1].end).days / 365.25 for work in works(written) if work.proposals
    )
    assert 1.4 <= lags[len(lags) // 2] <= 2.3
    assert lags[-1] > 4.5
    assert any(work.published < work.proposals[0].deposited for work in works(written) if work.proposals)


def test_titles_of_a_team_are_nearly_identical(written: Written) -> None:
    assert len({one.title for one in proposals(written)}) < 0.9 * 600


def test_open_access_grows_over_the_years(written: Written) -> None:
    def opened(first: int, last: int) -> float:
        some = [one for one in works(written) if first <= one.published.year <= last and one.type == "JOURNAL_ARTICLE"]
        return share(sum(one.open_access in {"gold", "hybrid", "green"} for one in some), len(some))

    assert opened(2005, 2012) + 0.2 < opened(2019, 2026)


def test_citations_have_a_heavy_tail(written: Written) -> None:
    counts = sorted((one.citations for one in works(written)), reverse=True)
    assert sum(counts[: len(counts) // 10]) > 0.35 * sum(counts)


def test_no_sample_is_studied_before_its_time(written: Written) -> None:
    for proposal in proposals(written):
        subject = proposal.subject
        assert subject.topic.since[subject.sample] <= max(proposal.deposited.year, min(subject.topic.since))


def test_the_presets_are_ordered_by_difficulty() -> None:
    for name in ("no_proposal", "synonyms", "homonyms", "initials", "instrument_missing", "lookalikes", "no_lead"):
        assert getattr(EASY, name) < getattr(REALISTIC, name) < getattr(HARD, name)
    assert EASY.code_in_record > REALISTIC.code_in_record > HARD.code_in_record


def test_a_dial_out_of_range_is_named() -> None:
    with pytest.raises(ValueError, match="homonyms"):
        Dials(homonyms=1.5)


def test_an_unknown_size_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="small, medium, large"):
        make_world(1, "tiny")


def test_a_dial_at_zero_switches_its_trouble_off() -> None:
    quiet = replace(REALISTIC, code_in_record=0.0, no_abstract=0.0, before_proposal=0.0, lookalikes=0.0)
    made = [work for block in make_world(3, "small", quiet).blocks() for work in block.works]
    assert not any(work.named_code for work in made)
    assert all(work.abstract for work in made)
    assert not any(work.kind == "lookalike" for work in made)
    assert all(work.published >= work.proposals[0].deposited for work in made if work.proposals)


def test_one_name_belongs_to_two_devices_with_a_gap_between_them() -> None:
    first, second = (one for one in instruments() if one.name == "D12")
    assert first.pid != second.pid
    assert second.successor_of == first.pid
    assert first.end is not None
    assert first.end < second.start
    assert second.commissioning_until is not None


def test_an_upgraded_instrument_keeps_its_identifier_over_the_gap() -> None:
    for name in ("D08", "L08"):
        before, after = (one for one in instruments() if one.name == name)
        assert before.pid == after.pid
        assert before.end is not None
        assert before.end < after.start


def test_no_session_lies_outside_the_periods_of_its_instrument(written: Written) -> None:
    for proposal in proposals(written):
        for session in proposal.sessions:
            place = session.instrument
            assert (place.commissioning_until or place.start) <= session.start <= session.end
            assert place.end is None or session.end <= place.end


def test_sessions_of_an_instrument_do_not_overlap(written: Written) -> None:
    booked: dict[str, list[tuple[str, str]]] = {}
    for proposal in proposals(written):
        for one in proposal.sessions:
            booked.setdefault(one.instrument.pid, []).append((one.start.isoformat(), one.end.isoformat()))
    for stretches in booked.values():
        stretches.sort()
        assert all(end <= start for (_, end), (start, _) in zip(stretches, stretches[1:], strict=False))


def test_contributions_of_each_year_add_up_to_one() -> None:
    rows = contributions()
    for year in range(2005, 2027):
        day = f"{year}-07-01"
        shares = [
            float(row["share"])
            for row in rows
            if row["valid_from"] <= day and (not row["valid_to"] or day <= row["valid_to"])
        ]
        assert sum(shares) == pytest.approx(1.0, abs=1e-4)
    assert {"NORDIC", "BENELUX"} <= {row["group"] for row in rows}


def test_calls_close_before_their_cycle_and_units_differ() -> None:
    for one in calls():
        assert one.opens < one.closes
        assert one.cycle_start < one.cycle_end
        if not one.code.startswith("RAPID"):
            assert one.closes < one.cycle_start
    assert {one.time_unit for one in calls()} == {"day", "shift", "hour"}


def test_organisations_have_valid_ror_identifiers_and_coordinates() -> None:
    alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
    for one in institutions():
        short = one.ror.removeprefix("https://ror.org/")
        number = 0
        for letter in short[:7]:
            number = number * 32 + alphabet.index(letter)
        assert 98 - (number * 100) % 97 == int(short[7:])
        assert -90 <= one.latitude <= 90
        assert -180 <= one.longitude <= 180
    assert sum(not one.decoy for one in institutions()) > 250


def test_journals_have_valid_issns() -> None:
    for one in journals():
        digits = one.issn.replace("-", "")
        total = sum((8 - place) * int(digit) for place, digit in enumerate(digits[:7]))
        assert digits[7] == "0123456789X"[(11 - total % 11) % 11]


def test_orcids_are_well_formed_and_outside_the_assigned_blocks_and_the_door_takes_them() -> None:
    for number in range(0, 10_000_000, 77_777):
        made = orcid(number)
        assert re.fullmatch(r"0009-9\d{3}-\d{4}-\d{3}[\dX]", made)
        total = 0
        for digit in made.replace("-", "")[:-1]:
            total = (total + int(digit)) * 2
        assert made[-1] == "0123456789X"[(12 - total % 11) % 11]
        assert clean_orcid(made) == made


def test_initials_keep_hyphens() -> None:
    assert initials_of("Jean-Pierre") == "J.-P."
    assert initials_of("Richard A.") == "R. A."


def test_formulae_get_subscripts_and_words_do_not() -> None:
    assert subscripted("Order in Yb2Ti2O7") == "Order in Yb<sub>2</sub>Ti<sub>2</sub>O<sub>7</sub>"
    assert subscripted("BaCo2(AsO4)2") == "BaCo<sub>2</sub>(AsO<sub>4</sub>)<sub>2</sub>"
    for word in ("DMPC bilayers on D12", "compound TF7", "CTX-M-15", "PNIPAM", "L08", "RB-87"):
        assert subscripted(word) == word


def test_every_topic_is_complete_and_every_template_can_be_filled() -> None:
    known = {*"sSpPoctTiKkLyzwmnfdxq", "cn", "at", "q2", "code", "doi", "staff"}
    for templates in sentences().values():
        for template in templates:
            assert set(re.findall(r"\{([a-zA-Z]+2?)", template)) <= known
    for topic in topics():
        assert len(topic.since) == len(topic.samples)
        for phenomenon in topic.phenomena:
            for text in (*phenomenon.findings, *phenomenon.headlines):
                assert set(re.findall(r"\{([a-zA-Z]+)", text)) <= {"s", "n", "f"}
            assert set(phenomenon.techniques) <= set(topic.techniques)
            assert max(phenomenon.samples) < len(topic.samples)
