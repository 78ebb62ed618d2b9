"""The exercises of the assignment and what each asks."""
import math
import numpy as np
from grader import Exercise, _, floats, integers, keeps_arguments, one_of, result, seed, sizes
linear = Exercise('linear', 'The Linear layer', points=14, names=('Linear',))
softmax = Exercise('softmax', 'The Softmax layer', points=12, names=('Softmax',))
cross_entropy = Exercise('cross_entropy', 'Cross-entropy', points=14, names=('cross_entropy',))
batch_norm = Exercise('batch_norm', 'Batch normalisation', points=18, names=('BatchNorm',))
dropout = Exercise('dropout', 'The Dropout layer', points=14, names=('Dropout',))
conv = Exercise('conv', 'Convolution', points=14, names=('conv_forward', 'conv_backward'))
value = Exercise('value', 'Gradients that find themselves', points=14, names=('Value',))
exercises = [linear, softmax, cross_entropy, batch_norm, dropout, conv, value]
X, W, B = (floats('n', 'n_in'), floats('n_in', 'n_out'), floats('n_out'))
GRAD, FEATURE, BATCH = (floats('n', 'n_out'), floats('features'), floats('batch', 'features'))
SCORES = floats('batch', 'classes', kinds=('integers', 'normal', 'zeros', 'tiny'))
LARGE = floats('batch', 'classes', kinds=('large',))
LABELS, SEED = (integers('batch', below='classes'), integers(high=999))
PADDING, SIZE, A = (one_of(0, 1), sizes(2, 3), floats(kinds=('integers', 'normal')))
EPS, MANY = (one_of(1e-05, 0.1), sizes(3, 6))
PICTURES, KERNELS = (floats('n', 'n_in', 3, 4), floats('n_out', 'n_in', 'size', 'size'))

@linear.check(points=2)
def start(code, n_in=sizes(60, 80), n_out=sizes(9, 12)):
    """A new layer has random weights of the right deviation, and zeros elsewhere."""
    seed(code, n_in)
    layer, _other = (code.Linear(n_in, n_out), code.Linear(n_out, n_in))
    W = np.asarray(layer.W)
    assert W.shape == (n_in, n_out)
    assert 0.7 < W.std() * math.sqrt(n_in) < 1.4, _('The deviation of `W` is not 1 / sqrt(n_in).')
    assert np.array_equal(layer.b, np.zeros(n_out))
    assert np.array_equal(layer.grad_W, np.zeros((n_in, n_out)))
    assert np.array_equal(layer.grad_b, np.zeros(n_out))

@linear.compare(y=result(3, '`forward` returns x @ W + b.'), grad_x=result(3, '`backward` returns the gradient by x.'), grad_W=result(3, 'After one `backward`, `grad_W` is the gradient by W.'), grad_b=result(1, 'After one `backward`, `grad_b` is the gradient by b.'))
def passes(code, x=X, W=W, b=B, grad=GRAD, n_in=sizes(), n_out=sizes()):
    layer, other = (code.Linear(n_in, n_out), code.Linear(n_in, n_out))
    layer.W = other.W = W
    layer.b = other.b = b
    y, _other, grad_x = (layer.forward(x), other.forward(2 * x), layer.backward(grad))
    return {'y': y, 'grad_x': grad_x, 'grad_W': layer.grad_W, 'grad_b': layer.grad_b}

@linear.compare(2, needs=[passes.grad_W, passes.grad_b])
def gradients(code, x=X, W=W, grad=GRAD, n_in=sizes(), n_out=sizes()):
    """A second `backward` adds to `grad_W` and `grad_b`, and `zero_grad` sets them to zeros."""
    layer = code.Linear(n_in, n_out)
    layer.W = W
    for batch in (x, 2 * x):
        layer.forward(batch)
        layer.backward(grad)
    twice = [layer.grad_W, layer.grad_b]
    layer.zero_grad()
    return [*twice, layer.grad_W, layer.grad_b]

@softmax.compare(y=result(4, '`forward` returns the probabilities of each row.'), grad_x=result(4, '`backward` returns the gradient by x.'))
def probabilities(code, x=SCORES, grad=floats('batch', 'classes')):
    layer = code.Softmax()
    return {'y': layer.forward(x), 'grad_x': layer.backward(grad)}

@softmax.compare(2, needs=probabilities.y)
def large_scores(code, x=LARGE):
    """`forward` returns probabilities for scores in the thousands, too."""
    return code.Softmax().forward(x)

@softmax.compare(1, needs=probabilities.grad_x)
def latest(code, x=SCORES, grad=floats('batch', 'classes')):
    """`backward` belongs to the latest `forward`, of its own layer."""
    layer, other = (code.Softmax(), code.Softmax())
    for each, scores in ((layer, 3 * x), (layer, x), (other, 2 * x)):
        each.forward(scores)
    return layer.backward(grad)

@softmax.check(points=1, needs=probabilities.y)
def arguments(code, x=SCORES):
    """`forward` and `backward` leave the arrays that they are given as they were."""
    layer = code.Softmax()
    keeps_arguments(layer.forward(x))
    keeps_arguments(layer.backward(x))

@cross_entropy.compare(loss=result(3, 'With logits, the loss is the mean of -log p.'), gradient=result(4, 'With logits, the gradient is that by the logits.'))
def with_logits(code, logits=SCORES, labels=LABELS):
    loss, gradient = code.cross_entropy(logits, labels)
    return {'loss': loss, 'gradient': gradient}

@cross_entropy.compare(loss_by_p=result(2, 'With probabilities, the loss is the mean of -log p.'), gradient_by_p=result(2, 'With probabilities, the gradient is that by the probabilities.'))
def with_p(code, p=floats('batch', 'classes', low=0.1, high=1), labels=LABELS):
    loss, gradient = code.cross_entropy(p, labels, from_logits=False)
    return {'loss_by_p': loss, 'gradient_by_p': gradient}

@cross_entropy.compare(2, needs=with_logits.loss)
def large_logits(code, logits=LARGE, labels=LABELS):
    """The loss is right for logits in the thousands, too."""
    return code.cross_entropy(logits, labels)[0]

@cross_entropy.check(points=1, needs=with_logits.loss)
def inputs_unchanged(code, logits=SCORES, labels=LABELS):
    """`cross_entropy` leaves the arrays that it is given as they were."""
    keeps_arguments(code.cross_entropy(logits, labels))

@batch_norm.compare(y=result(4, 'While training, `forward` normalises by the batch, scales and shifts.'), grad_beta=result(1, '`grad_beta` is the gradient by beta.'), grad_gamma=result(2, '`grad_gamma` is the gradient by gamma.'), grad_x=result(4, '`backward` returns the gradient by x.'))
def normalised(code, x=BATCH, gamma=FEATURE, beta=FEATURE, grad=BATCH, eps=EPS, batch=MANY):
    layer = code.BatchNorm(len(gamma), 0.1, eps)
    layer.gamma, layer.beta = (gamma, beta)
    y, grad_x = (layer.forward(x), layer.backward(grad))
    by = {'grad_beta': layer.grad_beta, 'grad_gamma': layer.grad_gamma}
    return {'y': y, **by, 'grad_x': grad_x}

@batch_norm.compare(1, needs=[normalised.grad_gamma, normalised.grad_x])
def latest_batch(code, x=BATCH, grad=BATCH, features=sizes(), batch=MANY):
    """The gradients belong to the latest `forward`, of their own layer."""
    layer, other = (code.BatchNorm(features, 0.1, 1e-05), code.BatchNorm(features, 0.1, 1e-05))
    for each, inputs in ((layer, x[::-1] ** 2), (layer, x), (other, x ** 2)):
        each.forward(inputs)
    grads = [each.backward(way * grad) for each, way in ((layer, 3), (layer, 1), (other, 2))]
    return [grads[1], layer.grad_gamma, layer.grad_beta]

@batch_norm.compare(running_mean=result(1.5, 'While training, `forward` updates `running_mean`.'), running_var=result(1.5, 'While training, `forward` updates `running_var`.'))
def running(code, first=BATCH, second=BATCH, momentum=one_of(0.1, 0.9), features=sizes()):
    layer = code.BatchNorm(features, momentum, 1e-05)
    layer.forward(first)
    layer.forward(second)
    return {'running_mean': layer.running_mean, 'running_var': layer.running_var}

@batch_norm.compare(3)
def evaluation(code, x=BATCH, mean=FEATURE, var=floats('features', low=0.5, high=4)):
    """In evaluation, `forward` takes the running mean and variance, and changes neither."""
    layer = code.BatchNorm(len(mean), 0.1, 1e-05)
    layer.running_mean, layer.running_var, layer.training = (mean, var, False)
    return [layer.forward(x), layer.running_mean, layer.running_var]

@dropout.check(points=3)
def kept_scaled(code, x=floats(20, 30, kinds=('normal',)), rate=one_of(0.2, 0.75), number=SEED):
    """While training, each number is 0 or its input divided by 1 - rate."""
    y = code.Dropout(rate, number).forward(x)
    assert y.shape == x.shape
    assert 0 < np.mean(y == 0) < 1, _('Some numbers are to be dropped, and others kept.')
    assert np.allclose(y, np.where(y == 0, 0, x / (1 - rate)))

@dropout.check(points=2)
def share(code, rate=one_of(0.2, 0.75), number=SEED):
    """While training, numbers are dropped with the probability `rate`."""
    y = code.Dropout(rate, number).forward(np.ones((40, 50)))
    assert abs(np.mean(y == 0) - rate) < math.sqrt(math.log(2000000000000.0) / (2 * 40 * 50))

@dropout.check(points=3, needs=kept_scaled)
def seeded(code, rate=one_of(0.3, 0.6), number=SEED):
    """The same seed drops the same numbers, another seed others, and so does each `forward`."""
    ones = np.ones((20, 30))
    layer, twin, other = (code.Dropout(rate, each) for each in (number, number, number + 1))
    first, second = (layer.forward(ones), layer.forward(ones))
    assert np.array_equal(twin.forward(ones), first), _('Two layers of one seed drop others.')
    assert not np.array_equal(second, first), _('Two calls of `forward` drop the same numbers.')
    assert not np.array_equal(other.forward(ones), first), _('Two seeds drop the same numbers.')

@dropout.check(points=3, needs=kept_scaled)
def mask(code, grad=floats(4, 6), number=SEED):
    """`backward` does to the gradient what the latest `forward` did to its input."""
    layer, other = (code.Dropout(0.5, number), code.Dropout(0.5, number))
    layer.forward(np.ones((4, 6)))
    factors, _other = (layer.forward(np.ones((4, 6))), other.forward(np.ones((4, 6))))
    assert np.any(factors)
    assert np.allclose(layer.backward(grad), grad * factors)

@dropout.compare(2)
def evaluating(code, x=BATCH, grad=BATCH):
    """In evaluation, `forward` and `backward` return what they are given."""
    layer = code.Dropout(0.5, 3)
    layer.forward(x)
    layer.training = False
    return [layer.forward(x), layer.backward(grad)]

@dropout.check(points=1, needs=kept_scaled)
def inputs_kept(code, x=BATCH, grad=BATCH):
    """`forward` and `backward` leave the arrays that they are given as they were."""
    layer = code.Dropout(0.5, 3)
    keeps_arguments(layer.forward(x))
    keeps_arguments(layer.backward(grad))

@conv.compare(5)
def out(code, x=PICTURES, w=KERNELS, b=B, padding=PADDING, size=SIZE):
    """`conv_forward` slides the kernels over the picture with its border."""
    return code.conv_forward(x, w, b, padding)[0]

@conv.compare(grad_x=result(5, '`conv_backward` returns the gradient by x, without the border.'), grad_w=result(3, '`conv_backward` returns the gradient by w.'), grad_b=result(1, '`conv_backward` returns the gradient by b.'))
def back(code, x=PICTURES, w=KERNELS, b=B, padding=PADDING, size=SIZE):
    cache = code.conv_forward(x, w, b, padding)[1]
    shape = (len(x), len(w), 4 - size + 2 * padding, 5 - size + 2 * padding)
    grad = np.arange(math.prod(shape)).reshape(shape) % 5 - 1.5
    grad_x, grad_w, grad_b = code.conv_backward(grad, cache)
    return {'grad_x': grad_x, 'grad_w': grad_w, 'grad_b': grad_b}

def derived(y, *operands):
    """Return the number, and after `backward` the gradients by the operands."""
    y.backward()
    return [y.data, *(each.grad for each in operands)]

@value.compare(2)
def addition(code, a=A, b=A):
    """`+` adds, and gives the gradient to both."""
    v, w = (code.Value(a), code.Value(b))
    return derived(v + w, v, w)

@value.compare(2)
def product(code, a=A, b=A):
    """`*` multiplies, and gives each the gradient times the other."""
    v, w = (code.Value(a), code.Value(b))
    return derived(v * w, v, w)

@value.compare(2)
def power(code, a=A, exponent=one_of(2, 3, -1)):
    """`**` raises to a power, and gives the gradient times the slope."""
    v = code.Value(a)
    return derived(v ** exponent, v)

@value.compare(relu=result(1, '`relu` and its gradient.'), tanh=result(1, '`tanh` and its gradient.'))
def activations(code, a=A):
    v, w = (code.Value(a), code.Value(a))
    return {'relu': derived(v.relu(), v), 'tanh': derived(w.tanh(), w)}

@value.compare(1, needs=[addition, product])
def numbers(code, a=A, b=A):
    """An operand may be a number."""
    v = code.Value(a)
    return derived((b + v) * 3 - 2 * v, v)

@value.compare(2, needs=[addition, product])
def used_twice(code, a=A):
    """What arrives from all uses of a Value adds up."""
    v = code.Value(a)
    return derived(v * v + v, v)

@value.compare(3, needs=used_twice)
def order(code, a=A, b=A):
    """A Value passes its gradient on once all of it has arrived."""
    v, w = (code.Value(a), code.Value(b))
    inner = v * w + v
    return derived(inner * (inner * w) + inner, v, w, inner)
