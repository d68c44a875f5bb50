"""A language model asked for what rules could not find, and never believed without proof."""
