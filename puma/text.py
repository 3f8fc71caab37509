"""Cleaning of free text at the door: invisible characters out, markup away for matching, safe markup for showing."""

import html
import re
import unicodedata
from functools import lru_cache

import nh3

# Controls (tab, newline and the separators that str.split knows stay: they become a space), soft hyphen, zero-width
# marks, bidi embeddings, overrides and isolates, lone surrogates and Unicode non-characters.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f"
    "\ufeff\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e007f\ud800-\udfff]"
)
_SHOWN_TAGS = {"i", "b", "em", "strong", "sub", "sup"}
_HTML_TAGS = (
    "a abbr article aside audio b bdi bdo big blockquote body br button caption center cite code col dd del details "
    "dfn div dl dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header "
    "hr html i iframe img inf input ins kbd label legend li link main map mark marquee meta nav noscript object ol "
    "option p param pre q s samp script section select small source span strike strong style sub summary sup svg "
    "table tbody td template textarea tfoot th thead title tr tt u ul var video wbr xml xref ext-link italic bold sc "
    "scp roman sans-serif monospace underline overline disp-formula inline-formula alternatives sec list list-item "
    "tex-math abstract article-title named-content styled-content"
)
_MATH_TAGS = (
    "math mrow mi mn mo ms mtext msub msup msubsup munder mover munderover mfrac msqrt mroot mstyle mspace mtable mtr "
    "mtd mfenced menclose mpadded mphantom merror mmultiscripts mprescripts none semantics annotation annotation-xml "
    "maction"
)
_TAG_NAME = rf"(?:[A-Za-z]{{1,8}}:[A-Za-z][\w-]{{0,30}}|{'|'.join(f'{_HTML_TAGS} {_MATH_TAGS}'.split())})"
# A tag has a known name and attributes with values; "T<Tc and p>3" is physics, not markup.
_ATTRIBUTE = r"""\s+[\w:.-]{1,60}\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>]+)"""
_TAG = re.compile(rf"</?{_TAG_NAME}(?:{_ATTRIBUTE})*\s*/?>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--[^<>]*-->|<!\[CDATA\[|\]\]>|<\?[^<>]*\?>")
_DROPPED_TAGS = {
    f"{prefix}{name}"
    for prefix in ("", "mml:", "m:", "jats:")
    for name in ("annotation", "annotation-xml", "tex-math", "script", "style")
}
_BLOCK = re.compile(
    r"</?(?:jats:)?(?:p|br|div|title|sec|li|list|list-item|td|th|tr|h[1-6]|label)\b[^<>]*>", re.IGNORECASE
)
# The HTML parser drops what stands in bare MathML elements: they get the prefix that it does not know.
_BARE_MATH = re.compile(rf"<(/?)({'|'.join(_MATH_TAGS.split())})\b(?![-:])", re.IGNORECASE)
_MATH_INDENT = re.compile(r"(</?(?:\w{1,8}:)?m[a-z]{1,14}\b[^<>]*>)\s+(?=</?(?:\w{1,8}:)?m[a-z])", re.IGNORECASE)
_JATS_TO_HTML = re.compile(r"<(/?)(?:jats:)?(italic|bold|inf|sub|sup)\s*>", re.IGNORECASE)
_HTML_NAME = {"italic": "i", "bold": "b", "inf": "sub", "sub": "sub", "sup": "sup"}

_LATEX = re.compile(r"\$\$?([^$]{1,400})\$\$?|\\\((.{1,400}?)\\\)", re.DOTALL)
_LOOKS_LATEX = re.compile(r"[\\^_{}]|^\s*[^\W\d]\s*$")
_LATEX_COMMAND = re.compile(r"\\([A-Za-z]+)\s*|\\([^A-Za-z])")
_SYMBOLS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ",
    "eta": "η", "theta": "θ", "vartheta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν",
    "xi": "ξ", "pi": "π", "rho": "ρ", "varrho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ",
    "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ",
    "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "times": "×",
    "cdot": "·", "pm": "±", "to": "→", "rightarrow": "→", "leftarrow": "←", "sim": "~", "approx": "≈",
    "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥", "neq": "≠", "infty": "∞", "circ": "°", "degree": "°",
    "deg": "°", "AA": "Å", "angstrom": "Å", "prime": "′", "hbar": "ħ", "ell": "ℓ", "partial": "∂",
    "langle": "⟨", "rangle": "⟩", "parallel": "∥", "perp": "⊥", "dagger": "†", "quad": " ", "qquad": " ",
}  # fmt: skip


_REMEMBERED = 400  # characters: titles are asked for again and again, abstracts are not and would fill the memory


def clean_text(text: str) -> str:
    """One line of storable text: no control, zero-width or bidi characters, NFC, single spaces, no outer space."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return " ".join(unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).split())


def plain(text: str) -> str:
    """The words of a title or abstract without HTML, MathML, JATS or simple LaTeX, entities resolved; for matching.

    Not safe to place unescaped into a page: a literal "<" of the text stays one.
    """
    return _plain_again(text) if len(text) <= _REMEMBERED else _plain(text)


@lru_cache(maxsize=20_000)
def _plain_again(text: str) -> str:
    return _plain(text)


def _plain(text: str) -> str:
    text = clean_text(text)
    if "<" in text or "&" in text:
        text = _BLOCK.sub(" ", _MATH_INDENT.sub(r"\1", _unescaped(text)))
        bare = nh3.clean(_literal_angles_escaped(text), tags=set(), clean_content_tags=_DROPPED_TAGS)
        text = clean_text(html.unescape(bare))
    if "$" in text or "\\(" in text:
        text = clean_text(_LATEX.sub(_without_latex, text))
    return text


@lru_cache(maxsize=20_000)
def safe_html(text: str) -> str:
    """The text as HTML that may stand in a page: only i, b, em, strong, sub and sup survive, without attributes."""
    text = clean_text(text)
    if "<" not in text and "&" not in text and ">" not in text:
        return text
    text = _BLOCK.sub(" ", _MATH_INDENT.sub(r"\1", _unescaped(text)))
    text = _JATS_TO_HTML.sub(lambda found: f"<{found[1]}{_HTML_NAME[found[2].lower()]}>", text)
    shown = nh3.clean(_literal_angles_escaped(text), tags=_SHOWN_TAGS, attributes={}, clean_content_tags=_DROPPED_TAGS)
    return " ".join(shown.split())


def _unescaped(text: str) -> str:
    """Entities resolved, also those that sources escaped twice or thrice; comments and CDATA marks out."""
    for _ in range(4):
        resolved = html.unescape(text)
        if resolved == text:
            break
        text = resolved
    return clean_text(_BARE_MATH.sub(r"<\1mml:\2", _COMMENT.sub(" ", text)))


def _literal_angles_escaped(text: str) -> str:
    """Ready for the HTML parser: what is not a tag ("a < b", "T<Tc") is escaped, so that no words are swallowed."""
    pieces: list[str] = []
    last = 0
    for tag in _TAG.finditer(text):
        pieces += [html.escape(text[last : tag.start()], quote=False), tag[0]]
        last = tag.end()
    pieces.append(html.escape(text[last:], quote=False))
    return "".join(pieces)


def _without_latex(found: re.Match[str]) -> str:
    inside = found[1] or found[2] or ""
    if not _LOOKS_LATEX.search(inside):
        return found[0]  # two prices, not a formula

    def spelled(command: re.Match[str]) -> str:
        if command[1]:
            return _SYMBOLS.get(command[1], "")
        return command[2] if command[2] in "%&#$_" else " "

    return re.sub(r"[{}^_]", "", _LATEX_COMMAND.sub(spelled, inside)).replace("~", " ")
