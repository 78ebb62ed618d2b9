"""Known wrong solutions, unusual right ones, and changes that are no mistake."""

import ast
from itertools import chain

from grader import Equivalent, Mistake, Variant


def wrong(exercise: str, name: str, told: str, asked: str, *texts: str) -> Mistake:
    """Return a mistake: its explanation and its hint, and what is changed into what."""
    changes = right(exercise, name, *texts).changes
    return Mistake(name=name, exercise=exercise, changes=changes, explanation=told, hint=asked)


def right(exercise: str, name: str, *texts: str) -> Variant:
    """Return a variant: what is changed into what."""
    changes = tuple(zip(texts[::2], texts[1::2], strict=True))
    return Variant(name=name, exercise=exercise, changes=changes)


def same(reason: str, line: str, *texts: str) -> Equivalent:
    """Return an equivalent: what of a line may be changed into what."""
    changes = zip(texts[::2], texts[1::2], strict=True)
    new = tuple(line.replace(*each).replace('"', "'") for each in changes)
    return Equivalent(old=line.replace('"', "'"), new=new, reason=reason)


def flat(line: str, *parts: str) -> Equivalent:
    """Return an equivalent: parts of a line that have one dimension, or none, are transposed."""
    turned = [ast.unparse(ast.Attribute(ast.parse(each, mode="eval").body, "T")) for each in parts]
    reason = "Numbers and what has one dimension are their own transposes."
    return same(reason, line, *chain(*zip(parts, turned, strict=True)))


# A table is read by its rows: the formatter would give each text a line.
# fmt: off
GRAMS = 'return float(number.replace(",", ".")) * {"g": 1, "kg": 1000}[unit]'
BELOW = 'if size < 1:\n    raise ValueError("a batch has at least one item")'
NAMES = 'table["fruit"].str.strip().str.lower()'
TYPICAL = 'table.groupby(names)["grams"].transform("median")'
SHARES = "totals.sort_values(ascending=False) / totals.sum()"
NEAREST = "np.linalg.norm(points[:, None] - centres, axis=2).argmin(axis=1)"
MEANS = "means.append(mine.mean(0) if len(mine) else centre)"
# Known mistakes have to end.
ONCE = "return kmeans(points, moved)", "return labels, moved"
SIDE = "np.where(table[self.column] <= self.threshold, self.left, self.right)"
SCATTER = 'axes.scatter(*points.T, color=[f"C{label}" for label in labels])'

mistakes = [
    wrong("words", "kilograms taken for grams", "Your `parse_weight` does not look at the unit.",
          "How many grams are 1.2 kg?", GRAMS, 'return float(number.replace(",", "."))'),
    wrong("words", "comma refused", "Your `parse_weight` reads the decimal point alone.",
          "Which other sign may stand there?", "[.,]", "[.]"),
    wrong("words", "capitals refused", "Your `parse_weight` knows units in small letters alone.",
          "What does it say to 350 G?", "text.strip().lower())", "text.strip())"),
    wrong("words", "found inside a text", "Your `parse_weight` finds a weight in a longer text.",
          "What stands in front of the number in -3 g?", "re.fullmatch", "re.search"),
    wrong("words", "None for no weight", "Your `parse_weight` returns None for what is no weight.",
          "Who notices, and when?", 'raise ValueError(f"no weight: {text!r}")', "return None"),
    wrong("words", "spaces make another name", "Your `tally` keeps the spaces around a name.",
          "Print the keys with `repr`.", "name.strip()", "(name if name.strip() else '')"),
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
    wrong("clean", "median of all fruits", "Your `clean` fills in the median of the whole table.",
          "What should a missing plum weigh?", TYPICAL, 'table["grams"].median()'),
    wrong("clean", "unclean groups", "Your `clean` groups by the names as they were typed.",
          "When do you clean the names, and when do you need them?", TYPICAL,
          TYPICAL.replace("names", '"fruit"')),
    wrong("clean", "unknown kept", "Your `clean` keeps rows whose weight is still missing.",
          "What if no pear was ever weighed?", ".dropna()", '.dropna(subset=["fruit"])'),
    wrong("clean", "book overwritten", "Your `clean` writes into the table that it is given.",
          "Print the table before and after.", "names =", 'names = table["fruit"] ='),
    wrong("clean", "nameless kept", "Your `clean` keeps rows without a fruit.",
          "What does an empty name weigh?", ".dropna()", '.dropna(subset=["grams"])'),
    wrong("summary", "fruit as a column", "Your `summary` has the fruit as a column.",
          "What is the index of your table?", 'heaviest="max")', 'heaviest="max").reset_index()'),
    wrong("summary", "smallest share first", "Your `shares` begins with the smallest share.",
          "Which way does `sort_values` sort?", "sort_values(ascending=False)", "sort_values()"),
    wrong("summary", "weights for shares", "Your `shares` returns weights.",
          "What should they add up to?", SHARES, SHARES.replace(" / totals.sum()", "")),
    wrong("summary", "always pieces", "Your `report` says pieces of a single one, too.",
          "Print a report of one apple.", 'if len(grams) == 1', 'if len(grams) == 0'),
    wrong("kmeans", "farthest centre", "Your `assign` chooses the centre that is farthest.",
          "Put a point onto a centre.", NEAREST, NEAREST.replace("argmin", "argmax"), *ONCE),
    wrong("kmeans", "a point for each centre", "Your `assign` finds a point for each centre.",
          "How many labels do 5 points need?", NEAREST, NEAREST.replace("axis=1", "axis=0")),
    wrong("kmeans", "lost centre at the origin", "Your `move` puts a centre without points at 0.",
          "Where should it be?", MEANS, MEANS.replace("else", "else 0 *")),
    wrong("kmeans", "mean of nothing", "Your `move` takes the mean of no points.",
          "Where should a centre without points be?", MEANS, "means.append(mine.mean(0))", *ONCE),
    wrong("kmeans", "centres overwritten", "Your `move` writes into the centres it is given.",
          "Print them before and after.", MEANS, MEANS.replace("means.append", "centres[number] ="),
          "return np.array(means)", "return centres"),
    wrong("kmeans", "one round alone", "Your `kmeans` stops after one round.",
          "Do labels change if you go on?", *ONCE),
    wrong("pca", "smallest first", "Your `fit` keeps the directions that matter least.",
          "In which order does `eigh` return them?",
          "values[::-1]", "values", "vectors.T[::-1]", "vectors.T"),
    wrong("pca", "one mean for all", "Your `fit` keeps the mean for every PCA that there is.",
          "Whose is `PCA.mean`?", "self.mean = X", "PCA.mean = X"),
    wrong("pca", "divided by n", "Your variances are divided by n.",
          "By what does `np.cov` divide?", "np.cov(X.T)", "np.cov(X.T, bias=True)"),
    wrong("pca", "mean not subtracted", "Your `transform` does not subtract the mean.",
          "What are the coordinates of the mean?", "return (X - self.mean) @", "return X @"),
    wrong("pca", "mean not added", "Your `restore` leaves the mean out.",
          "Which point is at 0?", "@ self.components + self.mean", "@ self.components"),
    wrong("pca", "another exception", "Your `transform` before `fit` raises something else.",
          "Which exception is asked for?", "raise RuntimeError(", "raise ValueError("),
    wrong("stump", "sides of equal weight", "Your `fit` adds both impurities as they are.",
          "Does a side of one row count as much?", "len(side) * gini(side)", "gini(side)"),
    wrong("stump", "target asked", "Your `fit` asks about the target itself.",
          "Which columns may be asked?", "table.columns.drop(target)", "table.columns[::-1]"),
    wrong("stump", "sides swapped", "Your `predict` answers with the other side.",
          "Which side is at most the threshold?", SIDE, SIDE.replace("<=", ">")),
    wrong("stump", "None for no question", "Your `fit` says nothing where it cannot ask.",
          "What becomes of `predict`?", "min(questions)", "min(questions, default=(0, '', 0))"),
    wrong("plot", "one colour", "Your `draw_clusters` draws all points in one colour.",
          "What tells clusters apart?", SCATTER, "axes.scatter(*points.T)"),
    wrong("plot", "width and height swapped", "Your `draw_clusters` swaps the coordinates.",
          "Where is (10, 0)?", "*points.T", "*points.T[::-1]"),
    wrong("plot", "names swapped", "Your axes are called by each other's names.",
          "Which axis is `xlabel` about?", '"width", ylabel="height"', '"height", ylabel="width"'),
]

variants = [
    right("words", "rounded", GRAMS, GRAMS.replace("float(", "round(1000 * float(") + ") / 1000"),
    right("batches", "tuples", "yield batch\n            b", "yield tuple(batch)\n            b"),
    right("clean", "rows left out first", "names =",
          'table = table.dropna(subset=["fruit"])\n    names ='),
    right("clean", "median by hand", TYPICAL,
          'names.map({key: each.median() for key, each in table["grams"].groupby(names)})'),
    right("summary", "column by column", '.agg(count="count", mean="mean", heaviest="max")',
          '.pipe(lambda g: pd.DataFrame(dict(count=g.size(), mean=g.mean(), heaviest=g.max())))'),
    right("summary", "divided first", SHARES,
          "(totals / table.grams.sum()).sort_values()[::-1]"),
    right("kmeans", "multiplied out", NEAREST,
          "((centres**2).sum(1) - 2 * points @ centres.T).argmin(axis=1)"),
    right("kmeans", "small integers", NEAREST, f"{NEAREST}.astype(np.int32)"),
    right("pca", "opposite directions", "vectors.T[", "-vectors.T["),
    right("pca", "singular values", "values, vectors = np.linalg.eigh(np.cov(X.T))",
          "_, values, rows = np.linalg.svd(X - self.mean, full_matrices=False)\n"
          "        values, vectors = values[::-1] ** 2 / (len(X) - 1), rows[::-1].T"),
    right("stump", "last of the best", "min(questions)",
          "min(questions[::-1], key=lambda each: each[0])"),
    right("stump", "a list", f"return {SIDE}", f"return list({SIDE})"),
    right("plot", "lines of points", SCATTER,
          "for label in labels:\n"
          '        axes.plot(*points[labels == label].T, "o", color=f"C{label}")'),
    right("plot", "numbers for colours", SCATTER, "axes.scatter(*points.T, c=labels)"),
]

equivalents = [
    same("Only once it is full is a list looked at.", "if len(batch) == size:", "==", ">="),
    same("An empty list is made, or not, before it raises.", f"{BELOW}\nbatch = []",
         f"{BELOW}\nbatch = []", f"batch = []\n{BELOW}"),
    same("A stall has one piece at least.",
         'noun = "piece" if len(grams) == 1 else "pieces"', "==", "<="),
    same("Last axes, distances there and back.", f"return {NEAREST}", "axis=2", "axis=-1",
         "axis=1", "axis=-1", "points[:, None] - centres", "centres - points[:, None]"),
    same("Both are compared.", "if np.array_equal(assign(points, moved), labels):",
         "assign(points, moved), labels", "labels, assign(points, moved)"),
    same("No row is halfway, and both sides count alike.", "left = table[column] <= split",
         "<=", ">", "<=", ">=", "<=", "<"),
    same("No row is halfway.", "left = table[self.column] <= self.threshold", "<=", "<"),
    same("A direction has no sign.", "self.components = vectors.T[::-1][:self.count]", "v", "-v"),
    flat(f"return {SHARES}", SHARES, *SHARES.split(" / ")),
    flat("return (X - self.mean) @ self.components.T", "self.mean"),
    flat("return Z @ self.components + self.mean", "self.mean"),
    *(flat(line, line.split(maxsplit=2 - line.startswith("return"))[-1]) for line in (
        f"names = {NAMES}", f"typical = {TYPICAL}", 'weights = table["grams"].fillna(typical)',
        'totals = table.groupby("fruit")["grams"].sum()', "labels = assign(points, centres)",
        f"return {NEAREST}", f"return {SIDE}", "self.mean = X.mean(0)",
        "self.variances = values[::-1][:self.count]")),
]
