"""Authority work on pages: institutions put together, apart and renamed; instruments edited with their periods."""
