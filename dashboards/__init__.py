"""The dashboards: pages over one installation, carried by the application that also serves the interfaces."""

from dashboards.mounting import mount

__all__ = ["mount"]
