"""The look of every page in one file: colours, type, spacing, for light and dark, and Plotly templates made of them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Scheme:
    """Colours of one scheme. Text on any surface has a contrast of at least 4.5, lines and bars of at least 3."""

    page: str
    surface: str
    sunken: str
    line: str
    edge: str
    text: str
    quiet: str
    accent: str
    on_accent: str
    accent_soft: str
    good: str
    good_soft: str
    warn: str
    warn_soft: str
    bad: str
    bad_soft: str
    mark: str
    grid: str
    land: str
    shadow: str


LIGHT = Scheme(
    page="#f5f6f8", surface="#ffffff", sunken="#eef1f4", line="#dfe4ea", edge="#7d8896", text="#17212b",
    quiet="#55626f", accent="#00609a", on_accent="#ffffff", accent_soft="#e3f0f9", good="#006b4f", good_soft="#e0f3ec",
    warn="#8a4b00", warn_soft="#fdf0da", bad="#a83a00", bad_soft="#fdebe2", mark="#fff0a8", grid="#e6eaef",
    land="#e4e8ed", shadow="0 1px 2px rgb(16 32 48 / 6%), 0 1px 8px rgb(16 32 48 / 4%)",
)  # fmt: skip
DARK = Scheme(
    page="#10161c", surface="#182028", sunken="#202a34", line="#2c3845", edge="#74818f", text="#e8edf2",
    quiet="#a6b2be", accent="#6cbcec", on_accent="#0b1a26", accent_soft="#17344a", good="#4fd0a5", good_soft="#123a30",
    warn="#f2b650", warn_soft="#40300f", bad="#ff9a66", bad_soft="#45240f", mark="#5c4d00", grid="#2a3541",
    land="#2b3743", shadow="0 1px 2px rgb(0 0 0 / 40%)",
)  # fmt: skip
SCHEMES = {"light": LIGHT, "dark": DARK}

SERIES = {
    "light": ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#5B6770", "#332288"),
    "dark": ("#56B4E9", "#E69F00", "#2BBF93", "#E59BC4", "#3D8FD1", "#F0E442", "#8F7BFF", "#E8743B"),
}
"""Okabe and Ito's palette and one more, told apart with any colour vision; the strongest first, yellow only on dark."""

RAMP = {
    "light": ["#cfe3f3", "#9cc7e6", "#62a5d4", "#2b80ba", "#005f99", "#003f6b"],
    "dark": ["#1d3b50", "#235478", "#2b73a3", "#3f94cb", "#6cb6e6", "#b3dcf7"],
}
"""From few to many, in one hue, so that order is seen without colour vision too."""

MEANING = {
    "light": {
        "accepted": "#009E73", "refused": "#D55E00", "reserve": "#E69F00", "withdrawn": "#212830", "unknown": "#535b64",
        "diamond": "#0072B2", "gold": "#E69F00", "hybrid": "#CC79A7", "green": "#009E73", "bronze": "#8C6D00",
        "closed": "#212830",
    },
    "dark": {
        "accepted": "#2BBF93", "refused": "#E8743B", "reserve": "#E69F00", "withdrawn": "#e3ebf2", "unknown": "#707a86",
        "diamond": "#56B4E9", "gold": "#E69F00", "hybrid": "#E59BC4", "green": "#2BBF93", "bronze": "#b89a3a",
        "closed": "#e3ebf2",
    },
}  # fmt: skip
"""Values that have the same colour on every page; those of one stack are told apart with any colour vision."""

FONT = '"Inter", "Segoe UI", system-ui, -apple-system, "Noto Sans", "Liberation Sans", Roboto, Arial, sans-serif'
SIZES = {
    "tiny": "0.75rem",
    "small": "0.8125rem",
    "body": "0.9375rem",
    "lead": "1.0625rem",
    "title": "1.5rem",
    "figure": "2rem",
}
SPACES = {"1": "4px", "2": "8px", "3": "12px", "4": "16px", "5": "24px", "6": "32px", "7": "48px"}
RADIUS = "8px"


def stylesheet() -> str:
    """The tokens as CSS custom properties, for both schemes."""
    fixed = {**{f"size-{k}": v for k, v in SIZES.items()}, **{f"space-{k}": v for k, v in SPACES.items()}}
    fixed |= {"radius": RADIUS, "font": FONT}
    dark = ":root[data-mantine-color-scheme=dark]"
    unsaid = ":root:not([data-mantine-color-scheme])"  # a browser that keeps no choice, until a script says it
    rules = [_rule(":root", "light", fixed), _rule(dark, "dark")]
    rules.append(f"@media screen and (prefers-color-scheme: dark) {{ {_rule(unsaid, 'dark')} }}")
    rules.append(f"@media print {{ {_rule(dark, 'light')} }}")  # paper is white
    return "\n".join(rules)


def schemes_of(cookies: Mapping[str, str]) -> tuple[str, str]:
    """The scheme that a browser keeps as chosen, empty if none is, and the one to draw in: that one, else the one that
    its system was last seen in, else light."""
    chosen, seen = cookies.get("puma_scheme", ""), cookies.get("puma_system", "")
    chosen = chosen if chosen in SCHEMES else ""
    return chosen, chosen or (seen if seen in SCHEMES else "light")


def _colours(scheme: Scheme) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in asdict(scheme).items()}


def _rule(selector: str, scheme: str, fixed: Mapping[str, str] | None = None) -> str:
    """The colours of a scheme, also those of scroll bars and of the empty window. fixed: what no scheme changes."""
    tokens = {**(fixed or {}), **_colours(SCHEMES[scheme])}
    words = " ".join(f"--{name}: {value};" for name, value in tokens.items())
    return f"{selector} {{ color-scheme: {scheme}; {words} }}"


def mantine() -> dict[str, Any]:
    """The theme of the widgets."""
    blues = [
        "#e3f0f9",
        "#c9e1f2",
        "#9cc7e6",
        "#6cbcec",
        "#3f94cb",
        "#1c7ab8",
        "#00609a",
        "#00507f",
        "#004066",
        "#00304d",
    ]
    ink = ["#e8edf2", "#c3ccd5", "#a6b2be", "#74818f", "#3a4856", "#2c3845", "#202a34", "#182028", "#141b22", "#10161c"]
    return {
        "fontFamily": FONT,
        "fontFamilyMonospace": "ui-monospace, 'DejaVu Sans Mono', Consolas, monospace",
        "colors": {"puma": blues, "dark": ink},
        "primaryColor": "puma",
        "primaryShade": {"light": 6, "dark": 4},
        "defaultRadius": "sm",
        "cursorType": "pointer",
        "autoContrast": True,
        "respectReducedMotion": True,
    }


@cache
def ramp(scheme: str) -> list[list[float | str]]:
    """The colours from few to many, each with its place from 0 to 1."""
    return [[place / (len(RAMP[scheme]) - 1), colour] for place, colour in enumerate(RAMP[scheme])]


@cache
def template(scheme: str) -> dict[str, Any]:
    """The Plotly template of a scheme: transparent ground, quiet grid, no chart junk. All figures hold this one."""
    colours = SCHEMES[scheme]
    axis = {
        "gridcolor": colours.grid,
        "linecolor": colours.line,
        "zerolinecolor": colours.line,
        "tickcolor": colours.line,
        "tickfont": {"color": colours.quiet, "size": 12},
        "title": {"font": {"color": colours.quiet, "size": 12}, "standoff": 8},
        "automargin": True,
    }
    return {
        "layout": {
            "colorway": list(SERIES[scheme]),
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": FONT, "color": colours.text, "size": 13},
            "separators": ".\u202f",
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "bargap": 0.28,
            "hoverlabel": {
                "bgcolor": colours.surface,
                "bordercolor": colours.edge,
                "font": {"color": colours.text, "family": FONT, "size": 13},
            },
            "legend": {
                "orientation": "h",
                "y": 1.02,
                "yanchor": "bottom",
                "x": 0,
                "font": {"color": colours.quiet, "size": 12},
            },
            "xaxis": {**axis, "showgrid": False, "ticklabelstandoff": 5},  # apart from the nought of the other axis
            "yaxis": axis,
            "geo": {
                "bgcolor": "rgba(0,0,0,0)",
                "landcolor": colours.land,
                "showocean": False,
                "showlakes": False,
                "showcoastlines": False,
                "countrycolor": colours.surface,
            },
            "colorscale": {"sequential": ramp(scheme)},
        }
    }
