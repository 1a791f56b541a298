"""System checks of a site's configuration. Importing them registers them."""

from . import databases, installation, services

__all__ = ["databases", "installation", "services"]
