"""Text: invisible characters out, markup away for matching, only harmless markup left for showing."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puma.text import clean_text, plain, safe_html


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("  a \t b\r\n c\u00a0d ", "a b c d"),
        ("a\x00b\x07c", "abc"),
        ("safe\u202egnp.exe", "safegnp.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("soft\u00adhyphen", "softhyphen"),
        ("u\u0308ber", "über"),
        ("lone \ud800 half", "lone half"),
        ("", ""),
    ],
)
def test_text_becomes_one_visible_line(written: str, clean: str) -> None:
    assert clean_text(written) == clean


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("H<sub>2</sub>O <i>in situ</i>", "H2O in situ"),
        ("&lt;i&gt;in situ&lt;/i&gt; &amp;amp; more", "in situ & more"),
        ("T<Tc and p>3", "T<Tc and p>3"),
        ("p<0.05 & x > 3", "p<0.05 & x > 3"),
        ("a &lt; b", "a < b"),
        ("<jats:title>Abstract</jats:title><jats:p>We <jats:italic>do</jats:italic></jats:p>", "Abstract We do"),
        (
            '<mml:math xmlns:mml="http://x"><mml:msub>\n <mml:mi>H</mml:mi>\n <mml:mn>2</mml:mn></mml:msub>'
            "</mml:math> gas",
            "H2 gas",
        ),
        ("<math><mi>α</mi><mo>-</mo></math>Fe", "α-Fe"),
        ('<math><mi>x</mi><annotation encoding="application/x-tex">x^2</annotation></math> y', "x y"),
        ("$\\mathrm{H}_2\\mathrm{O}$ and $\\alpha$-Fe", "H2O and α-Fe"),
        ("between $5 and $10", "between $5 and $10"),
        ("\\(T_c\\) rises", "Tc rises"),
        ("<script>alert(1)</script>x", "x"),
        ("<p>one</p><p>two</p>", "one two"),
    ],
)
def test_markup_goes_and_words_stay(written: str, words: str) -> None:
    assert plain(written) == words


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("H<sub>2</sub>O", "H<sub>2</sub>O"),
        ("H<SUB class='x'>2</SUB>O", "H<sub>2</sub>O"),
        ("<jats:italic>in situ</jats:italic> and <inf>2</inf>", "<i>in situ</i> and <sub>2</sub>"),
        ("a < b & c", "a &lt; b &amp; c"),
        ("&lt;i&gt;x&lt;/i&gt;", "<i>x</i>"),
        ("<b>open", "<b>open</b>"),
        ("x<img src=x onerror=alert(1)>", "x"),
        ("<a href='javascript:alert(1)'>k</a>", "k"),
        ("<i onclick='x()'>k</i>", "<i>k</i>"),
        ("<script>alert(1)</script>x", "x"),
    ],
)
def test_only_harmless_markup_is_shown(written: str, shown: str) -> None:
    assert safe_html(written) == shown


PIECES = (
    "<i> </i> <sub> <script> </script> <svg/onload=x> &lt; &amp; &gt; &#60; < > & a \u202e <mml:mi> </mml:mi> <math> "
    "</math> $ "
    "\\ _ { } <!-- --> ' \" <p> <textarea> <style> <b/onclick=x> </sub <title> <plaintext> <xmp> <noscript> ]]>"
)
MARKUP_LIKE = st.one_of(
    st.text(),
    st.lists(st.sampled_from([*PIECES.split(" "), " ", "<img src=x onerror=y>"])).map("".join),
)


@given(MARKUP_LIKE)
def test_cleaning_is_idempotent_and_leaves_nothing_invisible(text: str) -> None:
    clean = clean_text(text)
    assert clean_text(clean) == clean
    assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in clean)
    clean.encode()


@given(MARKUP_LIKE)
def test_no_foreign_tag_or_attribute_survives(text: str) -> None:
    shown = safe_html(text)
    for tag in ("i", "b", "em", "strong", "sub", "sup"):
        shown = shown.replace(f"<{tag}>", "").replace(f"</{tag}>", "")
    assert "<" not in shown


@given(MARKUP_LIKE)
def test_plain_text_never_raises_and_is_one_line(text: str) -> None:
    assert " ".join(plain(text).split()) == plain(text)
