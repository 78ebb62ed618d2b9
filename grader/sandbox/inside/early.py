"""What a kernel imports only as it starts, imported before.

It takes a quarter of the start: so it is done while the grader gets ready, or once for all that is
forked from a warm process.
"""

import faulthandler  # noqa: F401

import ipykernel.debugger  # noqa: F401
import IPython.core.completerlib
import IPython.core.debugger
import IPython.core.oinspect
import IPython.extensions.storemagic  # noqa: F401
import tornado.platform.asyncio  # noqa: F401
