"""Which share of the proposals led to a publication within five years."""

from puma.measuring.yields import yield_within

METRIC = yield_within(5)
