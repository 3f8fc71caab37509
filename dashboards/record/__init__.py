"""Parts of a record's page: how to cite it, correcting it by hand, its full text."""
