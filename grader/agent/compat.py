"""What is used of other libraries that they do not promise to keep, in one list.

To be looked through when one of them, or Python, has a new version: a test names whatever is no
longer there, and another whatever is used and not listed. What the grader uses is in it too.
"""

from typing import Final

# By the module: names in it, and below the names of classes what is used of them.
PRIVATE: Final[dict[str, tuple[str, ...]]] = {
    # `seeds`: where generators draw or take their seed.
    "random": ("_inst",),
    "numpy.random.bit_generator": ("_coerce_to_uint32_array", "randbits"),
    "numpy.random.mtrand": ("_MT19937", "_MT19937._legacy_seeding"),
    # `loader`: where a plain loader fetches its batches.
    "torch.utils.data.dataloader": (
        "_SingleProcessDataLoaderIter",
        "_SingleProcessDataLoaderIter.__init__",
        "DataLoader._auto_collation",
    ),
    # `offline_data`: where a data set of torchvision looks for its files.
    "torchvision.datasets.mnist": ("MNIST.raw_folder", "MNIST._check_legacy_exist"),
    # `values`: reading a tensor's or a table's numbers by no method of a subclass.
    "torch": ("_C.DisableTorchFunctionSubclass",),
    "pandas": ("DataFrame._from_mgr", "Series._from_mgr"),
    # `figures`: the one title of a figure that is no text of an axes.
    "matplotlib.figure": ("Figure.suptitle",),
    # `shared_memory`: the semaphore that has a name in the file system.
    "multiprocessing.synchronize": ("_multiprocessing",),
    # `counting` and `seeds`: whose code a frame runs. `grader.asking.bounds`: what a thread is at.
    "_imp": ("get_frozen_object",),
    "sys": ("_getframe", "_current_frames"),
    # `kernel` and `prompts`: what a kernel is started by, answers and asks with.
    "ipykernel.kernelapp": ("IPKernelApp.parse_command_line",),
    "ipykernel.kernelbase": ("Kernel.raw_input", "Kernel.getpass"),
    # `grader.sandbox.jupyter`: where messages are received, and a kernel is asked how it is.
    "jupyter_client.channels": ("AsyncZMQSocketChannel._recv",),
    "jupyter_client.client": ("KernelClient._handle_kernel_info_reply",),
    "jupyter_client.manager": ("KernelManager._async_is_alive",),
    "nbclient": ("NotebookClient.process_message", "NotebookClient.async_start_new_kernel_client"),
}
# Attributes that instances alone have, by which module's objects.
OF_INSTANCES: Final[dict[str, tuple[str, ...]]] = {
    "torch.utils.data.dataloader": ("_dataset_fetcher",),
    "matplotlib.figure": ("_suptitle",),
    "ipykernel.kernelbase": ("shell_handlers",),
    # Where the library's requests are sent from: `grader.publishing.canvas` bounds their time.
    "canvasapi.requester": ("_session",),
}
# Instructions of Python's bytecode by which `purity` tells what a function does, and `left_out`
# which names a cell has.
OPCODES: Final = (
    *("LOAD_NAME", "STORE_NAME", "DELETE_NAME", "LOAD_GLOBAL", "STORE_GLOBAL", "DELETE_GLOBAL"),
    *("LOAD_ATTR", "STORE_ATTR", "DELETE_ATTR", "STORE_DEREF", "DELETE_DEREF"),
    *("IMPORT_NAME", "IMPORT_FROM", "LOAD_BUILD_CLASS", "YIELD_VALUE", "SEND", "GET_AWAITABLE"),
)
# Python 3.12 has LOAD_ATTR for it.
FORMER_OPCODES: Final = ("LOAD_METHOD",)
