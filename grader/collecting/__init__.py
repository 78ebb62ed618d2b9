"""From what a learning platform gives to download to one folder a student and attempt."""
