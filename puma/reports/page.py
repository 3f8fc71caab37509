"""A report as one page of HTML: whole in itself, for A4, readable in grey, with a picture beside each table by year."""

from collections.abc import Sequence
from html import escape
from typing import Any

import pandas as pd

from puma.dimensions import DIMENSIONS
from puma.measuring import Answer
from puma.measuring.spelling import amount, word
from puma.reports.content import ROWS, Report, Section, not_followed
from puma.reports.picture import bars
from puma.text import plain

STYLE = """
@page { size: A4; margin: 18mm 16mm 20mm;
  @bottom-left { content: string(about); width: 85%; font: 8pt sans-serif; color: #555; }
  @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; color: #555; } }
:root { color-scheme: light; }
body { font: 10pt/1.45 "Inter", "Noto Sans", "Liberation Sans", Arial, sans-serif; color: #17212b; margin: 0 auto;
  max-width: 178mm; padding: 8mm 4mm; }
@media print { body { padding: 0; max-width: none; } }
.about { string-set: about content(); color: #55626f; margin: 0 0 8mm; }
h1 { font-size: 20pt; line-height: 1.2; margin: 0; } h2 { font-size: 13pt; margin: 9mm 0 2mm; break-after: avoid; }
dl { display: grid; grid-template-columns: repeat(4, 1fr); gap: 3mm; margin: 0; }
dl div { border: 0.3mm solid #cfd6de; border-radius: 1.5mm; padding: 2mm 3mm; break-inside: avoid; }
dt { color: #55626f; font-size: 8.5pt; } dd { margin: 0; font-size: 15pt; font-weight: 650; }
dd small { display: block; font-size: 7.5pt; font-weight: 400; color: #55626f; }
table { border-collapse: collapse; width: 100%; font-size: 8.5pt; font-variant-numeric: tabular-nums; }
thead { display: table-header-group; } tfoot { display: table-row-group; } tr { break-inside: avoid; }
th { text-align: left; border-bottom: 0.4mm solid #7d8896; padding: 1mm 2mm; vertical-align: bottom; }
td { border-bottom: 0.15mm solid #dfe4ea; padding: 0.8mm 2mm; vertical-align: top; overflow-wrap: anywhere; }
.n { text-align: right; white-space: nowrap; } tfoot td { font-weight: 650; border-top: 0.4mm solid #7d8896; }
.rule { font-size: 7.5pt; color: #55626f; margin: 2mm 0 0; } svg { width: 100%; height: auto; display: block; }
section { break-inside: auto; } figure { margin: 0 0 3mm; break-inside: avoid; }
"""


def page(report: Report) -> str:
    """The report as a document that needs nothing else."""
    about = (
        f"{report.facility} · {report.span} · {''.join(f'{words} · ' for words in report.chosen)}{report.policy} link "
        f"policy · as of {report.as_of:%-d %B %Y %H:%M} UTC · facts version {report.version}"
    )
    parts = [
        "<!DOCTYPE html>",
        f'<html lang="en"><head><meta charset="utf-8"><title>{escape(report.title)}, {escape(report.span)}</title>',
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>',
        f'<header><h1>{escape(report.title)}</h1><p class="about">{escape(about)}</p></header><main>',
        f"<dl>{''.join(_number(answer, report.aside.get(answer.metric.slug, ())) for answer in report.numbers)}</dl>",
        *(_section(section) for section in report.sections),
        _publications(report),
        _sources(report),
        "</main></body></html>",
    ]
    return "\n".join(parts)


def _number(answer: Answer, aside: Sequence[str]) -> str:
    one = answer.metric
    unit = "" if one.unit == "share" or one.unit.casefold() in one.label.casefold() else f" {one.unit}"
    of = f"<small>{amount(answer.numerator)} of {amount(answer.denominator)}</small>" if one.is_rate else ""
    of += f"<small>{escape(' '.join(not_followed(aside)))}</small>" if aside else ""
    return f"<div><dt>{escape(one.label)}</dt><dd>{amount(answer.total, one.unit)}{escape(unit)}{of}</dd></div>"


def _section(section: Section) -> str:
    answer, table = section.answer, section.crossed()
    unit = answer.metric.unit
    picture = (
        f"<figure>{bars(table, section.title, answer.question.by[-1])}</figure>"
        if answer.question.by[0] == "year" and unit != "share"
        else ""
    )
    heads = "".join(
        f'<th scope="col"{"" if place == 0 else " class=n"}>{escape(_word(answer, place, str(head)))}</th>'
        for place, head in enumerate(table.columns)
    )
    rows = [_row(row, unit, answer.question.by[0]) for row in table.head(ROWS).itertuples(index=False)]
    more = f" The first {ROWS} of {len(table)} rows; the workbook has all." if len(table) > ROWS else ""
    wide = max(len(table.columns) - 1, 1) if len(answer.question.by) == 2 else 1
    total = amount(answer.total, unit)
    foot = f'<tfoot><tr><td>All, each once</td><td class="n" colspan="{wide}">{total}</td></tr></tfoot>'
    return (
        f"<section><h2>{escape(section.title)}</h2>{picture}<table><thead><tr>{heads}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody>{foot}</table>"
        f'<p class="rule">{escape(" ".join(section.notes) + more)}</p></section>'
    )


def _word(answer: Answer, place: int, head: str) -> str:
    """The head of a column: of the second cut its value, as people read it."""
    if place == 0 or len(answer.question.by) == 1:
        return {"numerator": "Counted", "denominator": "Out of"}.get(head, head)
    return word(answer.question.by[1], head)


def _row(row: tuple[Any, ...], unit: str, cut: str) -> str:
    first, *values = row
    cells = [f"<td>{escape(plain(word(cut, first)))}</td>"]
    for place, value in enumerate(values):
        cells.append(f'<td class="n">{amount(value, unit if place == 0 or unit != "share" else "")}</td>')
    return f"<tr>{''.join(cells)}</tr>"


def _cell(value: Any, *, number: bool) -> str:
    if pd.isna(value):
        return f"<td{' class=n' if number else ''}>–</td>"
    return f'<td class="n">{int(value)}</td>' if number else f"<td>{escape(plain(str(value)))}</td>"


def _publications(report: Report) -> str:
    if report.publications.empty:
        return '<section><h2>Publications</h2><p class="rule">None is counted under these rules.</p></section>'
    columns = list(report.publications.columns)
    number = [head in ("Year", "Citations") for head in columns]
    heads = "".join(f'<th scope="col"{" class=n" if n else ""}>{h}</th>' for h, n in zip(columns, number, strict=True))
    rows = "".join(
        f"<tr>{''.join(_cell(value, number=n) for value, n in zip(row, number, strict=True))}</tr>"
        for row in report.publications.itertuples(index=False)
    )
    listed = len(report.publications)
    cut = f", the newest {amount(listed)} of them listed" if report.known > listed else ""
    return (
        f"<section><h2>Publications ({amount(report.known)}{cut})</h2><table><thead><tr>{heads}</tr></thead>"
        f"<tbody>{rows}</tbody></table></section>"
    )


def _sources(report: Report) -> str:
    lines = "".join(
        f"<li>{escape(name)}: {f'{at:%-d %B %Y}' if at else 'never harvested'}</li>"
        for name, at in report.sources.items()
    )
    labels = ", ".join(
        sorted({DIMENSIONS[s].label.lower() for part in report.sections for s in part.answer.question.by})
    )
    return (
        f'<section><h2>Where the numbers come from</h2><ul class="rule">{lines}</ul>'
        f'<p class="rule">Cut by {escape(labels)}. Rows of values that one record may have several of sum to more than '
        "their total, which counts each record once. The rule of each number stands below its table.</p></section>"
    )
