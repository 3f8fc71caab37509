"""Which share of the proposals led to a publication within two years."""

from puma.measuring.yields import yield_within

METRIC = yield_within(2)
