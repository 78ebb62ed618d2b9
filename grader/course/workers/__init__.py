"""How the notebooks of a call are graded side by side: on this machine, or on a cluster."""
