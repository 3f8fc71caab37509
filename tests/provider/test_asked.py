"""OAI-PMH requests judged: every wrong one has the error that the protocol gives it, tokens hold their list."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puma.provider.asked import List, OaiError, arguments, list_of, list_of_token

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
DC = ("metadataPrefix", "oai_dc")

WRONG = [
    ([], "badVerb"),
    ([("verb", "Nonsense")], "badVerb"),
    ([("verb", "Identify"), ("verb", "Identify")], "badVerb"),
    ([("verb", "Identify"), ("set", "x")], "badArgument"),
    ([("verb", "ListRecords")], "badArgument"),
    ([("verb", "GetRecord"), ("identifier", "x")], "badArgument"),
    ([("verb", "ListRecords"), DC, DC], "badArgument"),
    ([("verb", "ListRecords"), DC, ("resumptionToken", "x")], "badArgument"),
    ([("verb", "ListRecords"), DC, ("page", "2")], "badArgument"),
    ([("verb", "ListRecords"), DC, ("set", "x" * 5000)], "badArgument"),
]


@pytest.mark.parametrize(("pairs", "code"), WRONG)
def test_a_wrong_request_has_the_error_of_the_protocol(pairs: list[tuple[str, str]], code: str) -> None:
    with pytest.raises(OaiError) as raised:
        arguments(pairs)
    assert raised.value.code == code


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-01-01", "2026-01-02T00:00:00Z"),
        ("2026-01-02", "2026-01-01"),
        ("2026-02-30", None),
        ("2026", None),
        ("2026-01-01T00:00:00", None),
        ("", None),
        ("٢٠٢٦-01-01", None),
    ],
)
def test_dates_that_are_none_or_do_not_fit_are_bad_arguments(since: str, until: str | None) -> None:
    given_ = {"metadataPrefix": "oai_dc", "from": since, **({"until": until} if until else {})}
    with pytest.raises(OaiError) as raised:
        list_of(given_)
    assert raised.value.code == "badArgument"


def test_a_day_ends_with_its_last_second_and_a_second_is_itself() -> None:
    day = list_of({"metadataPrefix": "oai_dc", "from": "2026-03-02", "until": "2026-03-02"})
    assert (day.first, day.last) == (1772409600, 1772409600 + 86399)
    second = list_of({"metadataPrefix": "oai_dc", "until": "2026-03-02T00:00:01Z"})
    assert (second.first, second.last) == (None, 1772409601)


@given(st.text(max_size=200))
def test_a_token_that_is_not_ours_is_never_taken_for_one(text: str) -> None:
    with pytest.raises(OaiError) as raised:
        list_of_token(text, NOW)
    assert raised.value.code == "badResumptionToken"


def test_a_token_gives_its_list_back_until_it_expires_or_is_damaged() -> None:
    wanted = List("oai_dc", "openaire_cris_products", 5, None, (77, 12), 100, int(NOW.timestamp()) + 60)
    token = wanted.token()
    assert list_of_token(token, NOW) == wanted
    for wrong in (token[:-1], token[:20] + ("A" if token[20] != "A" else "B") + token[21:], token + "x"):
        with pytest.raises(OaiError, match="not one of"):
            list_of_token(wrong, NOW)
    with pytest.raises(OaiError, match="expired"):
        list_of_token(token, NOW + timedelta(minutes=2))
