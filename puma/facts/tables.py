"""What a snapshot copies from the database: entities, who took part, links, and when each source was read."""

from puma.facts.beam import BEAM
from puma.facts.kinds import Copied
from puma.facts.standing import STANDING
from puma.facts.works import WORKS

COPIED: tuple[Copied, ...] = (*STANDING, *BEAM, *WORKS)
