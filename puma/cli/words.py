"""What exists, with its words: fields, metrics, harvesters, as the list commands print them."""

from collections.abc import Iterator


def field_lines() -> Iterator[str]:
    """Every described field, by entity."""
    from puma.entities import RECORD_KINDS
    from puma.fields import fields_of

    for kind, entity in RECORD_KINDS.items():
        yield f"\n{kind}: {(entity.__doc__ or '').splitlines()[0]}"
        for field in fields_of(entity):
            marks = [word for word in ("facet", "exported", "personal", "confidential") if getattr(field, word)]
            words = " ".join(
                word for word in (field.help or field.kind.help, f"[{field.unit}]" if field.unit else "") if word
            )
            choices = f" One of: {', '.join(field.choices)}." if field.choices else ""
            yield f"  {field.name:22} {field.kind.name:8} {field.label}. {words}{choices} ({', '.join(marks)})"


def metric_lines() -> Iterator[str]:
    """Every metric with its rule."""
    from puma.measuring import metrics

    for slug, one in metrics().items():
        yield f"\n{slug}: {one.label} [{one.unit}]" + (f" {one.kpi}" if one.kpi else "")
        yield f"  {one.rule()}"
        yield f"  by: {', '.join(dimension.slug for dimension in one.dimensions)}"


def harvester_lines() -> Iterator[str]:
    """Every harvester with the settings of its source."""
    import sys

    from puma.harvesting import harvester, harvester_names

    for name in harvester_names():
        module = harvester(name)
        source = module.Source
        yield f"\n{name}: {(sys.modules[source.__module__].__doc__ or '').splitlines()[0]}"
        for line in (source.__doc__ or "").strip().splitlines():
            yield f"  {line.strip()}"
        for key, field in source.model_fields.items():
            if key not in ("name", "harvester"):
                yield f"    {key:18} {field.description or ''}"
