"""Publications to proposals: pairs found, measured, judged, and explained by a ledger of evidence."""
