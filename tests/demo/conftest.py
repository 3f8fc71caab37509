"""One small sample facility, written once for all tests of it."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from puma.demo.world import World, make_world
from puma.demo.world.things import Block
from puma.demo.write import write_world


@dataclass(frozen=True)
class Written:
    """A world, its blocks kept in memory, and the folder it was written to."""

    world: World
    blocks: list[Block]
    folder: Path
    counts: dict[str, int]


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    world = make_world(1, "small")
    folder = tmp_path_factory.mktemp("facility")
    return Written(world, list(world.blocks()), folder, write_world(world, folder))
