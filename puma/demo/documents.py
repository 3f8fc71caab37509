"""Papers as PDF in one or two columns, with acknowledgement and data statement; a scan, a broken and a locked file."""

from functools import cache
from io import BytesIO
from math import exp
from random import Random
from xml.sax.saxutils import escape

from PIL import Image, ImageDraw, ImageFont
from reportlab import rl_config
from reportlab.lib.colors import Color, black
from reportlab.lib.enums import TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    FrameBreak,
    NextPageTemplate,
    PageTemplate,
    Paragraph,
    Spacer,
)

from puma.demo.world.dials import Dials
from puma.demo.world.people import folded, initials_of
from puma.demo.world.science import body_text, capital, fill, subscripted
from puma.demo.world.things import Work, draw
from puma.demo.world.vocabulary import sentences

rl_config.useA85 = 0
PASSWORD = "sample"
"""Opens the encrypted sample paper."""
LIGATURES = {"fi": "ﬁ", "fl": "ﬂ"}
_TINT = Color(0.16, 0.28, 0.45)


@cache
def _ligature_font() -> str:
    """The Type 1 fonts lack the ligatures; reportlab's own Vera has them."""
    registerFont(TTFont("Vera", "Vera.ttf"))
    return "Vera"


def _latin(text: str) -> str:
    """Text that the standard fonts can show: letters beyond Western European lose their marks."""
    shown = []
    for letter in text:
        try:
            letter.encode("cp1252")
            shown.append(letter)
        except UnicodeEncodeError:
            shown.append(folded(letter))
    return "".join(shown)


def _rich(text: str) -> str:
    return subscripted(escape(_latin(text)))


def _ligated(text: str) -> str:
    for plain, joined in LIGATURES.items():
        text = text.replace(plain, f'<font name="{_ligature_font()}">{joined}</font>')
    return text


def broken(rng: Random, identifier: str) -> str:
    """An identifier as typesetting may leave it: cut by a line break, a space, or with another dash."""
    spot = identifier.rfind("-") + 1
    if not spot:
        return identifier
    head, tail = identifier[:spot], identifier[spot:]
    return rng.choice((f"{head}<br/>{tail}", f"{head} {tail}", f"{head[:-1]}–{tail}", f"{head}<br/>{tail}"))


def _style(name: str, size: float, **more: object) -> ParagraphStyle:
    return ParagraphStyle(name, fontName="Times-Roman", fontSize=size, leading=size * 1.2, **more)


BODY = _style("body", 9.5, alignment=TA_JUSTIFY, firstLineIndent=10)
PLAIN = _style("plain", 9.5, alignment=TA_JUSTIFY)
SMALL = _style("small", 8, alignment=TA_JUSTIFY)
AFFILIATION = ParagraphStyle("affiliation", fontName="Times-Italic", fontSize=8, leading=9.6)
ABSTRACT = _style("abstract", 9, alignment=TA_JUSTIFY, leftIndent=16, rightIndent=16, spaceBefore=6, spaceAfter=8)
CAPTION = _style("caption", 8, alignment=TA_JUSTIFY, spaceBefore=2, spaceAfter=8)
TITLE = ParagraphStyle("title", fontName="Times-Bold", fontSize=16, leading=19, spaceAfter=6)
AUTHORS = _style("authors", 10.5, spaceAfter=4)
HEADING = ParagraphStyle(
    "heading",
    fontName="Helvetica-Bold",
    fontSize=9.5,
    leading=12,
    spaceBefore=8,
    spaceAfter=3,
    textColor=_TINT,
    keepWithNext=1,
)


def _author_block(work: Work) -> list[Flowable]:
    lines = list(dict.fromkeys(line for one in work.authors for line in one.affiliations))
    names = []
    for position, one in enumerate(work.authors):
        given = initials_of(one.given) if work.initials else one.given
        marks = ",".join(chr(97 + lines.index(line) % 26) for line in one.affiliations)
        star = "*" if position == len(work.authors) - 1 else ""
        names.append(f"{_rich(given)} {_rich(one.family)}<super size=7>{marks}{star}</super>")
    if work.consortium:
        names.append(f"on behalf of the {escape(work.consortium)}")
    flow: list[Flowable] = [Paragraph(", ".join(names), AUTHORS)]
    flow += [
        Paragraph(f"<super size=6>{chr(97 + number % 26)}</super> {_rich(line)}", AFFILIATION)
        for number, line in enumerate(lines)
    ]
    return flow


class _Plot(Flowable):  # type: ignore[misc]  # reportlab has no types
    """An invented peak on a decaying background: points with error bars, and the fit."""

    def __init__(self, rng: Random, width: float) -> None:
        super().__init__()
        self.width, self.height = width, width * 0.6
        self.axis = rng.choice(("Q (1/nm)", "Energy (meV)", "2 theta (deg)", "Time (h)", "d (nm)"))
        self.peaks = [
            (0.25 + 0.5 * rng.random(), 0.05 + 0.1 * rng.random(), 0.25 + 0.4 * rng.random())
            for _ in range(rng.choice((1, 2, 3)))
        ]
        self.noise = [rng.gauss(0.0, 1.6) for _ in range(21)]

    def draw(self) -> None:
        canvas = self.canv
        left, bottom, right, top = 28.0, 22.0, self.width - 6.0, self.height - 6.0
        canvas.setLineWidth(0.6)
        canvas.rect(left, bottom, right - left, top - bottom)
        for series, (centre, spread, peak) in enumerate(self.peaks):
            colour = (black, _TINT, Color(0.75, 0.25, 0.15))[series]
            canvas.setStrokeColor(colour)
            canvas.setFillColor(colour)
            line = canvas.beginPath()
            for step in range(41):
                x = step / 40.0
                value = 0.15 + 0.25 / (1.0 + 9.0 * x) + 0.08 * series + peak * exp(-(((x - centre) / spread) ** 2) / 2)
                px, py = left + x * (right - left), bottom + min(0.97, value) * (top - bottom)
                (line.lineTo if step else line.moveTo)(px, py)
                if step % 2 == 0:
                    seen = py + self.noise[(step // 2 + 7 * series) % 21]
                    canvas.circle(px, seen, 1.4, stroke=0, fill=1)
                    canvas.line(px, seen - 3, px, seen + 3)
            canvas.drawPath(line)
        canvas.setFillColor(black)
        canvas.setFont("Helvetica", 7)
        canvas.drawCentredString((left + right) / 2, 7, self.axis)
        canvas.drawString(0, top - 6, "I (a.u.)")


def _closing(rng: Random, work: Work, dials: Dials) -> tuple[list[Flowable], list[str]]:
    """Acknowledgement and data availability, and what they give away."""
    texts, evidence = sentences(), []
    thanks: list[str] = []

    def maybe_broken(identifier: str) -> str:
        shown = escape(identifier)
        return broken(rng, shown) if draw(rng, dials.broken_identifiers) else shown

    if work.instruments and draw(rng, 0.7):
        place = rng.choice(work.instruments)
        helper = next((one for one in work.authors if one.person.staff), None)
        words = {
            "i": place.name,
            "staff": _rich(f"{initials_of(helper.given)} {helper.family}") if helper else "the local team",
        }
        thanks.append(_ligated(fill(rng, rng.choice(texts["ack_instrument"]), words)))
        evidence.append("text_instrument")
    if work.proposals and draw(rng, dials.code_in_text):
        codes = [maybe_broken(one.code) for one in work.proposals]
        listed = codes[0] if len(codes) == 1 else ", ".join(codes[:-1]) + f" and {codes[-1]}"
        thanks.append(fill(rng, rng.choice(texts["ack_code"]), {"code": listed}))
        evidence.append("text_code")
    thanks.append(rng.choice(texts["ack_other"]))
    flow: list[Flowable] = [Paragraph("Acknowledgements", HEADING), Paragraph(" ".join(thanks), PLAIN)]
    if work.published.year >= 2012:
        flow.append(Paragraph("Data availability", HEADING))
        if work.data_references:
            shown = ", ".join(maybe_broken(doi) for doi in work.data_references)
            flow.append(Paragraph(fill(rng, rng.choice(texts["data_availability"]), {"doi": shown}), PLAIN))
            evidence.append("text_data")
        else:
            flow.append(Paragraph(rng.choice(texts["data_none"]), PLAIN))
    return flow, evidence


def _story(rng: Random, work: Work, dials: Dials, column: float) -> tuple[list[Flowable], list[Flowable], list[str]]:
    front: list[Flowable] = [
        Paragraph(_rich(work.title).replace("<sub>", '<sub rise="3" size="11">'), TITLE),
        *_author_block(work),
    ]
    if work.abstract:
        front.append(Paragraph(f"<b>Abstract.</b> {_ligated(_rich(work.abstract))}", ABSTRACT))
    if work.keywords:
        front.append(Paragraph(f"<i>Keywords:</i> {_rich(', '.join(work.keywords))}", SMALL))
    front.append(Spacer(1, 8))
    assert work.subject is not None
    flow: list[Flowable] = []
    for heading, told in body_text(rng, work.subject, dials, work.abstract):
        text = [_ligated(_rich(one)) for one in told]
        middle = (len(text) + 1) // 2
        flow.append(Paragraph(heading, HEADING))
        if heading.startswith("2") and work.instruments and draw(rng, 0.5):
            text.insert(0, _ligated(f"Data were collected on {work.instruments[0].name} at EPNS."))
        flow += [Paragraph(" ".join(text[:middle]), PLAIN), Paragraph(" ".join(text[middle:]), BODY)]
        if heading.startswith("3"):
            seen = work.subject.phenomenon.names[0]
            flow.append(_Plot(rng, column))
            flow.append(Paragraph(f"<b>Fig. 1.</b> {capital(_rich(seen))}: data (symbols) and fits (lines).", CAPTION))
    closing, evidence = _closing(rng, work, dials)
    flow += closing
    flow.append(Paragraph("References", HEADING))
    for number, doi in enumerate([*work.references, *work.data_references], 1):
        flow.append(Paragraph(f"[{number}] https://doi.org/{escape(doi)}", SMALL))
    return front, flow, evidence


def _paper(rng: Random, work: Work, dials: Dials, encrypt: StandardEncryption | None) -> tuple[bytes, list[str]]:
    two_columns = draw(rng, 0.6)
    width, height = A4
    margin, gap = 18 * mm, 6 * mm
    inner = width - 2 * margin
    column = (inner - gap) / 2 if two_columns else inner
    front, flow, evidence = _story(rng, work, dials, min(column, 260.0))
    used = sum(one.wrap(inner, height)[1] + one.getSpaceBefore() + one.getSpaceAfter() for one in front)
    top = min(max(used + 18, 120.0), height - 2 * margin - 90)
    running = work.journal.title if work.journal else "Example Photon and Neutron Source"

    def furniture(canvas: Canvas, template: BaseDocTemplate) -> None:
        canvas.setFont("Helvetica", 7.5)
        canvas.setFillColor(_TINT)
        canvas.drawString(
            margin, height - 12 * mm, _latin(f"{running} {work.volume} ({work.published.year}) {work.pages}")
        )
        canvas.drawRightString(width - margin, height - 12 * mm, f"doi:{work.doi}")
        canvas.drawCentredString(width / 2, 9 * mm, str(template.page))
        canvas.setLineWidth(0.4)
        canvas.line(margin, height - 13.5 * mm, width - margin, height - 13.5 * mm)

    def frames(bottom_of_top: float) -> list[Frame]:
        tall = height - 2 * margin - bottom_of_top
        spots = (margin, margin + column + gap) if two_columns else (margin,)
        return [Frame(x, margin, column, tall, 0, 0, 0, 0) for x in spots]

    first = [Frame(margin, height - margin - top, inner, top, 0, 0, 0, 0), *frames(top)]
    out = BytesIO()
    made = BaseDocTemplate(
        out, pagesize=A4, title=_latin(work.title), author="EPNS sample facility", invariant=1, encrypt=encrypt
    )
    made.addPageTemplates(
        [PageTemplate("first", first, onPage=furniture), PageTemplate("later", frames(0.0), onPage=furniture)]
    )
    made.build([*front, NextPageTemplate("later"), FrameBreak(), *flow])
    return out.getvalue(), evidence


def _scan(rng: Random, work: Work) -> bytes:
    """A page of pixels: the text is there for the eye only."""
    assert work.subject is not None
    page = Image.new("L", (620, 877), 247)
    pen = ImageDraw.Draw(page)
    font = ImageFont.load_default()
    y = 60
    people = ", ".join(f"{initials_of(one.given)} {one.family}" for one in work.authors)
    body = [" ".join(told) for _, told in body_text(rng, work.subject, Dials(), work.abstract)]
    for paragraph in (work.title.upper(), people, work.abstract, *body):
        words, line = folded(paragraph).encode("ascii", "replace").decode().split(), ""
        for word in words:
            if len(line) + len(word) > 82:
                pen.text((60, y), line, fill=40 + rng.randrange(40), font=font)
                y, line = y + 13, ""
            line = f"{line} {word}".strip()
        pen.text((60, y), line, fill=40 + rng.randrange(40), font=font)
        y += 19
    page = page.rotate(0.6, fillcolor=240, resample=Image.Resampling.BILINEAR)
    for _ in range(400):
        page.putpixel((rng.randrange(620), rng.randrange(877)), rng.randrange(60, 200))
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.drawImage(ImageReader(page), 0, 0, *A4)
    canvas.save()
    return out.getvalue()


def document(rng: Random, work: Work, dials: Dials) -> tuple[bytes, list[str]]:
    """The PDF of a work by its `pdf_kind`, and the evidence in its text (none if the text cannot be read)."""
    if work.pdf_kind == "scan":
        return _scan(rng, work), []
    if work.pdf_kind == "encrypted":
        lock = StandardEncryption(PASSWORD, strength=128)
        return _paper(rng, work, dials, lock)[0], []
    content, evidence = _paper(rng, work, dials, None)
    if work.pdf_kind == "broken":
        return content[: len(content) * 2 // 5].replace(b"endobj", b"endxbj", 3), []
    return content, evidence
