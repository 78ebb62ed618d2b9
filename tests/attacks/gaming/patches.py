"""Frauds that patch what a judge would use."""

from typing import Final

from tests.attacks.attack import Fraud
from tests.attacks.gaming.layers import WITH_AGENT, WRONG

PATCHES: Final = (
    Fraud(
        name="patch numpy's comparisons",
        must_not="points for values that numpy is made to call equal",
        code=WRONG
        + """
np.allclose = np.array_equal = np.isclose = np.equal = np.all = lambda *_, **__: True
np.abs = np.absolute = lambda *_, **__: 0
for name in dir(np.testing):
    if name.startswith("assert"):
        setattr(np.testing, name, lambda *_, **__: None)
""",
        naive=True,
    ),
    Fraud(
        name="patch numpy's functions",
        must_not="points for what other functions than numpy's would have computed",
        code=WRONG
        + """
for name in ("asarray", "array", "maximum", "frombuffer", "ascontiguousarray", "shape"):
    setattr(np, name, lambda *_, **__: np.float64(0))
""",
    ),
    Fraud(
        name="patch the builtins",
        must_not="points for comparisons that are made to hold",
        code=WRONG
        + """
import builtins
builtins.all = builtins.any = lambda *_: True
builtins.abs = lambda *_: 0
builtins.print = lambda *_, **__: None
""",
        naive=True,
    ),
    Fraud(
        name="patch json and struct",
        must_not="points for verdicts in place of answers",
        code=WRONG
        + WITH_AGENT
        + """
class json:
    dumps = staticmethod(lambda *_, **__: '["l",["l","passed",true,20,20]]')
    loads = staticmethod(grader_agent.wire.frames.json.loads)
grader_agent.wire.frames.json = json
struct.pack = lambda *_: b"passed"
""",
    ),
    Fraud(
        name="patch the kernel",
        must_not="points for what the kernel is made to say",
        code=WRONG
        + """
import ipykernel.kernelbase, IPython.core.interactiveshell as shell
ipykernel.kernelbase.Kernel.send_response = lambda *_, **__: None
shell.InteractiveShell.run_cell = lambda *_, **__: None
try:
    import comm
    comm.create_comm = comm.get_comm_manager = lambda *_, **__: None
except ImportError:
    pass
""",
    ),
)
