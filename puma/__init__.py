"""PUMA: what science came out of which instrument, for whom, from which country."""

__version__ = "0.1.0"
