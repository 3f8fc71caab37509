"""The sources of `puma.toml`, each checked by its harvester's own model."""

from collections.abc import Sequence

from pydantic import ValidationError

from puma.errors import WrongUsage
from puma.harvesting import AnySource, harvester
from puma.runs.schedule import check_schedule
from puma.settings import Settings


def configured_sources(settings: Settings) -> list[AnySource]:
    """All sources, in the order of the file. Raises WrongUsage in one sentence that names source and option."""
    sources = []
    for number, paragraph in enumerate(settings.source, start=1):
        name = str(paragraph.get("name") or f"number {number}")
        if "harvester" not in paragraph:
            raise WrongUsage(
                f'[[source]] "{name}" does not say which harvester reads it; `puma harvesters` lists them.'
            )
        try:
            model = harvester(str(paragraph["harvester"])).Source
            source = model(**paragraph)
            check_schedule(source.schedule)
        except WrongUsage as error:
            raise WrongUsage(f'[[source]] "{name}": {error}') from error
        except ValidationError as error:
            first = error.errors()[0]
            option = ".".join(str(part) for part in first["loc"]) or "settings"
            reason = "is not a setting of this harvester" if first["type"] == "extra_forbidden" else first["msg"]
            raise WrongUsage(f'[[source]] "{name}": {option}: {reason}') from error
        except ValueError as error:
            raise WrongUsage(f'[[source]] "{name}": schedule: {error}') from error
        if source.path is not None and not source.path.is_absolute():
            source = source.model_copy(update={"path": settings.home / source.path})
        if not source.facility:
            source = source.model_copy(update={"facility": settings.facility.code})
        sources.append(source)
    names = [source.name for source in sources]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise WrongUsage(f"[[source]] two sources are named {twice[0]!r}: names are part of record ids.")
    return sources


def chosen_sources(settings: Settings, names: Sequence[str]) -> list[AnySource]:
    """The named sources, or all of them. Raises WrongUsage for a name that is not there."""
    sources = configured_sources(settings)
    unknown = sorted(set(names) - {source.name for source in sources})
    if unknown:
        there = ", ".join(source.name for source in sources) or "none yet"
        raise WrongUsage(f"There is no source {unknown[0]!r} in puma.toml; there are: {there}.")
    return [source for source in sources if not names or source.name in names]
