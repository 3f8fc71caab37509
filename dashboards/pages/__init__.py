"""The pages, one file each; a file here is a menu entry, an address and its panels."""
