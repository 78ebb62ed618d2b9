"""Grading many submissions: the calls, what they keep, and how a course goes on from there."""
