"""A kernel whose code has the name and the line numbers of its page."""

from ipykernel.compiler import XCachingCompiler
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from traitlets import Type
from traitlets.config import Config


def app_for(name: str) -> IPKernelApp:
    """The application of a kernel for a page of this name."""

    class Compiler(XCachingCompiler):
        def cache(self, transformed_code, number=0, raw_code=None):
            return name  # under which linecache has the page: tracebacks and AutoGraph look there

    class Kernel(IPythonKernel):
        compiler_class = Type(Compiler)

    config = Config()
    config.IPKernelApp.kernel_class = Kernel
    config.IPKernelApp.quiet = True
    # Plain tracebacks: Jupyter's usual ones show the code around each line, half a second each.
    config.InteractiveShell.xmode = "Plain"
    config.HistoryManager.enabled = False
    # Twice the dots of the page, so that lines are sharp on dense screens.
    config.InlineBackend.figure_formats = {"retina"}
    config.InlineBackend.print_figure_kwargs = {
        "bbox_inches": "tight",
        "metadata": {"Software": None},
    }
    return IPKernelApp.instance(config=config)
