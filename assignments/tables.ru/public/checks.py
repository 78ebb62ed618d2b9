"""The exercises of a market stall in tables, and how each is judged."""
import numpy as np
import pandas as pd
from hypothesis import strategies as st
from grader import Exercise, _, define, drawn_from, fetch, floats, frames, integers, keeps_arguments, lists, one_of, optional, printed, raises, result, sizes, take
from .drawn import AS_MANY, READ
words = Exercise('words', 'Names and weights', points=11, names=('parse_weight', 'tally'))
batches = Exercise('batches', 'One crate at a time', points=9, names=('batches',))
clean = Exercise('clean', 'A clean table', points=14, names=('clean',))
summary = Exercise('summary', 'What it says', points=14, names=('summary', 'shares', 'report'))
kmeans = Exercise('kmeans', 'k-means', points=17, names=('assign', 'move', 'kmeans'))
pca = Exercise('pca', 'Principal components', points=14, names=('PCA',))
stump = Exercise('stump', 'One good question', points=13, names=('gini', 'Stump'))
plot = Exercise('plot', 'A picture', points=8, names=('draw_clusters',))
NUMBER, UNIT = (one_of('350', '1.2', '0,5', '80', '12.75'), one_of('g', 'kg', ' g', '  KG', ' G '))
NO_WEIGHT = one_of('kg', '12', '12 lb', '', '-3 g', 'g 12', 'a lot', '1.2.3 kg')
NAMES = lists(one_of('apple', 'Apple', ' pear', 'PEAR ', 'plum', '', '  '), most=6)
FRUIT = optional(one_of('apple', 'Apple ', ' PEAR', 'pear'))
BOOK = frames(5, fruit=FRUIT, grams=optional(one_of(150.0, 90.0, 200.0, 60.5)))
STALL = frames('rows', fruit=one_of('pear', 'fig', 'plum'), grams=one_of(150.0, 90.0, 201.0))
POINTS, CENTRES = (floats(n, 2, kinds=('integers', 'normal')) for n in ('n', 'k'))
LABELS = integers('n', below='k')
CLOUD = floats(7, 3, kinds=('normal',), dtypes=('float64',))

@words.compare(result(4, hint='What stands before the unit, and how many grams is the unit?'))
def weights(code, number=NUMBER, unit=UNIT, before=one_of('', ' ')):
    """`parse_weight` returns grams, however the weight is typed."""
    return code.parse_weight(before + number + unit)

@words.check(points=3, needs=weights)
def no_weight(code, text=NO_WEIGHT):
    """`parse_weight` raises a ValueError for what is no weight."""
    with raises(code, ValueError):
        code.parse_weight(text)

@words.compare(result(4, hint='When are two names the same, and which are none?'))
def counts(code, names=NAMES):
    """`tally` returns how often each name occurs."""
    return code.tally(names)

@batches.compare(4)
def yielded(code, items=lists(integers()), size=sizes(1, 3)):
    """`batches` yields all items, in order, in lists of the size."""
    return list(code.batches(items, size))

@batches.check(points=3)
def lazy(code, size=sizes(1, 4)):
    """`batches` yields a list as soon as it is full."""
    items = define(code, 'as_many', AS_MANY)(2 * size)
    found = fetch(take(code.batches(items, size), 2))
    assert list(map(list, found)) == [list(range(size)), list(range(size, 2 * size))]

@batches.check(points=2)
def size_below_one(code, size=one_of(0, -1)):
    """`batches` raises a ValueError for a size below 1."""
    with raises(code, ValueError):
        list(code.batches([1, 2, 3], size))

@clean.compare(fruit=result(4, 'The names are clean, and rows without one are gone.'), grams=result(5, "Missing weights are the median of the fruit's, or their rows are gone."), labels=result(2, 'The columns are the same, and the rows numbered anew: 0, 1, 2, …'))
def cleaned(code, table=BOOK):
    """`clean` returns a clean table."""
    found = code.clean(table)
    return {**found.to_dict('list'), 'labels': [list(found.index), set(found.columns)]}

@clean.check(points=3, needs=cleaned.fruit)
def table_unchanged(code, table=BOOK):
    """`clean` leaves the table that it is given as it was."""
    keeps_arguments(code.clean(table))

@summary.compare(result(5, hint='Which column do you group by, and what of the other do you take?'))
def summarised(code, table=STALL):
    """`summary` returns the count, the mean and the heaviest of each fruit."""
    return code.summary(table)

@summary.compare(result(4, hint='What do the shares add up to, and which comes first?'))
def shared(code, table=STALL):
    """`shares` returns each fruit's share of the weight, the largest first."""
    found = code.shares(table)
    return {'in order': list(found), 'of each': dict(zip(found.index, found, strict=True))}

@summary.compare(result(5, hint='Compare the printed lines with the example letter by letter.'))
def reported(code, table=STALL):
    """`report` prints a line for each fruit and one for all."""
    return printed(code.report(table)).rstrip().splitlines()

@kmeans.compare(result(5, hint='Print the distances of one point to all centres.'))
def assigned(code, points=POINTS, centres=CENTRES):
    """`assign` returns the number of the nearest centre of each point."""
    return code.assign(points, centres)

@kmeans.compare(result(5, hint='What is the mean of no points, and who stays where it is?'))
def moved(code, points=POINTS, labels=LABELS, centres=CENTRES):
    """`move` returns the means of the points of each centre, and those without points as before."""
    return code.move(points, labels, centres)

@kmeans.check(points=2, needs=moved)
def arguments_unchanged(code, points=POINTS, labels=LABELS, centres=CENTRES):
    """`move` leaves the arrays that it is given as they were."""
    keeps_arguments(code.move(points, labels, centres))

@kmeans.compare(labels=result(3, '`kmeans` returns the labels that no longer change.'), centres=result(2, '`kmeans` returns the means of the points with these labels.'), needs=(assigned, moved))
def until_nothing_changes(code, points=CLOUD, k=sizes(1, 3), far=one_of(0, 99)):
    """`kmeans` repeats both steps."""
    labels, centres = code.kmeans(points, np.append(points[:k], points[:1] + far, axis=0))
    return {'labels': labels, 'centres': centres}

@pca.compare(mean=result(1, '`fit` keeps the mean of each column.'), variances=result(3, '`fit` keeps the largest variances, the largest first.'), directions=result(3, '`fit` keeps the directions of these variances, a row each.'), coordinates=result(2, '`transform` returns the coordinates along them.'), restored=result(3, '`restore` leads back from the coordinates that `transform` returns.'))
def principal(code, X=CLOUD, count=sizes(1, 3)):
    """The components and what they are for."""
    pca = code.PCA(count).fit(X)
    Z = pca.transform(X)
    products = np.einsum('ki,kj->kij', pca.components, pca.components)
    found = {'mean': pca.mean, 'variances': pca.variances, 'directions': products}
    return {**found, 'coordinates': np.abs(Z), 'restored': pca.restore(Z)}

@pca.compare(1, needs=principal)
def fitted_anew(code, X=CLOUD):
    """`fit` keeps nothing of what this or another PCA was given."""
    pca = code.PCA(2).fit(X[::2]).fit(X)
    code.PCA(2).fit(X[1::2])
    return [pca.mean, pca.variances]

@pca.check(points=1)
def not_fitted(code, X=CLOUD):
    """`transform` before `fit` raises a RuntimeError."""
    with raises(code, RuntimeError):
        code.PCA(2).transform(X)

@stump.compare(4)
def impurity(code, labels=lists(one_of(0, 1, 2), least=1)):
    """`gini` returns how mixed some labels are."""
    return code.gini(np.array(labels))

def ripening(seed):
    """Return a table in which something can be asked."""
    random = np.random.default_rng(seed)
    columns = (random.integers(40, 46, 6), random.normal(60, 9, 6).round(1), random.integers(0, 2, 6))
    return pd.DataFrame(dict(zip(('width', 'height', 'ripe'), columns, strict=True)))
FRUITS = drawn_from(st.integers(0, 2 ** 16), ripening)

def mixed(table, column, threshold):
    """Return the impurity of a question, weighted, for labels of 0 and 1."""
    sides = table['ripe'].groupby(table[column] <= threshold)
    return (2 * sides.sum() * (1 - sides.mean())).sum()

@stump.check(points=4, needs=impurity)
def best_question(code, reference, table=FRUITS):
    """`fit` keeps a question that leaves both sides as pure as can be."""
    found, best = (each.Stump().fit(table, 'ripe') for each in (code, reference))
    column, threshold, *right = fetch([found.column, found.threshold, best.column, best.threshold])
    assert column in ('width', 'height'), _('The question is about another column.')
    steps = np.unique(table[column])
    halfway = np.isclose(threshold, (steps[1:] + steps[:-1]) / 2).any()
    assert halfway, _('The threshold is not halfway between two neighbouring values.')
    pure = mixed(table, column, threshold) < mixed(table, *right) + 1e-09
    assert pure, _('Another question leaves purer sides.')

@stump.check(points=3, needs=best_question)
def answers(code, table=FRUITS):
    """`predict` returns what most rows on the same side were, left up to the threshold."""
    found = code.Stump().fit(table, 'ripe')
    column, threshold = fetch([found.column, found.threshold])
    asked = pd.concat([table, table.assign(**{column: threshold})])
    of_side = table['ripe'].groupby(table[column] <= threshold).mean()
    ripe = (asked[column] <= threshold).map(of_side)
    agree = (np.asarray(found.predict(asked)) == (ripe > 0.5)) | (ripe == 0.5)
    assert agree.all(), _('A row gets the label that is rarer on its side.')

@stump.check(points=2)
def nothing_to_ask(code, rows=integers(low=1, high=4)):
    """`fit` raises a ValueError where no column has two different values."""
    with raises(code, ValueError):
        code.Stump().fit(pd.DataFrame({'width': [60] * rows, 'ripe': [1] * rows}), 'ripe')

def drawing(code, points, labels):
    """Return the colours that `draw_clusters` gave to points, by their places, and the texts."""
    return define(code, 'read', READ)(code.draw_clusters(points, labels))

@plot.check(points=3)
def points_drawn(code, points=POINTS, labels=LABELS):
    """`draw_clusters` draws each point at its place."""
    drawn, *_texts = drawing(code, points, labels)
    assert set(drawn) == set(map(tuple, points.tolist())), _('Points are missing or elsewhere.')

@plot.check(points=3, needs=points_drawn)
def colours(code, points=floats(7, 2, kinds=('normal',)), labels=integers(7, high=2)):
    """`draw_clusters` gives each cluster a colour of its own."""
    drawn, *_texts = drawing(code, points, labels)
    pairs = set(zip(labels.tolist(), [drawn[tuple(each)] for each in points.tolist()], strict=True))
    assert len(pairs) == len(set(labels)), _('The points of one cluster have several colours.')
    assert len({c for _label, c in pairs}) == len(pairs), _('Two clusters have the same colour.')

@plot.check(points=2)
def texts_drawn(code):
    """The picture has a title, and its axes are called `width` and `height`."""
    _drawn, title, *names = drawing(code, np.eye(2), np.array([0, 1]))
    assert title, _('The picture has no title.')
    assert names == ['width', 'height']
exercises = [words, batches, clean, summary, kmeans, pca, stump, plot]
