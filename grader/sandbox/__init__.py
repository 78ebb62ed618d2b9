"""Starting, watching and questioning the process that runs student code."""
