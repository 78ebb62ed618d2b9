"""A course graded in parts by several machines, and the parts joined."""
