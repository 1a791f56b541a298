"""A site with a portal: what developers do with it, done once."""
