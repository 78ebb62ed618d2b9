"""The wrong answers of a course that no known mistake explains, and what they propose."""
