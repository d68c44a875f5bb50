"""How another process speaks with the engine: a unix socket in the data directory, both ends."""
