"""Follow-through marks: the smallest mend of a student's own code, and what it shows to be right.

Where an exercise loses points, `search` edits the student's definitions in one place after the
other (`edits`, of the `kinds` that slips have) and asks the same questions of what that gives,
inside the sandbox. An edit with which every check passes is the mend of a slip: `credit` gives the
points back that were lost for the slip's consequences, and charges the slip.
"""
