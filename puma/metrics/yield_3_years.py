"""Which share of the proposals led to a publication within three years."""

from puma.measuring.yields import yield_within

METRIC = yield_within(3)
