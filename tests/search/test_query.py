"""The query language: trees, refusals with place and hint, and limits."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puma.search import And, IndexField, Node, Not, Or, Phrase, Prefix, QueryError, Span, Word, parse
from puma.search.query import MAX_DEPTH, MAX_LENGTH, MAX_TERMS, MAX_WORD
from puma.search.synonyms import other_names

A, B, C = Word("a"), Word("b"), Word("c")


@pytest.mark.parametrize(
    ("typed", "tree"),
    [
        ("", None),
        ("  \t", None),
        ("a b", And((A, B))),
        ("+a +b", And((A, B))),
        ("a AND b", And((A, B))),
        ("a | b", Or((A, B))),
        ("a OR b", Or((A, B))),
        ("a b | c", Or((And((A, B)), C))),
        ("a (b | c)", And((A, Or((B, C))))),
        ("a(b|c)", And((A, Or((B, C))))),
        ("a -b", And((A, Not(B)))),
        ("-b a", And((A, Not(B)))),
        ("a NOT b", And((A, Not(B)))),
        ("a AND -b", And((A, Not(B)))),
        ("a -b | c", And((Or((A, C)), Not(B)))),
        ("a NOT b OR c", Or((And((A, Not(B))), C))),
        ("+a b | c", And((A, Or((B, C))))),
        ("+a | b", A),
        ("a -(b c)", And((A, Not(And((B, C)))))),
        ("and", Word("and")),
        ('"van gogh" painting*', And((Phrase("van gogh"), Prefix("painting")))),
        ("“van gogh”", Phrase("van gogh")),
        ("a – b", And((A, B))),
        ("a & b ...", And((A, B))),
        ("IH‑CH–659", Word("IH-CH-659")),
        ("C++", Word("C++")),
        ("La2-xSrxCuO4", Word("La2-xSrxCuO4")),
        ("(La,Sr)2CuO4", Word("(La,Sr)2CuO4")),
        ("10.1016/S0168-9002(00)00123-4", Word("10.1016/S0168-9002(00)00123-4")),
        ("https://doi.org/10.1/x", Word("10.1/x")),
        ("dx.doi.org/10.1/x%281%29", Word("10.1/x(1)")),
        ("doi:https://doi.org/10.1/x", Word("10.1/x", "doi")),
        ("https://doi.org/help", Word("https://doi.org/help")),
        ("arXiv:2101.1", Word("arXiv:2101.1")),
        ("author:cotte", Word("cotte", "authors")),
        ("Author: cotte a", And((Word("cotte", "authors"), A))),
        ('-author:"a b" c', And((C, Not(Phrase("a b", "authors"))))),
        ("author:(a | co*)", Or((Word("a", "authors"), Prefix("co", "authors")))),
        ("year:2015-2018", Span("year", 2015, 2018)),
        ("year:2015–2018", Span("year", 2015, 2018)),
        ("year:2015", Span("year", 2015, 2015)),
        ("year:2015-", Span("year", 2015, None)),
        ("year:-2018", Span("year", None, 2018)),
        ("year:(2015 | 2017)", Or((Span("year", 2015, 2015), Span("year", 2017, 2017)))),
        ("deposited:2015-03-01..2016", Span("deposited", 20150301, 2016)),
        ("deposited:2015-03-01", Span("deposited", 20150301, 20150301)),
        ("open:yes", Word("true", "open")),
        ("kelvin:4.2-300", Span("kelvin", 4200, 300_000)),
        ("kelvin:0.5..", Span("kelvin", 500, None)),
        ("kelvin:-77", Span("kelvin", None, 77_000)),
        ("kelvin:300", Span("kelvin", 299_500, 300_500)),
        ("kelvin:4.20", Span("kelvin", 4_195, 4_205)),
    ],
)
def test_what_is_typed_becomes_this_tree(typed: str, tree: Node | None, words: Mapping[str, IndexField]) -> None:
    assert parse(typed, words) == tree


@pytest.mark.parametrize(
    ("typed", "position", "said"),
    [
        ("-b", 0, "only excludes"),
        ("NOT b", 0, "only excludes"),
        ("(-b) a", 0, "only excludes"),
        ("a | -b", 0, "only excludes"),
        ("a OR NOT b", 0, "only excludes"),
        ("(a", 0, "never closed"),
        ("a)", 1, "closes nothing"),
        ("a ()", 3, "missing"),
        ("a |", 3, "missing"),
        ("| a", 0, "missing"),
        ("a AND", 2, "both sides"),
        ("AND a", 0, "both sides"),
        ("a - b", 2, "directly before"),
        ("a --b", 2, "Two signs"),
        ('"a', 0, "never closed"),
        ('a ""', 2, "no word"),
        ('"a"-b', 3, "space"),
        ("*", 0, "end of a word"),
        ("co*r", 2, "end of a word"),
        ("author:(a | b*c)", 13, "end of a word"),
        ("c*", 1, "at least 2"),
        ("author:", 0, "After author:"),
        ("author:-x", 7, "belongs before"),
        ("autor:x", 0, "did you mean author"),
        ("year:soon", 5, "2015-2018"),
        ("year:201*", 5, "2015-2018"),
        ("year:2018-2015", 5, "backwards"),
        ("open:perhaps", 5, "yes or no"),
        ("kelvin:cold", 7, "0.9-1.1"),
        ("kelvin:300-4.2", 7, "backwards"),
        ("...", 0, "no letter"),
        ("a -...", 3, "no letter"),
        ("a NOT NOT b", 6, "twice"),
        ("a" * (MAX_LENGTH + 1), MAX_LENGTH, "longer"),
        ("b " + "a" * (MAX_WORD + 1), 2, "longer"),
        ("ab " * (MAX_TERMS + 1), 3 * MAX_TERMS, "More than"),
        ("(" * (MAX_DEPTH + 2) + "a" + ")" * (MAX_DEPTH + 2), MAX_DEPTH, "More than"),
    ],
)
def test_a_faulty_query_is_refused_with_place_and_reason(
    typed: str, position: int, said: str, words: Mapping[str, IndexField]
) -> None:
    with pytest.raises(QueryError) as refused:
        parse(typed, words)
    assert said in refused.value.hint
    assert refused.value.position == position


PIECES = st.sampled_from(
    ["a", "van", "C++", '"', "'", "(", ")", "|", "+", "-", "*", " ", ":", "AND", "OR", "NOT", "author:", "year:", "–",
     "open:", "2015", "..", "\ud800", "\0", "é", "量", "“", "deposited:", "&", "/", "\\", "[", "{", "~", "^"]
)  # fmt: skip


@settings(max_examples=1500, deadline=None)
@given(typed=st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=60))
def test_no_text_raises_anything_but_a_query_error(typed: str, words: Mapping[str, IndexField]) -> None:
    refused = None
    tree = None
    try:
        tree = parse(typed, words)
    except QueryError as error:
        refused = error
    assert tree is None or _never_only_excludes(tree)
    assert refused is None or (0 <= refused.position <= len(typed) and refused.hint.endswith((".", "?")))


def _never_only_excludes(node: Node) -> bool:
    match node:
        case And(parts):
            return any(not isinstance(part, Not) for part in parts) and all(
                _never_only_excludes(part.part if isinstance(part, Not) else part) for part in parts
            )
        case Or(parts):
            return all(map(_never_only_excludes, parts))
        case Not():
            return False
    return True


def test_techniques_have_the_names_of_panet_and_ordinary_words_are_none() -> None:
    assert other_names(["neutron", "reflectivity"]) == (("neutron", "reflectometry"),)
    assert ("stxm",) in other_names(["scanning", "transmission", "x", "ray", "microscopy"])
    assert ("xpd",) in other_names(["pxrd"])
    assert other_names(["mad"]) == other_names(["phd"]) == ()
    assert ("phd",) not in other_names(["photoelectron", "diffraction"])
