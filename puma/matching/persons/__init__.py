"""Authorships to persons: who is known to a user office, and who is one person among those nobody knows."""
