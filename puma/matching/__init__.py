"""Matching: who is who, whose affiliation, which paper from which beam time; pure functions without a database."""
