"""Publications by topic: a vocabulary is chosen, its words are ranked, a click filters the page by one."""

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.blocks import ROW, Filters, to_value
from dashboards.drawing.chart import footnote, picture
from dashboards.drawing.figures import ranking
from dashboards.drawing.markup import Around, AsIs, held
from dashboards.drawing.measured import measured
from dashboards.drawing.tables import Cell, Column
from dashboards.drawing.words import amount, named
from dashboards.page import Content, Desk
from dashboards.panel import nothing
from puma.measuring.topic_shares import RULE, topic_shares, vocabularies

TITLE = "Publications by topic"
MOST = 15
OFFERED = 8  # vocabularies that can be chosen: those of most publications
RULES = (RULE, "A click on a topic filters the page by it.")
NAMES = {
    "": "Keywords", "AUTHOR": "Authors' keywords", "SUBJECT": "Subject headings", "OPENALEX_FIELD": "OpenAlex fields",
    "OPENALEX_TOPIC": "OpenAlex topics", "OPENALEX_KEYWORD": "OpenAlex keywords", "MESH": "MeSH",
    "SDG": "Sustainable development goals",
}  # fmt: skip


def topics(desk: Desk, *, filters: Filters | None = None) -> Content:
    """The topics of one vocabulary: the one that was chosen, else that of most publications. filters: further ones
    than the page's own."""
    asked = desk.ask("publications", without=("topic",), filters=filters)
    snapshot, followed, policy = desk.installation.snapshot(), asked.answer.question.filters, desk.state.policy
    known = [str(one) for one in vocabularies(snapshot, desk.viewer, followed, policy=policy)["vocabulary"][:OFFERED]]
    if not known:
        why = "No source gives a subject or a keyword of the linked publications that the filters keep."
        none = nothing("topics", why)
        return measured(desk, "topics", TITLE, RULES, shown=none)
    chosen = desk.state.one("words", known[0])
    chosen = chosen if chosen in known else known[0]
    frame = topic_shares(snapshot, desk.viewer, followed, chosen, policy=policy)
    columns = [Column("Topic"), *(Column(head, True) for head in ("Whole", "Fractional", "Share"))]
    rows = [
        [
            Cell(named("topic", row["label"]), None,
                 desk.state.toggled("topic", row["topic"]).query() if row["topic"] else ""),
            Cell(amount(row["whole"]), row["whole"]), Cell(f"{row['fractional']:.1f}", row["fractional"]),
            Cell(amount(row["share"], "share"), row["share"]),
        ]
        for row in frame.to_dict("records")
    ]  # fmt: skip
    drawn = frame[frame["topic"] != ""].head(MOST).rename(columns={"fractional": "value"})
    drawn = drawn.assign(key=drawn["topic"], topic=drawn["label"])
    figure = ranking(drawn, desk.scheme, "publications", "topic", to_value(desk, "topic"), keys=list(drawn["key"]),
                     chosen=desk.state.many("topic"))  # fmt: skip
    unknown = frame.loc[frame["topic"] == "", "fractional"].sum()
    known_topics = len(frame[frame["topic"] != ""])
    notes = [f"{amount(unknown)} without one", "fractional counting"]
    if len(drawn) < known_topics:
        notes.append(f"the first {len(drawn)} of {amount(known_topics)} are drawn, the table has all")
    said = Around(f"{TITLE}: most often {held(AsIs(drawn['topic'].iloc[0]))}. The table has every topic.")
    shown = picture("topics", figure, ROW * max(len(drawn), 3) + 16, said)
    below = _choice(desk, known, chosen)
    foot = footnote(desk, asked, " · ".join(notes))
    return measured(desk, "topics", TITLE, RULES, columns, rows, shown=shown, below=below, remark=foot)


def _choice(desk: Desk, known: list[str], chosen: str) -> Component | None:
    """The vocabularies, as links; the one in use is marked."""
    if len(known) < 2:
        return None
    links = [
        html.A(
            NAMES.get(one, one), href=desk.state.put("words", one).query(), className="act go",
            **({"aria-current": "true"} if one == chosen else {}),
        )
        for one in known
    ]  # fmt: skip
    return html.P([html.Span("Whose words:"), " ", *links], className="small sheet-less")
