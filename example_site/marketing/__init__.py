"""Millrace's own pages: a home page and content pages. Knows nothing of the portal."""
