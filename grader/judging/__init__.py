"""Whether what a student wrote is right, which mistake it is, and what is to be looked at."""
