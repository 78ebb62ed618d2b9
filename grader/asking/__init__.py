"""What is asked and how it is written: cases, drawn inputs, questions in plain Python."""
