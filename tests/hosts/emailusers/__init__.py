"""Users who sign in to the site with their email address."""
