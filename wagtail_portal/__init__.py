"""A customer support portal for Wagtail sites."""

__version__ = "0.1.0.dev0"
