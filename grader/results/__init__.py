"""The result of grading one submission: plain values, from which every report is made."""
