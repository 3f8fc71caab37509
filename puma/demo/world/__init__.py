"""The invented world behind the sample facility: who worked there, on what, and what came of it, with the truth of every link."""

from puma.demo.world.dials import EASY, HARD, REALISTIC, Dials, Size, Sizes
from puma.demo.world.world import World, make_world

__all__ = ["EASY", "HARD", "REALISTIC", "Dials", "Size", "Sizes", "World", "make_world"]
