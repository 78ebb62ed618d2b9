"""Known wrong solutions, unusual right ones, and changes that are no mistake."""

from grader import Equivalent, Mistake, Variant

Texts = tuple[str, ...]


def wrong(exercise: str, name: str, told: str, asked: str, *texts: str) -> Mistake:
    """Return a mistake: its explanation and its hint, and what is changed into what."""
    changed = tuple(zip(texts[::2], texts[1::2], strict=True))
    return Mistake(name=name, exercise=exercise, changes=changed, explanation=told, hint=asked)


def right(exercise: str, name: str, *texts: str) -> Variant:
    """Return a variant: what is changed into what."""
    changed = tuple(zip(texts[::2], texts[1::2], strict=True))
    return Variant(name=name, exercise=exercise, changes=changed)


# A table is read by its rows: the formatter would give each text a line.
# fmt: off
FLOAT = 'float(number.replace(",", "."))'
GRAMS = f'return {FLOAT} * (1000 if unit == "kg" else 1)'
KEY = "key = name.strip().lower()"
TYPICAL = 'typical = rows.groupby("fruit")["grams"].transform("median")'
AGG = 'return grams.agg(count="count", mean="mean", heaviest="max")'
SORTED = "return (totals / totals.sum()).sort_values(ascending=False)"
NEAREST = "return (offsets**2).sum(axis=2).argmin(axis=1)"
START = "moved = np.array(centres, dtype=float)"
MEAN = "moved[number] = mine.mean(axis=0)"
COVARIANCE = "np.linalg.eigh(np.cov(X, rowvar=False))"
GINI = "return 1 - ((counts / len(labels)) ** 2).sum()"
WEIGHTED = "(len(left) * gini(left) + len(right) * gini(right)) / len(labels)"
SIDE = "np.where(table[self.column] <= self.threshold, self.left, self.right)"
SCATTER = 'axes.scatter(mine[:, 0], mine[:, 1], color=f"C{number}", label=f"cluster {number}")'
NAMED = 'xlabel="width", ylabel="height"'

mistakes = [
    wrong("words", "kilograms taken for grams", "Your `parse_weight` does not look at the unit.",
          "How many grams are 1.2 kg?", GRAMS, f"return {FLOAT}"),
    wrong("words", "comma refused", "Your `parse_weight` reads the decimal point alone.",
          "Which other sign may stand there?", "[.,]", "[.]"),
    wrong("words", "capitals refused", "Your `parse_weight` knows units in small letters alone.",
          "What does it say to 350 G?", "text.strip().lower())", "text.strip())"),
    wrong("words", "found inside a text", "Your `parse_weight` finds a weight in a longer text.",
          "What stands in front of the number in -3 g?", "re.fullmatch", "re.search"),
    wrong("words", "None for no weight", "Your `parse_weight` returns None for what is no weight.",
          "Who notices, and when?", 'raise ValueError(f"no weight: {text!r}")', "return None"),
    wrong("words", "spaces make another name", "Your `tally` keeps the spaces around a name.",
          "Print the keys with `repr`.", KEY, "key = name.lower() if name.strip() else ''"),
    wrong("words", "nothing counted as a name", "Your `tally` counts names with nothing in them.",
          "What is left of two spaces?", "if key:", "if name:"),
    wrong("batches", "rest forgotten", "Your `batches` loses what does not fill a list.",
          "How many lists do 5 items make?", "    if batch:\n        yield batch", "    return"),
    wrong("batches", "empty list at the end", "Your `batches` ends with an empty list.",
          "What is left of 4 items in lists of 2?", "    if batch:\n", "    if size:\n"),
    wrong("batches", "one list for all", "Your `batches` hands out one list again and again.",
          "Keep the first list, ask for the second, and look at the first.",
          "yield batch\n            batch = []", "yield batch\n            batch.clear()"),
    wrong("batches", "gathered first", "Your `batches` takes all items before it yields any.",
          "What does `list` do to what never ends?", "in items:", "in list(items):"),
    wrong("batches", "size 0 accepted", "Your `batches` takes 0 for a size.",
          "When is a list of 0 items full?", "size < 1", "size < 0"),
    wrong("clean", "old numbers", "Your `clean` keeps the numbers that the rows had.",
          "Print the index of your table.", ".reset_index(drop=True)", ""),
    wrong("clean", "mean for median", "Your `clean` fills in the mean.",
          "Which of the two is asked for?", '"median"', '"mean"'),
    wrong("clean", "median of all fruits", "Your `clean` fills in the median of the whole table.",
          "What should a missing plum weigh?", TYPICAL, 'typical = rows["grams"].median()'),
    wrong("clean", "unclean groups", "Your `clean` groups by the names as they were typed.",
          "When do you clean the names, and when do you need them?", TYPICAL,
          'typical = rows.groupby(table["fruit"])["grams"].transform("median")'),
    wrong("clean", "unknown kept", "Your `clean` keeps rows whose weight is still missing.",
          "What if no pear was ever weighed?", 'rows.dropna(subset=["grams"])', "rows"),
    wrong("clean", "book overwritten", "Your `clean` writes into the table that it is given.",
          "Print the table before and after.", 'rows = table.dropna(subset=["fruit"]).copy()',
          'table.dropna(subset=["fruit"], inplace=True)\n    rows = table'),
    wrong("summary", "fruit as a column", "Your `summary` has the fruit as a column.",
          "What is the index of your table?", AGG, f"{AGG}.reset_index()"),
    wrong("summary", "lightest piece", "Your `summary` calls the lightest piece the heaviest.",
          "Which piece does `min` find?", 'heaviest="max"', 'heaviest="min"'),
    wrong("summary", "smallest share first", "Your `shares` begins with the smallest share.",
          "Which way does `sort_values` sort?", "sort_values(ascending=False)", "sort_values()"),
    wrong("summary", "weights for shares", "Your `shares` returns weights.",
          "What should they add up to?", SORTED, "return totals.sort_values(ascending=False)"),
    wrong("summary", "always pieces", "Your `report` says pieces of a single one, too.",
          "Print a report of one apple.", 'if len(grams) == 1', 'if len(grams) == 0'),
    wrong("kmeans", "farthest centre", "Your `assign` chooses the centre that is farthest.",
          "Put a point onto a centre.", NEAREST, NEAREST.replace("argmin", "argmax")),
    wrong("kmeans", "a point for each centre", "Your `assign` finds a point for each centre.",
          "How many labels do 5 points need?", NEAREST, NEAREST.replace("axis=1", "axis=0")),
    wrong("kmeans", "lost centre at the origin", "Your `move` puts a centre without points at 0.",
          "Where should it be?", START, "moved = np.zeros(np.shape(centres))"),
    wrong("kmeans", "mean of nothing", "Your `move` takes the mean of no points.",
          "Where should a centre without points be?", "if len(mine):", "if True:"),
    wrong("kmeans", "centres overwritten", "Your `move` writes into the centres it is given.",
          "Print them before and after.", START, "moved = centres"),
    wrong("kmeans", "one round alone", "Your `kmeans` stops after one round.",
          "Do labels change if you go on?", "latest = assign(points, centres)", "latest = labels"),
    wrong("pca", "smallest first", "Your `fit` keeps the directions that matter least.",
          "In which order does `eigh` return them?", "[::-1][: self.count]", "[: self.count]"),
    wrong("pca", "divided by n", "Your variances are divided by n.",
          "By what does `np.cov` divide?", "rowvar=False", "rowvar=False, bias=True"),
    wrong("pca", "mean not subtracted", "Your `transform` does not subtract the mean.",
          "What are the coordinates of the mean?", "return (X - self.mean) @", "return X @"),
    wrong("pca", "mean not added", "Your `restore` leaves the mean out.",
          "Which point is at 0?", "@ self.components + self.mean", "@ self.components"),
    wrong("pca", "another exception", "Your `transform` before `fit` raises something else.",
          "Which exception is asked for?", "raise RuntimeError(", "raise ValueError("),
    wrong("stump", "squares alone", "Your `gini` returns the sum of the squares.",
          "What should pure labels give?", GINI, GINI.replace("1 - ", "")),
    wrong("stump", "sides of equal weight", "Your `fit` adds both impurities as they are.",
          "Does a side of one row count as much?", WEIGHTED, "gini(left) + gini(right)"),
    wrong("stump", "target asked", "Your `fit` asks about the target itself.",
          "Which columns may be asked?", "table.columns.drop(target)", "table.columns[::-1]"),
    wrong("stump", "sides swapped", "Your `predict` answers with the other side.",
          "Which side is at most the threshold?", SIDE, SIDE.replace("<=", ">")),
    wrong("stump", "None for no question", "Your `fit` says nothing where it cannot ask.",
          "What becomes of `predict`?", "if best == np.inf:", "if best < 0:"),
    wrong("plot", "one colour", "Your `draw_clusters` draws all points in one colour.",
          "What tells clusters apart?", 'color=f"C{number}"', 'color="C0"'),
    wrong("plot", "width and height swapped", "Your `draw_clusters` swaps the coordinates.",
          "Where is (10, 0)?", "mine[:, 0], mine[:, 1]", "mine[:, 1], mine[:, 0]"),
    wrong("plot", "names swapped", "Your axes are called by each other's names.",
          "Which axis is `xlabel` about?", NAMED, 'ylabel="width", xlabel="height"'),
]

variants = [
    right("words", "a Counter", "counts = {}",
          "from collections import Counter\n    counts = Counter()"),
    right("words", "rounded", GRAMS, f'return round({FLOAT} * {{"kg": 1000, "g": 1}}[unit], 6)'),
    right("batches", "tuples", "yield batch\n            b", "yield tuple(batch)\n            b"),
    right("clean", "median by hand", TYPICAL,
          'known = rows.dropna().groupby("fruit")["grams"]\n'
          '    typical = rows["fruit"].map({key: each.median() for key, each in known})'),
    right("clean", "mask", 'table.dropna(subset=["fruit"])', 'table[table["fruit"].notna()]'),
    right("summary", "column by column", AGG,
          'columns = {"count": grams.size(), "mean": grams.mean(), "heaviest": grams.max()}\n'
          '    return pd.DataFrame(columns)'),
    right("summary", "divided last", SORTED,
          "totals = totals.sort_values()[::-1]\n    return totals / table.grams.sum()"),
    right("kmeans", "multiplied out", NEAREST,
          "return ((centres**2).sum(1) - 2 * points @ centres.T).argmin(axis=1)"),
    right("kmeans", "norms", NEAREST,
          "return np.int32(np.linalg.norm(offsets, axis=-1).argmin(1))"),
    right("pca", "opposite directions", "vectors[:, largest].T", "-vectors[:, largest].T"),
    right("pca", "singular values", f"values, vectors = {COVARIANCE}",
          "_, values, rows = np.linalg.svd(X - self.mean, full_matrices=False)\n"
          "        values, vectors = values**2 / (len(X) - 1), rows.T"),
    right("stump", "last of the best", "if impurity < best:", "if impurity <= best:"),
    right("stump", "a list", f"return {SIDE}", f"return list({SIDE})"),
    right("plot", "lines of points", SCATTER, 'axes.plot(*mine.T, "o", color=f"C{number}")'),
]

equivalents: list[Equivalent] = []
