"""Bringing assignments from elsewhere."""
