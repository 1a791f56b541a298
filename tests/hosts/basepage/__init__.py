"""The pages of a site with its own base page model (Wagtail 8)."""
