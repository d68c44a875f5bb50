"""From a page to the recipe on it, by rules alone. Pure: no network, no files."""
