"""The catalogue as people look at it: lists, details, searches, checks, playlists."""
