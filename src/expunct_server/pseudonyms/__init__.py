"""Pseudonyms undone: by those who may, one event each time."""
