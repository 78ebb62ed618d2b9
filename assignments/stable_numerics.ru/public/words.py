"""The exercise `words`: an explanation that a person reads."""
from grader.checks.manual import Criterion, manual
words = manual('words', 'In your own words', below='Your answer: why the largest of the row', rubric=[Criterion('overflow', 'It says what goes wrong with large logits, and from where on.', 2), Criterion('underflow', 'It says what goes wrong where all logits of a row lie far below 0.', 2), Criterion('cancels', 'It shows why a number may be subtracted from a row.', 3), Criterion('each_row', 'It says why that number is one of the row, not of the batch.', 3)])
