"""Tests of what the docs show."""
