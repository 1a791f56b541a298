"""Actions on saved filters and views, exports and the search index."""
