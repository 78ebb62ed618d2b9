"""What the cells after a crashed training are tried with: as if another training had gone well."""
from typing import Final
import numpy as np
from grader import StandIn
from grader.checks.training.classifier import Standing
EPOCHS, BATCHES = (10, 313)
STANDING: Final = Standing(accuracy=0.57, loss=1.3)

def _logs() -> dict[str, list[float]]:
    """Return logs that rise and fall as a training's do, with the jitter of batches."""
    steps = np.arange(EPOCHS * BATCHES)
    still_to_learn = np.exp(-steps / 600)
    jitter = 0.05 * np.sin(steps * 2.4)
    return {'loss': (STANDING.loss + 0.9 * still_to_learn + jitter).tolist(), 'acc': (STANDING.accuracy - 0.4 * still_to_learn - jitter).tolist()}
STAND_INS: Final = (StandIn('logs', 'value', _logs()), StandIn('network', 'network', 10))
