"""A network that a notebook has trained: measured, doubted, and trained again where luck counts.

`recipe`: how an assignment trains its network.
`trained`: which of a notebook's states holds the network that is judged.
`classifier`, `metrics`: how well a state's network does.
`plausibility`: doubts about it that cost nothing.
`paired`, `divergence`: the student's layers trained as the reference's, and where they part.
`reruns`: trainings looked at again, where bad luck may be why one misses its bar.
`hints`: what a training does that keeps right layers from learning.
`misread`: why the accuracy that a notebook tells is not its network's.
`unseen`: whether a network has learnt from the images that it is judged by.
`quick`: what a training would come to that `--quick` has left out.
"""
