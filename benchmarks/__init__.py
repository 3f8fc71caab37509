"""Measurements, each beside a rival of the same run: ``python -m benchmarks.NAME``. Figures are kept in results."""

import json
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def record(figures: object, file: Path) -> None:
    """Write the figures of a run as JSON; the folder is made where it is missing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
