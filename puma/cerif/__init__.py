"""CERIF-XML of the OpenAIRE guidelines for CRIS managers 1.2: one record of a list as one element; pure."""

from collections.abc import Callable, Mapping

from puma.cerif.others import institution, instrument, proposal, service, somebody
from puma.cerif.parts import NAMESPACE, SCHEMA, Contributor, Element, Place, Row, legal
from puma.cerif.works import TYPES, product, publication, published

WRITERS: Mapping[str, Callable[[Row], Element]] = {
    "publication": publication,
    "dataset": product,
    "person": somebody,
    "institution": institution,
    "facility": institution,
    "proposal": proposal,
    "instrument": instrument,
}
"""Kind of record -> what makes its element."""

NAMES = {
    "publication": "Publications", "dataset": "Products", "person": "Persons", "institution": "OrgUnits",
    "facility": "OrgUnits", "proposal": "Projects", "instrument": "Equipments",
}  # fmt: skip
"""Kind of record -> what the ids of its elements begin with."""

__all__ = [
    "NAMES",
    "NAMESPACE",
    "SCHEMA",
    "TYPES",
    "WRITERS",
    "Contributor",
    "Place",
    "legal",
    "published",
    "service",
]
