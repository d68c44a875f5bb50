"""soniq-tui: the batch console for a home server."""

__version__ = "0.1.0"
