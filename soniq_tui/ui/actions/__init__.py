"""What a person can do: the table of keys, by group, and why something cannot be done now."""
