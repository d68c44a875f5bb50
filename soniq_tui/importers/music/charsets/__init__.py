"""Texts that were read in the wrong charset."""
