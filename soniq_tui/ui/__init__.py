"""What people see: Textual only."""
