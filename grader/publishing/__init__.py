"""Giving grades and feedback back: as files, in the platform's own tables, by its web service."""
