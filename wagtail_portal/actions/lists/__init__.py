"""Actions on saved filters and views, and on the search index."""
