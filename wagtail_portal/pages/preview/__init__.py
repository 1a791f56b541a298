"""Previews for editors: the portal with sample tickets and unsaved settings."""
