"""Bars by year as an SVG for paper: stacked, told apart by shade and hatch so that grey printing keeps them apart."""

from html import escape
from math import ceil, floor, log10
from zlib import crc32

import pandas as pd

from puma.languages import ENGLISH, Tongue
from puma.reports.in_words import number, valued

SHADES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#535b64")
HATCHES = ("", "M2 3h2M3 2v2", "M0 3h6", "M3 0v6", "M0 0l6 6", "M0 0l6 6M6 0l-6 6", "M0 3h6M3 0v6")
"""What is drawn over each shade, on a tile of 6 by 6; the same marks in the same order as on the screen."""
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 680, 180, 44, 22, 26


def bars(table: pd.DataFrame, title: str, dimension: str, say: Tongue = ENGLISH) -> str:
    """Bars over the first column, which holds years, stacked from the other columns. The table has the numbers.

    title: in the language of ``say``, which says the rest.
    """
    known = table[table.iloc[:, 0].notna()]
    if known.empty:
        return ""
    series = [name for name in known.columns[1:] if name not in ("numerator", "denominator")]
    head, tail = series[: len(SHADES) - 1], series[len(SHADES) - 1 :]
    values = known[series].astype("float64").fillna(0)
    layers = [(valued(say, dimension, name), values[name].tolist()) for name in head]
    if tail:
        layers.append((say("others"), values[tail].sum(axis=1).tolist()))
    years = [int(year) for year in known.iloc[:, 0]]
    step_up, steps = ticks(float(values.sum(axis=1).max()))
    top = step_up * steps
    step = (WIDTH - LEFT) / (max(years) - min(years) + 1)
    high = HEIGHT - BOTTOM - TOP
    marks = f"t{crc32(title.encode()):x}-"  # of one page each picture has tiles of its own
    drawn = [f"<title>{escape(title)}</title>", _tiles(marks, len(layers)), *_grid(step_up, steps, high, say)]
    bases = [0.0] * len(years)
    for part, (shade, (name, heights)) in enumerate(zip(SHADES, layers, strict=False)):
        outline = ""
        for place, (year, height) in enumerate(zip(years, heights, strict=True)):
            if height > 0:
                x = LEFT + (year - min(years)) * step + step * 0.12
                y = TOP + high * (1 - (bases[place] + height) / top)
                drawn.append(
                    f'<rect x="{x:.1f}" y="{y:.1f}" width="{step * 0.76:.1f}" height="{high * height / top:.1f}" '
                    f'fill="{shade}" stroke="#fff" stroke-width="0.6">'
                    f"<title>{year} {escape(name)}: {height:g}</title></rect>"
                )
                outline += f"M{x:.1f} {y:.1f}h{step * 0.76:.1f}v{high * height / top:.1f}h{-step * 0.76:.1f}z"
                bases[place] += height
        drawn.append(_hatched(outline, marks, part))
    every = max(1, -(-len(range(min(years), max(years) + 1)) // 12))
    drawn += [
        f'<text x="{LEFT + (year - min(years) + 0.5) * step:.1f}" y="{HEIGHT - 6}" text-anchor="middle">{year}</text>'
        for year in range(min(years), max(years) + 1, every)
    ]
    drawn += _legend([name for name, _ in layers], marks) if len(layers) > 1 else []
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}" font-family="sans-serif" '
        f'font-size="10" fill="#55626f">{"".join(drawn)}</svg>'
    )


def ticks(most: float) -> tuple[float, int]:
    """The round step of an axis, and how many of them, at most five, reach just above the highest bar."""
    if most <= 1:
        return 1.0, 1
    ten = 10.0 ** floor(log10(most))
    steps = [one for part in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0) if (one := part * ten) >= 1]
    fits = [(one, n) for one in steps if (n := ceil(most / one - 1e-9)) <= 5]
    return min(fits, key=lambda fit: (fit[0] * fit[1], -fit[1]))


def _grid(step: float, steps: int, high: float, say: Tongue) -> list[str]:
    lines = []
    for part in range(steps + 1):
        y = TOP + high * (1 - part / steps)
        lines.append(f'<line x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#dfe4ea" stroke-width="0.7"/>')
        lines.append(f'<text x="{LEFT - 5}" y="{y + 3:.1f}" text-anchor="end">{number(say, round(step * part))}</text>')
    return lines


def _tiles(marks: str, many: int) -> str:
    """The tiles that parts of a stack are hatched with."""
    tiles = (
        f'<pattern id="{marks}{part}" width="6" height="6" patternUnits="userSpaceOnUse">'
        f'<path d="{hatch}" stroke="#fff" stroke-opacity="0.45" stroke-width="0.9"/></pattern>'
        for part, hatch in enumerate(HATCHES[:many])
        if hatch
    )
    return f"<defs>{''.join(tiles)}</defs>" if many > 1 else ""


def _hatched(outline: str, marks: str, part: int) -> str:
    """The hatch over all bars of a part at once: each fill of its own would make a PDF eight times as large."""
    return (
        f'<path d="{outline}" fill="url(#{marks}{part})" pointer-events="none"/>' if outline and HATCHES[part] else ""
    )


def _legend(labels: list[str], marks: str) -> list[str]:
    drawn, x = [], float(LEFT)
    for part, (shade, label) in enumerate(zip(SHADES, labels, strict=False)):
        drawn.append(f'<rect x="{x:.1f}" y="6" width="9" height="9" fill="{shade}"/>')
        drawn.append(_hatched(f"M{x:.1f} 6h9v9h-9z", marks, part))
        drawn.append(f'<text x="{x + 13:.1f}" y="14">{escape(label)}</text>')
        x += 26 + 5.6 * len(label)
    return drawn
