"""Ticket forms: the page type, its wizard, visitors who are not signed in, and embedding."""
