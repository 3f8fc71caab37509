"""Harvesters: one small file per kind of source; nobody imports them, they are found by name."""
