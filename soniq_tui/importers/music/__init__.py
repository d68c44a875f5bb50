"""The music importer: a library of audio files becomes a catalogue in ``library.db``."""
