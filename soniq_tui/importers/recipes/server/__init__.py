"""A recipe server does the work: what is sent there, and how its progress is watched."""
