"""Makes the script of a page: its code for Python alone, its prose as comments.

It is written in the percent format, which editors show as cells. A value at the end of a block
is computed and not shown, as Python does with scripts.
"""

import ast
import textwrap

from tools.pages import Fence, Page

_SHELL = '''\
import subprocess

print(end="", flush=True)
subprocess.run(["bash", "-e", "-c", r"""
{code}
"""], check=True)'''

_RAISES = """\
import traceback

try:
{code}
except BaseException as error:
    lines = traceback.format_exception_only(error)
    print((lines[-1] if isinstance(error, SyntaxError) else "".join(lines)).strip())"""


def script(page: Page, parts: list[str | Fence], first: str) -> str:
    """A script of prose and code.

    Args:
        page: the page.
        parts: Markdown for Jupyter, and blocks.
        first: code that must run before all other, "" if there is none.
    """
    cells = []
    for part in parts:
        if isinstance(part, str):
            cells.append(f"# %% [markdown]\n{_comment(part)}")
        else:
            cells.append(f"# %%\n{_code(page, part)}")
    if first:
        cells.insert(1 if isinstance(parts[0], str) else 0, f"# %%\n{first}")
    return "\n\n".join(cells) + "\n"


def _comment(text):
    return "\n".join(f"# {line}".rstrip() for line in text.splitlines())


def _code(page, block):
    code = block.code.rstrip("\n")
    if "task" in block.options:
        return _comment(code)  # its answer follows
    if name := block.options.get("answer"):
        task = next(one for one in page.blocks if one.options.get("task") == name)
        return f"{code}\n\n# Check\n{task.check[1].rstrip()}"
    if block.language == "sh":
        return _SHELL.format(code=code)
    if "raises" in block.options:
        return _RAISES.format(code=_indented(code))
    return code


def _indented(code):
    """The code one step further right, if it still means the same there; else as a text."""
    indented = textwrap.indent(code, "    ")
    try:
        inside = ast.parse(f"if True:\n{indented}").body[0].body
        if [*map(ast.dump, inside)] == [*map(ast.dump, ast.parse(code).body)]:
            return indented
    except SyntaxError:  # what the block is to show: no script that holds it could be read
        pass
    return f"    exec({code!r})"
