"""Filters as they are typed, and answers of metrics as a table, CSV or JSON."""

import json
import sys
from collections.abc import Sequence

from puma.errors import WrongUsage
from puma.measuring import Answer
from puma.measuring.answer import as_json


def chosen_of(typed: Sequence[str] | None, **named: Sequence[str] | None) -> dict[str, tuple[str, ...]]:
    """Values by dimension, of ``KEY=VALUE`` and of options of their own. Raises WrongUsage for anything else."""
    chosen = {key: tuple(values) for key, values in named.items() if values}
    for one in typed or []:
        key, equals, value = one.partition("=")
        if not (equals and value):
            raise WrongUsage(f"--filter is KEY=VALUE, not {one!r}.")
        chosen[key] = (*chosen.get(key, ()), value)
    return chosen


def print_answer(answer: Answer, form: str) -> None:
    """Print an answer. Raises WrongUsage for a form that does not exist."""
    if form == "table":
        if len(answer.table.columns) > 1:
            print(answer.table.to_string(index=False, na_rep="-"))
        print(f"total: {_words(answer.total)} {answer.metric.unit}")
        print("\n".join(answer.footnotes))
    elif form == "csv":
        answer.table.to_csv(sys.stdout, index=False)
    elif form == "json":
        print(json.dumps(as_json(answer), ensure_ascii=False))
    else:
        raise WrongUsage(f"--format is table, csv or json, not {form!r}.")


def _words(value: float | None) -> str:
    return "not given" if value is None else f"{value:,.4g}" if value < 1 else f"{value:,.0f}"
