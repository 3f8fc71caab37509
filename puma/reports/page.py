"""A report as one page of HTML: whole in itself, for A4, readable in grey, with a picture beside each table by year."""

from collections.abc import Hashable, Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

from puma.dimensions import DIMENSIONS
from puma.languages import Tongue
from puma.measuring import Answer
from puma.reports.content import FURTHER, ROWS, Report, Section, not_followed
from puma.reports.in_words import cells_of, head_of, named_unit, number, parts_of, valued
from puma.reports.picture import bars
from puma.text import plain

PAIRS = "Who publishes with whom"
FOUR_ROWS = 16  # numbers above which a row holds five, so that the first table is on the first page
SHORT = 12  # rows of a table that goes on the next page whole
OVERLAP = (
    "Rows of values that one record may have several of sum to more than their total, which counts each record once."
)
STYLE = """
@page { size: A4; margin: 18mm 16mm 20mm;
  @bottom-left { content: string(foot); width: 85%; font: 8pt sans-serif; color: #555; }
  @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; color: #555; } }
:root { color-scheme: light; }
body { font: 10pt/1.45 "Inter", "Noto Sans", "Liberation Sans", Arial, sans-serif; color: #17212b; margin: 0 auto;
  max-width: 178mm; padding: 8mm 4mm; }
@media print { body { padding: 0; max-width: none; } }
.about { string-set: foot attr(data-foot); color: #55626f; margin: 0 0 6mm; }
h1 { font-size: 20pt; line-height: 1.2; margin: 0; } h2 { font-size: 13pt; margin: 7mm 0 1.5mm; break-after: avoid; }
dl { display: grid; grid-template-columns: repeat(4, 1fr); gap: 2mm; margin: 0; }
dl.many { grid-template-columns: repeat(5, 1fr); }
dl div { border: 0.3mm solid #cfd6de; border-radius: 1.5mm; padding: 1.2mm 2.5mm; break-inside: avoid; }
dt { color: #55626f; font-size: 8.5pt; } dd { margin: 0; font-size: 13pt; line-height: 1.3; font-weight: 650; }
dd small { display: block; font-size: 7.5pt; font-weight: 400; color: #55626f; }
table { border-collapse: collapse; width: 100%; font-size: 8.5pt; line-height: 1.3;
  font-variant-numeric: tabular-nums; }
thead { display: table-header-group; } tfoot { display: table-row-group; } tr { break-inside: avoid; }
tbody tr:first-child { break-after: avoid; } tbody tr:nth-last-child(-n+2) { break-after: avoid; }
.short { break-inside: avoid; }
th { text-align: left; border-bottom: 0.4mm solid #7d8896; padding: 0.7mm 2mm; vertical-align: bottom; }
td { border-bottom: 0.15mm solid #dfe4ea; padding: 0.55mm 2mm; vertical-align: top; overflow-wrap: anywhere; }
td small { color: #55626f; } .papers col:first-child { width: 60%; }
@media print { .papers { table-layout: fixed; } .papers col:nth-child(3) { width: 7.5%; }
  .papers col:nth-child(4) { width: 12.5%; } }
.n { text-align: right; white-space: nowrap; } tfoot td { font-weight: 650; border-top: 0.4mm solid #7d8896; }
.rule { font-size: 7.5pt; line-height: 1.35; color: #55626f; margin: 1.5mm 0 0; } p.rule { break-before: avoid; }
svg { width: 100%; height: auto; display: block; }
section { break-inside: auto; } figure { margin: 0 0 1.5mm; break-inside: avoid; }
"""
"""On paper the columns of the list of publications are fixed: else all its titles would be measured for each page."""


def page(report: Report) -> str:
    """The report as a document that needs nothing else."""
    say = report.tongue
    title, span = report.titled(say), say(report.span)
    whose = [] if title == report.facility else [report.facility]
    about = " · ".join(
        [*whose, span, *report.chosen, say("{} link policy", say(report.policy))]
        + [say("as of {} UTC", say.moment(report.as_of)), say("facts version {}", report.version)]
    )
    foot = escape(" · ".join([f"{title}, {span}", *whose, say.day(report.as_of)]))
    many = ' class="many"' if len(report.numbers) > FOUR_ROWS else ""
    parts = [
        "<!DOCTYPE html>",
        f'<html lang="{say.code}"><head><meta charset="utf-8"><title>{escape(title)}, {escape(span)}</title>',
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>',
        f'<header><h1>{escape(title)}</h1><p class="about" data-foot="{foot}">{escape(about)}</p></header><main>',
        f"<dl{many}>{''.join(_number(say, one, report.aside.get(one.metric.slug, ())) for one in report.numbers)}</dl>",
        *(_section(say, section) for section in report.sections),
        _pairs(say, report),
        _publications(say, report),
        _sources(say, report),
        "</main></body></html>",
    ]
    return "\n".join(parts)


def _number(say: Tongue, answer: Answer, aside: Sequence[str]) -> str:
    one, unit = answer.metric, named_unit(say, answer)
    small = [parts_of(say, answer), " ".join(not_followed(aside, say))]
    of = "".join(f"<small>{escape(text)}</small>" for text in small if text)
    total = number(say, answer.total, one.unit) + (f" {unit}" if unit else "")
    return f"<div><dt>{escape(say(one.label))}</dt><dd>{escape(total)}{of}</dd></div>"


def _section(say: Tongue, section: Section) -> str:
    answer, title = section.answer, say(section.title)
    table, more = section.shown(say)
    unit = answer.metric.unit
    picture = (
        f"<figure>{bars(table, title, answer.question.by[-1], say)}</figure>"
        if answer.question.by[0] == "year" and unit != "share"
        else ""
    )
    heads = "".join(
        f'<th scope="col"{"" if place == 0 else " class=n"}>{escape(head_of(say, answer, place, str(name)))}</th>'
        for place, name in enumerate(table.columns)
    )
    rows = [_row(cells_of(say, answer, row)) for row in table.itertuples(index=False)]
    short = ' class="short"' if len(rows) <= SHORT else ""
    wide = max(len(table.columns) - 1, 1) if len(answer.question.by) == 2 else 1
    total, once = number(say, answer.total, unit), escape(say("All, each once"))
    foot = f'<tfoot><tr><td>{once}</td><td class="n" colspan="{wide}">{total}</td></tr></tfoot>'
    return (
        f"<section><h2>{escape(title)}</h2>{picture}<table{short}><thead><tr>{heads}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody>{foot}</table>"
        f'<p class="rule">{escape(" ".join(section.notes(say) + more))}</p></section>'
    )


def _row(texts: Sequence[str]) -> str:
    first, *numbers = texts
    counts = "".join(f'<td class="n">{one}</td>' for one in numbers)
    return f"<tr><td>{escape(first)}</td>{counts}</tr>"


def _pairs(say: Tongue, report: Report) -> str:
    """Countries of the first authors against those of the others; nothing where there are none."""
    if report.together.empty:
        return ""
    heads = (("First author", ""), ("Other authors", ""), ("Publications", " class=n"))
    shown = "".join(f'<th scope="col"{look}>{escape(say(head))}</th>' for head, look in heads)
    rows = "".join(
        f"<tr><td>{escape(valued(say, 'country', first))}</td><td>{escape(valued(say, 'country', other))}</td>"
        f'<td class="n">{number(say, value)}</td></tr>'
        for first, other, value in report.together.head(ROWS).itertuples(index=False)
    )
    count = len(report.together)
    more = [say(FURTHER, ROWS, count)] if count > ROWS else []
    return (
        f"<section><h2>{escape(say(PAIRS))}</h2><table><thead><tr>{shown}</tr></thead><tbody>{rows}</tbody></table>"
        f'<p class="rule">{escape(" ".join(report.pairs_notes(say) + more))}</p></section>'
    )


def _publications(say: Tongue, report: Report) -> str:
    if report.publications.empty:
        none = escape(say("None is counted under these rules."))
        return f'<section><h2>{escape(say("Publications"))}</h2><p class="rule">{none}</p></section>'
    heads = (("Title", ""), ("Journal", ""), ("Year", " class=n"), ("Citations", " class=n"))
    shown = "".join(f'<th scope="col"{look}>{escape(say(head))}</th>' for head, look in heads)
    rows = "".join(_paper(row) for row in report.publications.to_dict("records"))
    listed = len(report.publications)
    known, most = number(say, report.known), number(say, listed)
    head = say("Publications ({})", known)
    if report.known > listed:
        head = say("Publications ({}, the newest {} of them listed)", known, most)
    return (
        f'<section><h2>{escape(head)}</h2><table class="papers"><colgroup><col><col><col><col></colgroup>'
        f"<thead><tr>{shown}</tr></thead><tbody>{rows}</tbody></table></section>"
    )


def _paper(row: Mapping[Hashable, Any]) -> str:
    """A publication, its DOI below its title: in a column of its own it would break into three lines."""
    doi = "" if pd.isna(row["DOI"]) else str(row["DOI"])
    below = f"<br><small>{escape(doi)}</small>" if doi else ""
    counts = "".join(f'<td class="n">{"–" if pd.isna(row[n]) else int(row[n])}</td>' for n in ("Year", "Citations"))
    return f"<tr><td>{_text(row['Title'])}{below}</td><td>{_text(row['Journal'])}</td>{counts}</tr>"


def _text(value: Any) -> str:
    return "–" if pd.isna(value) else escape(plain(str(value)))


def _sources(say: Tongue, report: Report) -> str:
    lines = "".join(
        f"<li>{escape(name)}: {escape(say.day(at) if at else say('never harvested'))}</li>"
        for name, at in report.sources.items()
    )
    cuts = {slug for part in report.sections for slug in part.answer.question.by}
    told = [
        say("Cut by {}.", ", ".join(sorted(say.within(DIMENSIONS[slug].label) for slug in cuts))),
        say(OVERLAP),
        say("The rule of each number stands below its table."),
    ]  # fmt: skip
    return (
        f'<section><h2>{escape(say("Where the numbers come from"))}</h2><ul class="rule">{lines}</ul>'
        f'<p class="rule">{escape(" ".join(told))}</p></section>'
    )
