"""How one stage runs: in the pool, in the writer child."""
