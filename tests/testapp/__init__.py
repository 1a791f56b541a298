"""A site with a portal that uses every extension point once."""
