"""Duplicates and versions of publications: which descriptions are one work, and what the others are to it."""
