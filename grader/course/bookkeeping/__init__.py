"""A course's gradebook, kept in step with its folder of results, and asked by commands."""
