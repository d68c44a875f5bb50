"""When and where: the engine."""
