"""Removing the portal from a site."""
