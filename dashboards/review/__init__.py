"""Reviewing on pages: pairs with their evidence, lists of matches, requests, stand-ins."""
