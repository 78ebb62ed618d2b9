"""What an instructor declares: an assignment, its exercises, their checks and mistakes."""
