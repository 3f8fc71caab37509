"""Metrics: one small file each, named after its slug; every page, export and the command line can show it."""
