"""Organizations and members from a CSV file: first looked at, then taken in."""
