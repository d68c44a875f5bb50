"""What lies in a folder of music, and what of it is new, changed, moved or gone."""
