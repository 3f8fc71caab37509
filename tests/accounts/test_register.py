"""Accounts, sessions, tokens and the audit on both databases; slowing and claims as pure functions."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from puma.access import ANONYMOUS, Viewer
from puma.accounts import (
    Attempts,
    accounts,
    add_account,
    audit,
    change_own_password,
    check_password,
    disable,
    enable,
    end_session,
    has_accounts,
    make_token,
    open_session,
    revoke_token,
    service_account,
    sessions,
    set_password,
    set_role,
    tokens,
    viewer_of_session,
    viewer_of_token,
)
from puma.accounts.claims import read_claims
from puma.accounts.passwords import made_password
from puma.accounts.sessions import agent_family
from puma.accounts.slowing import MOST_KEYS, Slowing
from puma.entities import Account, ApiToken, AuditEntry, WebSession
from puma.errors import Conflict, NotHere, Refused, SlowDown, WrongUsage
from puma.listing.trail import trail
from puma.settings import AccessSettings
from puma.storage import Storage, now

GOOD = "correct horse battery"
RULES = AccessSettings()
ADMIN = Viewer("admin", "Ada")


def ada(storage: Storage, role: str = "admin", **more: Any) -> int:
    return add_account(storage, "Ada", GOOD, role, **more)


def check(storage: Storage, name: str, password: str, attempts: Attempts | None = None) -> int:
    return check_password(storage, attempts or Attempts.fresh(), name, password, "192.0.2.7")


def acts(storage: Storage) -> list[str]:
    with storage.reading() as session:
        return list(session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)))


def test_a_name_is_one_account_whatever_its_case_and_form(storage: Storage) -> None:
    assert not has_accounts(storage)
    number = ada(storage)
    assert has_accounts(storage)
    for written in ("ada", "ADA", " Ada ", "\uff21da"):
        assert check(storage, written, GOOD) == number
    with pytest.raises(Conflict):
        add_account(storage, "ADA", GOOD, "viewer")


def test_wrong_name_wrong_password_and_disabled_account_are_answered_alike(storage: Storage) -> None:
    ada(storage)
    add_account(storage, "gone", GOOD, "viewer")
    disable(storage, "gone")
    said = set()
    for name, password in (("ada", "wrong password"), ("nobody", GOOD), ("gone", GOOD), ("no name!", GOOD), ("", "")):
        with pytest.raises(Refused) as refused:
            check(storage, name, password)
        said.add(str(refused.value))
    assert len(said) == 1
    enable(storage, "gone")
    assert check(storage, "gone", GOOD)


def test_an_unknown_name_costs_a_check_of_a_password_too(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    from puma.accounts import passwords

    def counted(kept: str, given: str) -> bool:
        checked.append(kept)
        raise passwords.VerificationError

    monkeypatch.setattr(passwords, "_hasher", type("Hasher", (), {"verify": staticmethod(counted), "hash": str})())
    passwords._nobodys.cache_clear()
    with pytest.raises(Refused):
        check(storage, "nobody", GOOD)
    assert len(checked) == 1
    passwords._nobodys.cache_clear()


def test_after_ten_attempts_on_a_name_one_has_to_wait_also_with_the_right_password(storage: Storage) -> None:
    ada(storage)
    attempts = Attempts(Slowing(3, 2), Slowing(30, 10))
    for name in ("ada", "nobody"):  # a name that does not exist is slowed alike
        for _ in range(3):
            with pytest.raises(Refused):
                check(storage, name, "wrong password", attempts)
        with pytest.raises(SlowDown) as slow:
            check(storage, name, GOOD, attempts)
        assert 0 < slow.value.after_s <= 30


def test_many_names_from_one_address_are_slowed(storage: Storage) -> None:
    attempts = Attempts(Slowing(10, 2), Slowing(2, 10))
    for name in ("one", "two"):
        with pytest.raises(Refused):
            check(storage, name, GOOD, attempts)
    with pytest.raises(SlowDown):
        check(storage, "three", GOOD, attempts)


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaa", "x" * 201, "ababababab"])
def test_a_password_that_is_too_easy_is_not_taken(storage: Storage, password: str) -> None:
    with pytest.raises(WrongUsage):
        add_account(storage, "bob", password, "viewer")
    assert accounts(storage) == []


def test_made_passwords_are_taken_and_differ(storage: Storage) -> None:
    made = {made_password() for _ in range(50)}
    assert len(made) == 50
    add_account(storage, "bob", made.pop(), "viewer")


def test_no_password_and_no_secret_stands_in_the_database(storage: Storage) -> None:
    number = ada(storage)
    secret = open_session(storage, RULES, number, "")
    token = make_token(storage, RULES, number, role="viewer", days=1)
    with storage.reading() as session:
        kept = repr(
            [
                session.execute(select(*kind.__table__.columns)).all()
                for kind in (Account, WebSession, ApiToken, AuditEntry)
            ]
        )
    for word in (GOOD, secret, token, token.split("_", 2)[2]):
        assert word not in kept
    assert "$argon2id$" in kept


def test_a_hash_of_weaker_days_is_made_anew_at_the_next_sign_in(storage: Storage) -> None:
    from argon2 import PasswordHasher

    number = ada(storage)
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(GOOD)
    with storage.writing() as session:
        session.execute(update(Account).values(password_hash=weak))
    check(storage, "ada", GOOD)
    with storage.reading() as session:
        assert session.get_one(Account, number).password_hash != weak
    assert check(storage, "ada", GOOD) == number


def test_a_session_ends_by_age_by_idleness_by_hand_and_with_its_account(storage: Storage) -> None:
    number = ada(storage)
    rules = AccessSettings(session_idle_hours=1, session_days=1)
    secret = open_session(storage, rules, number, "Mozilla/5.0 (X11; Linux) Firefox/140.0")
    at = now()
    viewer = viewer_of_session(storage, rules, secret, at)
    assert viewer is not None
    assert (viewer.role, viewer.name, viewer.account) == ("admin", "Ada", number)
    assert viewer_of_session(storage, rules, secret + "x", at) is None
    assert viewer_of_session(storage, rules, secret, at + timedelta(hours=1)) is None
    for hours in range(1, 24):  # used every 55 minutes it lives, until its age ends it
        assert viewer_of_session(storage, rules, secret, at + timedelta(minutes=55 * hours))
    assert viewer_of_session(storage, rules, secret, at + timedelta(hours=24, seconds=1)) is None
    other = open_session(storage, rules, number, "")
    end_session(storage, viewer, viewer.session)
    assert viewer_of_session(storage, rules, secret, at) is None
    disable(storage, "ada")
    assert viewer_of_session(storage, rules, other, at) is None


def test_nobody_ends_the_session_of_somebody_else(storage: Storage) -> None:
    number, other = ada(storage), add_account(storage, "bob", GOOD, "admin")
    secret = open_session(storage, RULES, number, "")
    open_session(storage, RULES, other, "")
    viewer = viewer_of_session(storage, RULES, secret, now())
    assert viewer is not None
    with pytest.raises(NotHere):
        end_session(storage, Viewer("admin", "Bob", account=other), viewer.session)
    assert [one.here for one in sessions(storage, RULES, viewer)] == [True]


def test_another_role_holds_from_the_next_request(storage: Storage) -> None:
    secret = open_session(storage, RULES, ada(storage), "")
    token = make_token(storage, RULES, accounts(storage)[0].id, role="admin", days=1)
    set_role(storage, "ada", "viewer")
    for viewer in (viewer_of_session(storage, RULES, secret, now()), viewer_of_token(storage, token, now())):
        assert viewer is not None
        assert viewer.role == "viewer"


def test_another_password_ends_all_sessions(storage: Storage) -> None:
    secret = open_session(storage, RULES, ada(storage), "")
    set_password(storage, "ada", "quite another one")
    assert viewer_of_session(storage, RULES, secret, now()) is None
    assert check(storage, "ada", "quite another one")


def test_ones_own_password_is_changed_by_who_knows_it(storage: Storage) -> None:
    viewer = Viewer("admin", "Ada", account=ada(storage))
    with pytest.raises(Refused):
        change_own_password(storage, viewer, "wrong password", "quite another one")
    change_own_password(storage, viewer, GOOD, "quite another one")
    assert check(storage, "ada", "quite another one") == viewer.account


def test_a_token_is_never_worth_more_than_its_owner(storage: Storage) -> None:
    number = ada(storage, "scientist")
    for role in ("user_office", "admin"):
        with pytest.raises(Refused):
            make_token(storage, RULES, number, role=role, days=1)
    for days in (0, RULES.token_days + 1):
        with pytest.raises(WrongUsage):
            make_token(storage, RULES, number, role="viewer", days=days)
    with pytest.raises(Refused):
        make_token(storage, RULES, number, role="viewer", days=1, scope=["D17"])


def test_a_token_ends_by_date_by_hand_and_with_its_owner(storage: Storage) -> None:
    number = ada(storage)
    token = make_token(storage, RULES, number, role="viewer", days=1)
    at = now()
    assert viewer_of_token(storage, token, at) is not None
    assert viewer_of_token(storage, token[:-1] + "~", at) is None
    assert viewer_of_token(storage, token, at + timedelta(days=1)) is None
    assert [one.state for one in tokens(storage, number)] == ["valid"]
    with pytest.raises(NotHere):
        revoke_token(storage, token[:13], by=Viewer("admin", "Bob", account=number + 1))
    revoke_token(storage, token[:13])
    assert viewer_of_token(storage, token, at) is None
    other = make_token(storage, RULES, number, role="viewer", days=1)
    disable(storage, "ada")
    assert viewer_of_token(storage, other, at) is None


def test_tokens_of_the_command_line_hang_on_an_account_that_nobody_signs_in_with(storage: Storage) -> None:
    number = service_account(storage)
    assert service_account(storage) == number
    token = make_token(storage, RULES, number, role="user_office", days=1, label="reports")
    viewer = viewer_of_token(storage, token, now())
    assert viewer is not None
    assert (viewer.role, viewer.name) == ("user_office", "reports")
    assert not has_accounts(storage)
    with pytest.raises(Refused):
        check(storage, "command line", "")


def test_the_audit_takes_new_rows_only(storage: Storage) -> None:
    ada(storage)
    statements: list[Any] = [
        delete(AuditEntry),
        update(AuditEntry).values(who="nobody"),
        delete(AuditEntry).where(AuditEntry.id == 1),
    ]
    if not storage.sqlite:
        statements.append(text("TRUNCATE audit_entry"))
    for statement in statements:
        with pytest.raises(DBAPIError, match="new rows only"), storage.writing() as session:
            session.execute(statement)
    assert acts(storage) == ["account made"]


def test_sign_ins_rights_and_tokens_are_audited_without_the_names_that_were_only_tried(storage: Storage) -> None:
    number = ada(storage)
    for name in ("ada", "my secret password"):
        with pytest.raises(Refused):
            check(storage, name, "wrong password")
    open_session(storage, RULES, number, "")
    set_role(storage, "ada", "viewer")
    make_token(storage, RULES, number, role="viewer", days=1)
    assert acts(storage) == [
        "account made", "sign-in failed", "sign-in failed", "signed in", "role changed", "token made",
    ]  # fmt: skip
    page = trail(storage, ADMIN)
    assert "my secret password" not in repr(page)
    assert page.items[-2].who == "Ada"


def test_the_trail_is_for_administrators_and_is_cut_by_topic_name_and_day(storage: Storage) -> None:
    ada(storage)
    with storage.writing() as session:
        row = {"role": "viewer", "place": "", "detail": "", "count": None, "account_id": None}
        for days, act, who in ((9, "signed in", "Eve_%"), (5, "saw", "Bob"), (1, "exported", "Bob")):
            session.execute(insert(AuditEntry).values(at=now() - timedelta(days=days), act=act, who=who, **row))
    for role in ("anonymous", "viewer", "scientist", "user_office"):
        with pytest.raises(Refused):
            trail(storage, Viewer(role, "x"))
    today = now().date()

    def found(**cut: Any) -> list[str]:
        return [one.act for one in trail(storage, ADMIN, **cut).items]

    assert found() == ["account made", "exported", "saw", "signed in"]
    assert found(topic="confidential") == ["exported", "saw"]
    assert found(topic="sign-ins") == ["signed in"]
    assert found(topic="decisions") == []
    assert found(who="bo") == ["exported", "saw"]
    assert found(who="%") == ["signed in"]
    assert found(since=today - timedelta(days=5), until=today - timedelta(days=5)) == ["saw"]
    with pytest.raises(WrongUsage):
        trail(storage, ADMIN, topic="gossip")


def test_one_page_of_many_parts_is_one_view_and_another_list_is_another(storage: Storage) -> None:
    where = audit.place.set("/search?q=x")
    try:
        for _ in range(3):
            audit.saw(storage, ADMIN, "search", 4)
        audit.saw(storage, ADMIN, "search", 5)
        audit.saw(storage, ADMIN, "search", 0)
        audit.saw(storage, Viewer("viewer", "Vera"), "search", 4)
        audit.exported(storage, ADMIN, "proposals", 7)
        audit.exported(storage, ADMIN, "proposals", 7)
    finally:
        audit.place.reset(where)
    audit.saw(storage, ADMIN, "search", 9)  # not for anybody who came in by a door
    with storage.reading() as session:
        assert session.scalar(select(func.sum(AuditEntry.count))) == 4 + 5 + 7 + 7


def test_a_bucket_refills_with_time_and_forgets_the_oldest_key() -> None:
    clock = [0.0]
    slowing = Slowing(2, 6, lambda: clock[0])
    assert [slowing.wait_s("a") for _ in range(3)] == [0, 0, pytest.approx(10)]
    clock[0] = 10
    assert slowing.wait_s("a") == 0
    assert slowing.wait_s("a") == pytest.approx(10)
    slowing.forgive("a")
    assert slowing.wait_s("a") == 0
    for key in range(MOST_KEYS + 10):
        slowing.wait_s(str(key))
    assert len(slowing._left) == MOST_KEYS


@pytest.mark.parametrize(
    ("claims", "role", "scope", "name"),
    [
        ({"name": "A B", "groups": ["r", "o"]}, "user_office", (), "A B"),
        ({"given_name": "A", "family_name": "B", "groups": "s r"}, "scientist", (), "A B"),
        ({"name": "a@example.org", "groups": ["strange"]}, "viewer", (), "Somebody of an identity provider"),
        ({"groups": 7, "beamlines": ["b1", "IN5", "b1", 3]}, "viewer", ("D17", "IN5"), None),
        ({"name": "A\u202eB\x00"}, "viewer", (), "AB"),
    ],
)
def test_claims_become_a_role_a_scope_and_a_name(
    claims: dict[str, Any], role: str, scope: tuple[str, ...], name: str | None
) -> None:
    rules = AccessSettings(
        oidc_role_claim="groups",
        oidc_roles={"r": "viewer", "s": "scientist", "o": "user_office"},
        oidc_default_role="viewer",
        oidc_instrument_claim="beamlines",
        oidc_instruments={"b1": "D17"},
    )
    read = read_claims("https://login.example.org", {"sub": "1", "email": "a@example.org", **claims}, rules)
    assert (read.role, read.scope) == (role, scope)
    assert name is None or read.name == name
    assert "@" not in repr(read)


def test_a_browser_is_known_by_family_and_system_only() -> None:
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/150.0 Safari/537.36 Edg/150.0"
    assert (agent_family(firefox), agent_family(edge)) == ("Firefox on Linux", "Edge on Windows")
    assert agent_family("") == agent_family("<script>") == "Another program"


def test_whoever_is_not_signed_in_is_nobody() -> None:
    assert (ANONYMOUS.role, ANONYMOUS.account, ANONYMOUS.instruments) == ("anonymous", 0, frozenset())
