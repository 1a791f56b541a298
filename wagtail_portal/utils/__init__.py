"""Helpers that know nothing of tickets, members or requests."""
