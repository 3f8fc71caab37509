"""Persons on pages: put together or apart by hand, and two that may be one."""
