"""Dimensions: what numbers are cut by and filtered with; one entry each, with the way to it from each kind of fact."""

from puma.dimensions.kinds import FACTS, Dimension, Way
from puma.dimensions.machines import MACHINES
from puma.dimensions.people import PEOPLE
from puma.dimensions.places import PLACES
from puma.dimensions.records import RECORDS

DIMENSIONS: dict[str, Dimension] = {one.slug: one for one in (*RECORDS, *MACHINES, *PLACES, *PEOPLE)}

__all__ = ["DIMENSIONS", "FACTS", "Dimension", "Way"]
