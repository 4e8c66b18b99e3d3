# ruff: noqa: F401 (what is imported here is there for others)
"""What each page's process finds already imported.

The server that pages are forked from imports this module once; importing
TensorFlow for every page would cost 5 to 20 seconds a page. Tests of the
engine, whose pages do without TensorFlow, set PRELOAD_TENSORFLOW=0.
"""

import os
import sys

# TensorFlow prints to the process's stderr while it is imported, whatever its
# log level is: nothing of that is for the reader of a terminal.
sys.stderr.flush()
_stderr, _null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
os.dup2(_null, 2)
try:
    import ipykernel.debugger
    import ipykernel.kernelapp
    import ipykernel.zmqshell
    import matplotlib
    import matplotlib.pyplot
    import matplotlib_inline.backend_inline
    import numpy

    if os.environ.get("PRELOAD_TENSORFLOW") != "0":
        import keras
        import tensorflow
finally:
    os.dup2(_stderr, 2)
    os.close(_stderr)
    os.close(_null)
