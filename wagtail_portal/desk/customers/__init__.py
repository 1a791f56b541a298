"""The team's pages about organizations and members."""
