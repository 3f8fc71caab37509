"""The invented world behind the sample facility: who worked there, on what, what came of it, and what is true."""

from puma.demo.world.dials import EASY, HARD, REALISTIC, Dials, Size, Sizes
from puma.demo.world.world import World, make_world

__all__ = ["EASY", "HARD", "REALISTIC", "Dials", "Size", "Sizes", "World", "make_world"]
