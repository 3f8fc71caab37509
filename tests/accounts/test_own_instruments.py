"""Scientists judge the links of their own instruments: also after a rename, and never all of them by mistake."""

import pytest
from sqlalchemy import insert, select

from puma import requests
from puma.access import Viewer
from puma.accounts import add_account, make_token, set_role, viewer_of_token, vouched_account
from puma.accounts.claims import Vouched
from puma.accounts.register import viewer_of
from puma.decisions import Named, decide, edit
from puma.decisions.links import take_back
from puma.entities import Account, Decision, Link
from puma.errors import NotHere, WrongUsage
from puma.listing import candidates
from puma.settings import AccessSettings, RequestSettings
from puma.storage import Storage, now
from tests.resolve.desk import Desk, instrument, proposal, publication

GOOD = "correct horse battery"
OFFICE = Viewer("user_office", "Olga")


@pytest.fixture
def desk(storage: Storage) -> Desk:
    """A proposal and a paper each on CURLEW and IBIS; a proposed link of each."""
    desk = Desk(storage, {"office": 10})
    desk.hand_in("office", instrument("CURLEW"), instrument("IBIS"))
    for code, machine in (("A", "CURLEW"), ("B", "IBIS")):
        desk.hand_in("office", proposal(code, decision="accepted", times=[{"instrument": machine}]),
                     publication(("doi", f"10.1/{code.lower()}"), title=f"Paper {code}"))  # fmt: skip
        row = {
            "left_id": desk.number("publication", "doi", f"10.1/{code.lower()}"),
            "right_id": desk.number("proposal", "code", f"EPNS/{code.lower()}"), "relation": "publication-proposal",
            "state": "candidate", "tier": "review", "channel": "team", "score": 0.5, "probability": 0.6,
            "evidence": [], "evidence_digest": code, "model": "test", "found_at": now(),
        }  # fmt: skip
        with storage.writing() as session:
            session.execute(insert(Link).values(**row))
    return desk


def viewer(storage: Storage, number: int) -> Viewer:
    with storage.reading() as session:
        return viewer_of(session, session.get_one(Account, number))


def met(storage: Storage, who: Viewer) -> set[str]:
    """The papers of the links that somebody is asked to judge."""
    return {one.left.title for one in candidates(storage, who).items}


def test_a_rename_neither_takes_a_scientist_the_instrument_nor_gives_them_all_others(desk: Desk) -> None:
    storage, curlew = desk.storage, desk.number("instrument", "name", "EPNS/curlew")
    sam = add_account(storage, "sam", GOOD, "scientist", scope=["CURLEW"])
    assert met(storage, viewer(storage, sam)) == {"Paper A"}
    edit(storage, OFFICE, curlew, Named(name="WHIMBREL"))
    assert viewer(storage, sam).instruments == {curlew}
    assert met(storage, viewer(storage, sam)) == {"Paper A"}
    set_role(storage, sam, "scientist", ["CURLEW", "IBIS"])  # the former name may stand among others
    assert met(storage, viewer(storage, sam)) == {"Paper A", "Paper B"}
    with pytest.raises(WrongUsage):
        set_role(storage, sam, "scientist", ["HERON"])


@pytest.mark.parametrize("scope", [(), ("beamline-7",), ("",)])
def test_instruments_that_mean_nothing_here_give_a_scientist_no_link_at_all(desk: Desk, scope: tuple[str, ...]) -> None:
    storage = desk.storage
    vouched = Vouched("https://idp.example", "sub", "Ida", "", "scientist", scope, "anonymous")
    ida = viewer(storage, vouched_account(storage, vouched))
    assert met(storage, ida) == set()
    with storage.reading() as session:
        links = list(session.scalars(select(Link.id)))
    with pytest.raises(NotHere):
        decide(storage, ida, links[0], "accept")
    done = decide(storage, OFFICE, links[0], "accept")
    with storage.writing() as session, pytest.raises(NotHere):
        take_back(session, ida, session.get_one(Decision, done))
    assert met(storage, Viewer("scientist", "sample scientist")) == {"Paper B"}  # who has no account meets all
    assert met(storage, OFFICE) == {"Paper B"}


def test_a_token_whose_instruments_its_owner_lost_reaches_none_of_those_left(desk: Desk) -> None:
    storage = desk.storage
    sam = add_account(storage, "sam", GOOD, "scientist", scope=["CURLEW", "IBIS"])
    token = make_token(storage, AccessSettings(), sam, role="scientist", days=1, scope=["CURLEW"])
    set_role(storage, sam, "scientist", ["IBIS"])
    who = viewer_of_token(storage, token, now())
    assert who is not None
    assert met(storage, who) == set()


def test_nobody_asks_others_to_judge_what_they_may_not_judge_themselves(desk: Desk) -> None:
    storage = desk.storage
    sam = viewer(storage, add_account(storage, "sam", GOOD, "scientist", scope=["CURLEW"]))
    bo = viewer(storage, add_account(storage, "bo", GOOD, "viewer"))
    with storage.reading() as session:
        links = {link.evidence_digest: link.id for link in session.scalars(select(Link))}
    question = requests.ask(storage, RequestSettings(), sam, links["A"], account=bo.account, at=now())
    with pytest.raises(NotHere):
        requests.ask(storage, RequestSettings(), sam, links["B"], account=bo.account, at=now())
    set_role(storage, "sam", "scientist", ["IBIS"])  # who asked is responsible for it no more
    assert requests.inbox(storage, bo, at=now()).waiting == []
    with pytest.raises(NotHere):
        requests.answer(storage, bo, question, "accept", at=now())
    set_role(storage, "sam", "scientist", ["CURLEW"])
    assert requests.answer(storage, bo, question, "accept", at=now()).decision
