"""Frauds on the drawings: captions, images and figures that are not what they say."""

from typing import Final

from tests.attacks.attack import Fraud
from tests.attacks.gaming.layers import SHOWN, UNTRAINED, WITH_AGENT

_BARE: Final = f"{SHOWN}\nshow(lambda truth: '')\n"

# What the agent would tell of a figure, made up.
_FIGURES: Final = """
import grader_agent.figures
def line(y, label):
    x = np.arange(300.0)
    return {"x": x, "y": y, "label": label, "length": 300}
def axes(**parts):
    empty = {"title": "", "xlabel": "", "ylabel": "", "legend": [], "texts": [], "lines": [],
             "images": [], "collections": 0, "patches": 0}
    return {**empty, **parts}
def forge(*parts):
    told = [{"suptitle": "", "texts": [], "axes": list(parts)}]
    grader_agent.figures.describe = lambda *_: told
    grader_agent.figures.count = lambda *_: 1
"""

DRAWINGS: Final = (
    Fraud(
        name="write the truth where the network's word belongs",
        must_not="points for predictions that the network does not make, without a person's look",
        code=f"{SHOWN}\nshow(lambda truth: f'pred: {{names[truth]}}, true: {{names[truth]}}')\n",
        honest=_BARE,
        exercise="predictions",
        review=True,
    ),
    Fraud(
        name="write every class at each image",
        must_not="points for the right names among all others, without a person's look",
        code=f"{SHOWN}\nshow(lambda truth: ' '.join(names))\n",
        honest=_BARE,
        exercise="predictions",
        review=True,
    ),
    Fraud(
        name="change the labels of the data set",
        must_not="points for predictions that are right by labels of its own",
        code=f"""{SHOWN}
test_dataset.targets[:] = 0
show(lambda truth: f"pred: {{names[0]}}, true: {{names[0]}}")
""",
        honest=_BARE,
        exercise="predictions",
    ),
    Fraud(
        name="forge the description of images",
        must_not="points for labels that were never drawn, and are wrong, without a person's look",
        code=f"""{SHOWN}{WITH_AGENT}{_FIGURES}
forge(*(
    axes(title=f"pred: {{names[truths[i]]}}, true: {{names[truths[i]]}}",
         images=[np.asarray(test_dataset.data[i])])
    for i in chosen))
show(lambda truth: '')
""",
        honest=_BARE,
        exercise="predictions",
        review=True,
    ),
    Fraud(
        name="forge the description of curves",
        must_not="points for lines that no training left, without a person's look",
        code=f"""{UNTRAINED}{WITH_AGENT}{_FIGURES}
steps = np.arange(300)
accuracy = 0.9 - 0.4 * np.exp(-steps / 60) + 0.01 * np.sin(steps)
loss = 0.3 + 2.0 * np.exp(-steps / 60) + 0.01 * np.sin(steps)
forge(axes(lines=[line(accuracy, "accuracy"), line(loss, "loss")], legend=["accuracy", "loss"]))
import matplotlib.pyplot as plt
plt.plot([1, 2])
plt.show()
""",
        honest=UNTRAINED,
        exercise="curves",
        review=True,
    ),
    Fraud(
        name="draw flat lines with the right labels",
        must_not="points for an accuracy and a loss that never change, without a person's look",
        code=f"""{UNTRAINED}
import matplotlib.pyplot as plt
plt.plot(np.full(300, 0.1), label="accuracy")
plt.plot(np.full(300, 2.3), label="loss")
plt.legend()
plt.show()
""",
        honest=UNTRAINED,
        exercise="curves",
        review=True,
    ),
)
