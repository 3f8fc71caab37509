"""The whole invented world, made team by team from a seed, so that any size fits in memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from random import Random

from puma.demo.world.datasets import datasets
from puma.demo.world.dials import REALISTIC, Dials, Size, Sizes
from puma.demo.world.experiments import Office, proposals
from puma.demo.world.publications import Library, Press, file_records
from puma.demo.world.teams import Team, staff, team
from puma.demo.world.things import Block

BODILESS = frozenset({"review", "instrument"})
"""Kinds of works for which no full text can be composed from the words of a topic."""
ACCEPTED_WITH_BEAM = 0.49
"""Share of proposals that end with delivered beam time at the realistic setting."""


@dataclass(frozen=True)
class World:
    """A seed, a size and dials; everything else follows. Iterate over `blocks()` for its contents."""

    seed: int
    size_name: str
    dials: Dials

    @property
    def size(self) -> Size:
        return Sizes[self.size_name]

    @cached_property
    def quotas(self) -> list[int]:
        """Number of proposals per team; a few teams are very active. The sum is exactly the size's number."""
        rng = Random(f"{self.seed}/quotas")
        raw = [rng.lognormvariate(0.0, 0.65) for _ in range(self.size.teams)]
        scale = self.size.proposals / sum(raw)
        counts: list[int] = []
        carried = 0.0
        for value in raw:
            carried += value * scale
            counts.append(int(carried))
            carried -= counts[-1]
        counts[-1] += self.size.proposals - sum(counts)
        return counts

    def _team(self, number: int) -> Team:
        return team(self.seed, number, self.size.teams, self.dials)

    def blocks(self) -> Iterator[Block]:
        """One block per team, always in the same order; nothing is kept but a calendar and a bounded memory."""
        size, dials = self.size, self.dials
        office = Office(self.seed, size, dials, staff(self.seed, size.staff_per_instrument, dials))
        library = Library()
        beam = self.size.proposals * ACCEPTED_WITH_BEAM * (1.0 - dials.refused) / (1.0 - REALISTIC.refused)
        linked = size.publications * (1.0 - dials.no_proposal)
        papers = linked * 1.14 / (beam * 0.95 * (1.0 - dials.no_paper))
        per_session = size.datasets / (beam * 1.04 * 0.80)
        unlinked = size.publications * dials.no_proposal / size.proposals
        pdf_share = size.pdfs / (size.publications * 0.58)
        pdfs, eligible = 0, 0
        carried = 0.0
        for number, quota in enumerate(self.quotas):
            rng = Random(f"{self.seed}/team/{number}/work")
            here = self._team(number)
            office.partners = {one: self._team(one) for one in here.partners}
            found = proposals(rng, office, here, quota)
            data = datasets(rng, found, dials, per_session)
            press = Press(rng, office, here, library, dials)
            works = press.linked(max(1.05, papers), found)
            carried += unlinked * quota
            works += press.unlinked(int(carried), found)
            carried -= int(carried)
            works.sort(key=lambda work: (work.published, work.key))
            for work in works:
                file_records(rng, work, library, dials)
                library.remember(rng, work, ())
                if (
                    work.doi
                    and work.in_library
                    and work.subject
                    and work.kind not in BODILESS
                    and work.type != "THESIS"
                ):
                    eligible += 1
                    if pdfs < size.pdfs and eligible * pdf_share >= pdfs + 1:
                        pdfs += 1
                        work.pdf_kind = {7: "scan", 19: "broken", 31: "encrypted"}.get(pdfs, "text")
                        work.pdf = work.doi.replace("/", "_") + ".pdf"
            if data and works:
                library.remember(rng, works[0], data)
            people = list({one.key: one for proposal in found for one, _ in proposal.people}.values())
            yield Block(people, found, works, data)


def make_world(seed: int, size: str, dials: Dials = REALISTIC) -> World:
    """The invented world of a seed; `size` is one of `Sizes`. Raises ValueError for an unknown size."""
    if size not in Sizes:
        raise ValueError(f"unknown size {size!r}: choose one of {', '.join(Sizes)}")
    return World(seed, size, dials)
