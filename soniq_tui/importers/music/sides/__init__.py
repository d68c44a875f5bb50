"""What lies beside the music and belongs to it: pictures, cue sheets, lyrics."""
