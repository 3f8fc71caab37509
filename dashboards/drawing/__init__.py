"""What pages are drawn with: charts, tables, lists, blocks, and how values are written."""
