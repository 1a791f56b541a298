"""Two web hosts that share a database, a cache and a storage."""
