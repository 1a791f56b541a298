"""Tickets that were shared with someone outside of the organization."""
