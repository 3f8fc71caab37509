"""What stands around every page: menus, filters, theme, acts of buttons, and the state in the URL."""
