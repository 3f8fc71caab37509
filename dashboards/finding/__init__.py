"""What stands beside a search: facets, graphs, and keeping what one found."""
