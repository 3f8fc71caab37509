"""The button Report of a dashboard: what is on the screen as HTML, PDF, workbook or slides, and the way to keep it."""

from urllib.parse import urlencode

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.frame.acts import act, entry, kept
from dashboards.page import Desk
from puma.reports import SURE, TO_FREEZE, Recipe, RecipeView, recipe

FORMS = {"html": "Page (HTML)", "pdf": "PDF", "xlsx": "Workbook (XLSX)", "pptx": "Slides (PPTX)"}


def report_box(desk: Desk, kind: str, name: str = "") -> Component:
    """The report on what a page shows, under its filters. name: the number of an instrument or institution, the two
    letters of a country."""
    summary = html.Summary("Report", className="button small")
    if desk.state.policy not in SURE:
        words = "Candidate links are an estimate: no report is made of them. Choose other links that count."
        return html.Details([summary, html.Div(html.P(words), className="rule report-box")], className="rule-box")
    asked = recipe(kind, name, desk.state.filters, policy=desk.state.policy, counting=desk.state.counting)
    keep = html.A("Freeze it, or keep it as a recipe", href=f"/reports?{query(asked, kind=kind)}", className="go")
    parts = [
        html.P(f"What this page shows, {asked.span}: numbers, tables and publications with their rules."),
        html.Ul([html.Li(one) for one in file_links(asked)], className="formats"),
        html.P(keep) if desk.viewer.at_least(TO_FREEZE) else None,
    ]
    return html.Details([summary, html.Div(parts, className="rule report-box")], className="rule-box")


def file_links(asked: Recipe, *, short: bool = False, **more: str) -> list[Component]:
    """A link to each file of the report; a long PDF is made in the background and leads to the page Reports.

    short: by the names of the formats alone, for tables. more: further parts of the address; without ``language`` it
    is the reader's.
    """
    where = f"?{query(asked, **more)}"
    return [
        html.A(
            form.upper() if short else words, href=f"/api/v1/reports/{asked.kind}.{form}{where}",
            target="_blank" if form == "html" else "",
        )
        for form, words in FORMS.items()
    ]  # fmt: skip


def query(asked: Recipe, **more: str) -> str:
    """A recipe as the query of an address, as the doors read it."""
    pairs = [(slug, value) for slug, values in asked.filters.items() for value in values]
    pairs += [("policy", asked.policy)] if asked.policy != "standard" else []
    pairs += [("counting", asked.counting)] if asked.counting != "full" else []
    pairs += [("name", asked.name)] if asked.name else []
    return urlencode([*more.items(), *pairs])


def again_box(one: RecipeView) -> Component:
    """What makes or freezes a recipe, for another subject of its kind or other years where some are typed."""
    number, kind = str(one.id), one.recipe.kind
    fields = [
        widgets.TextInput(id=entry(f"years-{number}"), label="Years", value="", placeholder=one.recipe.span,
                          **kept(f"recipe/{number}")),
    ]  # fmt: skip
    if kind != "facility":
        subject = widgets.TextInput(id=entry(f"name-{number}"), label="Which one", value="",
                                    placeholder=one.recipe.name, **kept(f"recipe/{number}"))  # fmt: skip
        fields.insert(0, subject)
    make = [act(words, "begin", f"{form}/{number}", look="small") for form, words in FORMS.items()]
    acts = [*make, act(["Freeze", html.unseen(f" {one.name}")], "freeze", number, look="small primary")]
    return html.Details(
        [
            html.Summary(["Make or freeze", html.unseen(f" {one.name}")], className="button small"),
            html.Div([*fields, html.P("What stays empty stays as kept.", className="footnote"),
                      html.Div(acts, className="files")], className="rule report-box"),
        ],
        className="rule-box",
    )  # fmt: skip
