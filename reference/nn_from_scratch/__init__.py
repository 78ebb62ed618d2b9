"""The first assignment: a neural network in numpy, trained on FashionMNIST."""
