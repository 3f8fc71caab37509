"""Two installations tell each other DOI, facility and state of the link, signed, and see what they share."""

import base64
import json
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import update

from harvesters import puma_peer
from puma import seals
from puma.access import ANONYMOUS
from puma.claims import Claim
from puma.entities import Link, PeerCredit
from puma.errors import NotHere
from puma.installation import Installation
from puma.measuring import Question, ask
from puma.measuring.joint import joint_list, peers
from puma.measuring.matrices import shared
from puma.provider import Credits
from puma.provider.credit import KEY_FILE
from puma.settings import Settings
from puma.storage import insert_rows, now, take_numbers
from tests.provider.conftest import serving
from tests.resolve.desk import Desk, publication

HERE = {1: ("validated",), 2: ("auto",), 3: ("auto",), 4: ("candidate",)}
THERE = {2: ("validated",), 3: ("auto",), 5: ("auto",), 4: ("auto",)}


def house_in(folder: Path, code: str, *, share: bool = True) -> Installation:
    settings: dict[str, Any] = {"facility": {"code": code, "name": code}, "federation": {"share": share}}
    house = Installation(Settings(home=folder / code, **settings))
    (folder / code).mkdir(exist_ok=True)
    house.prepare()
    return house


def fill(desk: Desk, facility: str, papers: Mapping[int, Sequence[str]]) -> None:
    """Papers by number, linked with an instrument of the facility; a proposal that was refused, with a paper."""
    machine = Claim("instrument", (("name", f"{facility}/m"),), {"facility": facility, "name": f"M of {facility}"})
    secret = Claim(
        "proposal", (("code", f"{facility}/re1"),),
        {"facility": facility, "code": "RE-1", "title": "Secret", "decision": "refused", "confidential": True},
    )  # fmt: skip
    desk.hand_in("office", machine, secret)
    numbers = (*papers, 90)
    values = {"type": "JOURNAL_ARTICLE", "year": 2020, "authors": [{"name": "Curie, Marie", "affiliations": []}]}
    desk.hand_in("library", *(publication(("doi", f"10.5555/p{n}"), title=f"Paper {n}", **values) for n in numbers))
    targets = {n: ("publication-instrument", desk.number("instrument", "name", f"{facility}/m")) for n in papers}
    targets[90] = ("publication-proposal", desk.number("proposal", "code", f"{facility}/re1"))
    rows = [
        {
            "left_id": desk.number("publication", "doi", f"10.5555/p{n}"), "right_id": right, "relation": relation,
            "state": papers.get(n, ("validated",))[0], "tier": "review", "score": 1.0, "channel": "identifier",
            "probability": 0.95, "evidence": [], "evidence_digest": "", "model": "", "found_at": now(),
        }
        for n, (relation, right) in targets.items()
    ]  # fmt: skip
    with desk.storage.writing() as session:
        insert_rows(session, Link, rows)
        take_numbers(session, "raw_record", 100)  # the desk numbers its own


def quiet(*_: object) -> None:
    """Progress that nobody looks at."""


def rows(table: pd.DataFrame) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in table.itertuples(index=False)]


@dataclass(frozen=True)
class Served:
    """An installation that serves: its facility, and where."""

    code: str
    house: Installation
    address: str

    def peer(self, name: str = "peer", **other: Any) -> puma_peer.Source:
        """The paragraph with which another installation fetches from this one."""
        told: dict[str, Any] = {
            "name": name, "harvester": "puma_peer", "url": f"{self.address}/public/federation", "allow_private": True,
            "timeout_s": 5, "public_key": Credits(self.house.settings).public_key(), "facilities": [self.code],
        }  # fmt: skip
        return puma_peer.Source(**{**told, **other})


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Served]]:
    """Installations of the facilities AAA and BBB, each with its own papers, on two ports."""
    folder = tmp_path_factory.mktemp("two")
    one, other = (house_in(folder, code) for code in ("AAA", "BBB"))
    for house, code, papers in ((one, "AAA", HERE), (other, "BBB", THERE)):
        fill(Desk(house.storage, {"library": 10, "office": 20}), code, papers)
        house.refresh_facts()
    with serving(one) as here, serving(other) as there:
        yield Served("AAA", one, here), Served("BBB", other, there)
    one.close()
    other.close()


def test_two_installations_see_the_same_joint_list_as_one_that_holds_both(
    two: tuple[Served, Served], tmp_path: Path
) -> None:
    for asks, tells in (two, two[::-1]):
        report = asks.house.harvest(tells.peer(), quiet)
        assert (report.state, report.counters["failed"]) == ("done", 0), report
        asks.house.refresh_facts()
    pooled = house_in(tmp_path, "CCC")
    desk = Desk(pooled.storage, {"library": 10, "office": 20})
    fill(desk, "AAA", HERE)
    fill(desk, "BBB", THERE)
    whole = pooled.refresh_facts()
    for policy in ("standard", "strict"):
        expected = rows(joint_list(whole, ANONYMOUS, policy=policy))
        assert expected
        for side in two:
            assert rows(joint_list(side.house.snapshot(), ANONYMOUS, policy=policy)) == expected
    assert ("10.5555/p2", "BBB", "validated") in rows(joint_list(two[0].house.snapshot(), ANONYMOUS))
    pooled.close()


def test_what_two_share_is_counted_once_and_split_between_them(two: tuple[Served, Served]) -> None:
    one = two[0].house
    one.harvest(two[1].peer(), quiet)
    facts = one.refresh_facts()
    # by hand: AAA counts 1, 2, 3; BBB counts 2, 3, 4, 5; shared are 2 and 3
    assert rows(peers(facts, ANONYMOUS)) == [("peer", "BBB", 4, 1, 2)]
    found = shared(facts, ANONYMOUS, "facility", (1900, 2100))
    cells = {(row["one"], row["other"]): row["value"] for row in found.cells.to_dict("records")}
    assert cells == {("AAA", "AAA"): 1, ("AAA", "BBB"): 2, ("BBB", "AAA"): 2}
    assert dict(zip(found.credit["unit"], found.credit["fractional"], strict=True)) == {"AAA": 2.0, "BBB": 1.0}
    assert found.publications == found.credit["fractional"].sum() == 3
    assert [
        found.credit["unit"][place] for place in found.credit.index[found.credit["unit_id"].isin(found.elsewhere)]
    ] == ["BBB"]
    share = ask(facts, ANONYMOUS, Question("cross_facility_share"))
    assert (share.numerator, share.denominator) == (2, 3)


def test_nothing_but_doi_facility_and_state_crosses_the_wire(two: tuple[Served, Served]) -> None:
    with urllib.request.urlopen(f"{two[0].address}/public/federation") as answer:
        message = answer.read()
    line, _, body = message.partition(b"\n")
    told = json.loads(base64.urlsafe_b64decode(line.split(b".")[1] + b"=="))
    assert set(told) == {"protocol", "at", "as_of", "facilities", "total", "sha256"}
    assert (told["facilities"], told["total"]) == (["AAA"], 3)
    assert [json.loads(one) for one in body.splitlines()] == [
        ["10.5555/p1", "AAA", "validated"],
        ["10.5555/p2", "AAA", "auto"],
        ["10.5555/p3", "AAA", "auto"],
    ]
    assert b"p90" not in message  # it is known by a refused proposal only


def test_who_did_not_opt_in_shares_nothing(tmp_path: Path) -> None:
    house = house_in(tmp_path, "AAA", share=False)
    with pytest.raises(NotHere, match="does not share"):
        Credits(house.settings).told(house.refresh_facts(), now())
    assert not (house.settings.files_folder / KEY_FILE).exists()
    house.close()


def test_a_peer_that_is_down_or_lies_changes_nothing(
    two: tuple[Served, Served], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two[0].house, two[1]
    assert one.harvest(other.peer(), quiet).state == "done"
    before = kept(one)
    assert len(before) == 4
    silenced = one.harvest(other.peer("for another", facilities=["XXX"]), quiet)  # it speaks for BBB all the same
    assert (silenced.state, silenced.counters["skipped"]) == ("skipped some", 4)
    stranger = seals.public_of(seals.key_in(tmp_path / "stranger.key"))
    refused = one.harvest(other.peer(public_key=stranger), quiet)
    assert (refused.state, "not signed with the key" in refused.message) == ("stopped", True)
    with monkeypatch.context() as later:
        later.setattr(puma_peer, "FRESH", -puma_peer.FRESH)
        replayed = one.harvest(other.peer(), quiet)
    assert (replayed.state, "says it again" in replayed.message) == ("stopped", True)
    down = one.harvest(other.peer(url=f"{other.address}/not/there"), quiet)
    assert down.state == "stopped"
    assert kept(one) == before


def test_what_a_peer_credits_no_more_is_gone_at_the_next_visit(
    two: tuple[Served, Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two[0].house, two[1]
    assert one.harvest(other.peer(), quiet).state == "done"
    reject = update(Link).where(Link.state == "validated", Link.relation == "publication-instrument")
    with other.house.storage.writing() as session:
        session.execute(reject.values(state="rejected"))
    other.house.refresh_facts()
    assert one.harvest(other.peer(), quiet, accept_missing=True).counters["deleted"] == 1
    assert "10.5555/p2" not in {
        doi
        for doi, facility in rows(joint_list(one.refresh_facts(), ANONYMOUS)[["doi", "facility"]])
        if facility == "BBB"
    }


def test_a_message_that_was_changed_on_its_way_is_refused(tmp_path: Path) -> None:
    key = seals.key_in(tmp_path / "one.key")
    message = seals.sealed({"total": 1}, b'["10.5555/p1","AAA","auto"]\n', key)
    assert seals.unsealed(message, seals.public_of(key))[0]["total"] == 1
    for changed in (message.replace(b"p1", b"p2"), message[:-2], b"", message[3:]):
        with pytest.raises(seals.BrokenSeal):
            seals.unsealed(changed, seals.public_of(key))
    assert (tmp_path / "one.key").stat().st_mode & 0o077 == 0


def kept(house: Installation) -> list[tuple[Any, ...]]:
    return Desk(house.storage, {}).rows(PeerCredit, "doi", "facility_code", "state")
