"""Bringing an assignment from elsewhere: `grader import`."""
