"""``demo`` for trying it out, ``production`` for a server, ``base`` for what both share."""
