"""The exercises, in the order of the notebook."""
from typing import Final
import numpy as np
from grader import CheckFailed, Code, Exercise, Submission, Tensor, _, define, floats, integers, one_of, result, seed, sizes, tensors
from grader.checks.compare import is_real
from grader.checks.training.classifier import Classifier, noisy_images
from grader.checks.training.metrics import accuracy
from .given import HELPERS, LOOP
dataset = Exercise('dataset', 'The data set', points=12, names=('ImageDataset',))
loss = Exercise('loss', 'The loss', points=12, names=('cross_entropy',))
model = Exercise('model', 'The model', points=18, names=('Classifier',))
optimizer = Exercise('optimizer', 'The optimizer', points=15, names=('Momentum',))
training = Exercise('training', 'An epoch of training', points=17, names=('train_epoch',))
evaluation = Exercise('evaluation', 'The evaluation', points=14, names=('evaluate',))
trained = Exercise('trained', 'The trained model', points=12, names=('model',))
exercises = [dataset, loss, model, optimizer, training, evaluation, trained]
PIXELS: Final = integers('n', 'height', 'width', high=255)
NORMAL: Final = floats('batch', 'classes', kinds=('normal',))
LARGE: Final = floats('batch', 'classes', kinds=('large',))
CLASSES: Final = sizes(2, 5)
LABELS: Final = tensors(integers('batch', below='classes'))
LEAF: Final = tensors(floats(2), requires_grad=True)
IMAGES: Final = tensors(floats('batch', 1, 'features', kinds=('normal',)))
WEIGHTS: Final = tensors(floats('features', 'classes', kinds=('normal',)))
MOVES: Final = 'Images and labels of each batch are moved to the device that is given.'
ONES: Final = np.ones((100, 1), np.float32)
COPYING: Final = [Tensor(each) for each in (ONES, np.eye(100, dtype=np.float32), 0 * ONES[:, 0])]

@dataset.compare(length=result(1, '`len` of a data set is the number of its examples.'), image=result(5, 'An image is a tensor (1, height, width) of numbers from 0 to 1.'), dtype=result(2, 'It is of float32, as the weights of a model are.'), label=result(2, 'An image comes with its own label.'))
def items(code, images=PIXELS, labels=integers('n', below=10), index=integers(below='n')):
    data = code.ImageDataset(images.astype(np.uint8), labels)
    code.ImageDataset(images[:0].astype(np.uint8), labels[:0])
    image, label = data[index]
    return {'length': len(data), 'image': image, 'dtype': str(image.dtype), 'label': label}

@dataset.compare(2, needs=items.image)
def transformed(code, images=PIXELS, labels=integers('n')):
    """What `transform` returns of the image takes its place."""
    data = code.ImageDataset(images.astype(np.uint8), labels, define(code, 'flipped', HELPERS))
    return data[0][0]

@loss.compare(value=result(5, '`cross_entropy` returns the mean over the batch, a tensor without axes.'), gradient=result(4, '`backward` leaves the gradient in `logits.grad`.'))
def losses(code, logits=tensors(NORMAL, requires_grad=True), labels=LABELS, classes=CLASSES):
    loss = code.cross_entropy(logits, labels)
    value = loss.detach()
    loss.backward()
    return {'value': value, 'gradient': logits.grad}

@loss.compare(3, needs=losses.value)
def far(code, logits=tensors(LARGE), labels=LABELS, classes=CLASSES):
    """The loss of logits of a thousand is finite, and right."""
    return code.cross_entropy(logits, labels)

@model.compare(4)
def registered(code, n_in=sizes(), hidden=sizes(), classes=sizes()):
    """The model registers two weights and two biases."""
    return define(code, 'shapes', HELPERS)(code.Classifier(n_in, hidden, classes))

@model.compare(logits=result(5, 'In evaluation, the logits are those of Linear, ReLU, Linear.'), without_gradient=result(3, 'A gradient reaches every parameter.'), needs=registered)
def outputs(code, images=tensors(floats('batch', 'n_in')), W1=tensors(floats('hidden', 'n_in')), b1=tensors(floats('hidden')), W2=tensors(floats('classes', 'hidden')), b2=tensors(floats('classes'))):
    fill, unreached = (define(code, each, HELPERS) for each in ('fill', 'unreached'))
    network = code.Classifier(W1.shape[1], W1.shape[0], W2.shape[0], dropout=0.0)
    fill(network, W1, b1, W2, b2).eval()
    logits = network(images.unsqueeze(1))
    logits.sum().backward()
    return {'logits': logits.detach(), 'without_gradient': unreached(network)}

@model.check(points=6, needs=outputs.logits)
def drops(code, dropout=one_of(0.5, 0.2), mode=one_of('train', 'eval')):
    """In training, a share `dropout` of the activations is 0, and the others grow to match."""
    network = define(code, 'fill', HELPERS)(code.Classifier(1, 100, 100, dropout), *COPYING)
    getattr(network, mode)()
    seed(code, 1)
    kept = np.asarray(network(Tensor(ONES)))
    share = dropout if mode == 'train' else 0
    assert abs(np.mean(kept == 0) - share) < 0.04
    assert np.allclose(kept[kept != 0], 1 / (1 - share))

@optimizer.compare(first=result(4, 'The first step goes down the gradient, `lr` times as far.'), second=result(4, 'The second goes on with the velocity of the first.'))
def steps(code, bias=tensors(floats('columns'), requires_grad=True), weights=tensors(floats('rows', 'columns'), requires_grad=True), gradients=tensors(floats(2, 'rows', 'columns')), lr=one_of(0.5, 0.1), momentum=one_of(0.5, 0.9, 0.0)):
    optimizer, after = (code.Momentum([bias, weights], lr=lr, momentum=momentum), [])
    code.Momentum([bias])
    for gradient in gradients:
        bias.grad, weights.grad = (gradient[0], gradient)
        optimizer.step()
        after.append(weights.detach())
    return {'first': after[0], 'second': after[1]}

@optimizer.compare(gradient_left=result(3, 'After `zero_grad`, no parameter has a gradient, or it is 0.'), moved=result(4, 'Parameters of a generator move at each step; one without a gradient stays.'), needs=steps)
def conduct(code, unused=LEAF, weights=LEAF, gradient=tensors(floats(2))):
    once, left = (define(code, each, HELPERS) for each in ('once', 'left'))
    optimizer = code.Momentum(once(unused, weights))
    weights.grad = gradient
    optimizer.step()
    optimizer.zero_grad()
    gradient_left = left(weights.grad)
    weights.grad = gradient
    optimizer.step()
    return {'gradient_left': gradient_left, 'moved': [unused.detach(), weights.detach()]}

@training.compare(weights=result(8, 'After an epoch, the weights are where a right loop leads them.'), mean_loss=result(2, 'The mean loss of an example is returned.'), graph=result(1, 'No graph hangs on it.'), modes=result(3, 'The model is in training mode, whatever it was in before.'), moves=result(3, MOVES))
def epoch(code, W=WEIGHTS, images=IMAGES, labels=LABELS, size=sizes(1, 3)):
    model = define(code, 'Model', LOOP)(W, images, labels, size).eval()
    mean_loss = code.train_epoch(model, model.loader, model.optimizer, model.loss, model.device)
    graph = define(code, 'grows', HELPERS)(mean_loss)
    notes = {'graph': graph, 'modes': model.modes, 'moves': model.moves}
    return {'weights': model.W.detach(), 'mean_loss': mean_loss, **notes}

@evaluation.compare(mean_loss=result(3, 'The mean loss of an example is returned first.'), accuracy=result(4, 'The accuracy is the share of examples that are recognised.'), modes=result(3, 'The model is in evaluation mode.'), graphs=result(2, 'No graph is built while the model answers.'), moves=result(2, MOVES))
def measured(code, W=WEIGHTS, images=IMAGES, labels=LABELS, size=sizes(1, 3)):
    model = define(code, 'Model', LOOP)(W, images, labels, size)
    mean_loss, accuracy = code.evaluate(model, model.loader, model.loss, model.device)
    notes = {'modes': model.modes, 'graphs': model.graphs, 'moves': model.moves}
    return {'mean_loss': mean_loss, 'accuracy': accuracy, **notes}
BAR, COUNT = (0.4, 2000)
TRAINED: Final = Classifier('model', 'train_loader', 'test_loader', 'FashionMNIST')

@trained.check(points=12)
def recognises(submission: Submission) -> None:
    """The trained `model` recognises 40 of 100 images that it has not seen."""
    images, labels = (each[:COUNT] for each in noisy_images(submission, TRAINED))
    best = 0.0
    for cell in submission.cells.training(TRAINED.network, TRAINED.loader) or (None,):
        code = Code(submission.measured_at(cell))
        code.model.eval()
        try:
            logits = np.asarray(code.model(Tensor(images[:, None].astype(np.float32) / 255)))
        except (TypeError, ValueError):
            logits = np.array(None)
        if not is_real(logits):
            raise CheckFailed(_('`model` does not return numbers.'))
        if logits.shape != (COUNT, 10):
            raise CheckFailed(_('`model` returns the shape {shape}.', shape=logits.shape))
        best = max(best, accuracy(logits, labels))
    if best < BAR:
        raise CheckFailed(_('`model` recognises {share:.1%} of the images.', share=best))
