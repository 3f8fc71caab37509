"""The command line: every command with its help; errors are one sentence and an exit code."""

import sys

from puma.errors import PumaError


def main() -> None:
    """Run the command line; faults the operator can act on become a sentence and their exit code."""
    from puma.cli import (  # noqa: F401  # they register
        accounts,
        bringing,
        commands,
        digest,
        existing,
        learning,
        persons,
        reporting,
        saving,
    )
    from puma.cli.door import app

    try:
        app()
    except PumaError as error:
        print(f"puma: {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from error
