"""``demo`` for trying it out, ``production`` for a server, and ``base`` for what both share."""
