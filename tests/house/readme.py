"""The README's room table, made from the first lines of the rooms: `python -m tests.house.readme` writes it anew."""

import ast
import sys
import tomllib
from pathlib import Path

HOUSE = Path(__file__).parents[2]
README = HOUSE / "README.md"
BEGIN, END = "<!-- rooms: made by `make words` -->\n", "<!-- end of rooms -->"


def rooms() -> list[Path]:
    """The rooms from the ground up, in the order of the import contract; then the leaves."""
    contract = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = next(c["layers"] for c in contract["contracts"] if c.get("containers") == ["puma"])
    names = [name.strip(" ()") for layer in reversed(layers) for name in layer.split("|")]
    return [HOUSE / "puma" / name for name in names] + [HOUSE / "harvesters", HOUSE / "dashboards"]


def first_line(room: Path) -> str:
    """What the room says about itself."""
    file = room / "__init__.py" if room.is_dir() else room.with_suffix(".py")
    words = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    return (words or "").partition("\n")[0]


def table() -> str:
    """The table in Markdown."""
    lines = ["| room | what it is for |", "|---|---|"]
    for room in rooms():
        name = room.relative_to(HOUSE).as_posix() + ("/" if room.is_dir() else ".py")
        lines.append(f"| [`{name}`]({name}) | {first_line(room).replace('|', '/')} |")
    return "\n".join(lines) + "\n"


def renewed(text: str) -> str:
    """The README's text with the table as it should be."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


def main() -> None:
    """Write the table; with ``--check`` only say whether it is as it should be (exit 1 when not)."""
    text = README.read_text(encoding="utf-8")
    if "--check" in sys.argv:
        sys.exit(0 if renewed(text) == text else "README.md: the room table is out of date; `make words` renews it.")
    README.write_text(renewed(text), encoding="utf-8")


if __name__ == "__main__":
    main()
