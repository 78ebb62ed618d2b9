"""How bombs speak by the kernel's sockets."""

from typing import Final

# What the process that runs the notebook says the kernel's sockets by.
SOCKETS: Final = """
import json, os
kernel = get_ipython().kernel
def send(kind, content, parent=None):
    kernel.session.send(kernel.iopub_socket, kind, content, parent or kernel.get_parent())
"""
