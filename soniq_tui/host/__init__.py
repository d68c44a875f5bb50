"""Where the rooms are wired together: one host process, its engine, and who looks at it."""
