"""The words everyone shares: frozen structs and protocols. No I/O, no clock, no other room."""
