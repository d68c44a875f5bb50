"""What to do: importers. They know nothing of queues, engine or screens."""
