"""The API: JSON for programs under /api/v1, health, files; the dashboards hang on the same port when installed."""

from puma.api.app import make_app

__all__ = ["make_app"]
