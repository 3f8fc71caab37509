"""Organisations in the ROR v2 schema: those of the sample facility and others with similar names."""

from typing import Any

from puma.demo.world.institutions import countries
from puma.demo.world.vocabulary import Institution, institutions


def _record(one: Institution, children: list[Institution]) -> dict[str, Any]:
    known = countries().get(one.country)
    names: list[dict[str, Any]] = [{"lang": None, "types": ["ror_display", "label"], "value": one.name}]
    names += [{"lang": None, "types": ["alias"], "value": alias} for alias in one.aliases]
    names += [{"lang": None, "types": ["acronym"], "value": acronym} for acronym in one.acronyms]
    by_ror = {other.ror: other for other in institutions()}
    relationships = [{"id": child.ror, "label": child.name, "type": "child"} for child in children]
    if one.parent:
        relationships.append({"id": one.parent, "label": by_ror[one.parent].name, "type": "parent"})
    return {
        "id": one.ror,
        "status": "active",
        "types": [one.sector],
        "names": names,
        "locations": [
            {
                "geonames_id": 0,
                "geonames_details": {
                    "name": one.city,
                    "country_code": one.country,
                    "country_name": known.name if known else one.country,
                    "lat": one.latitude,
                    "lng": one.longitude,
                },
            }
        ],
        "relationships": relationships,
        "domains": [],
        "links": [],
        "external_ids": [],
        "established": None,
        "admin": {
            "created": {"date": "2018-11-14", "schema_version": "1.0"},
            "last_modified": {"date": "2025-01-01", "schema_version": "2.1"},
        },
    }


def ror_dump() -> list[dict[str, Any]]:
    """All organisations of the vocabulary, sorted by identifier."""
    children: dict[str, list[Institution]] = {}
    for one in institutions():
        if one.parent:
            children.setdefault(one.parent, []).append(one)
    return [_record(one, children.get(one.ror, [])) for one in sorted(institutions(), key=lambda one: one.ror)]
