"""Pairs of suspiciously alike solutions in a course: a hint for a person, never a score.

`gathering`: which notebook of each student is compared, and what cannot be.
`plain_code`: a notebook's code as one text that Python's lexers read.
`fingerprints`: what two texts have in common, by copydetect, without what most of a class shares.
`wrong_answers`: who gave the very same wrong answers, which renaming does not hide.
`pairs`: both together, the most alike first.
`pages`, `tables`, `export`: for a person, for a spreadsheet, for Dolos or JPlag.
`command`: the way from one end to the other.
"""
