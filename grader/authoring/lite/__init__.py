"""A static site on which students solve an assignment and check themselves in their browser."""
