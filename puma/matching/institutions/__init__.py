"""Affiliations to institutions: names found by rarity, judged by a learned model, decided with the right to abstain."""
