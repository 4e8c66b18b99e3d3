"""Makes the notebook of a page, with its prose and what its run printed and drew.

The notebooks are plain dicts in the notebook format 4.5
(https://nbformat.readthedocs.io/en/latest/format_description.html): nbformat would check each
cell as it is made, which takes longer than all else in a build. The tests check them instead.
"""

from tools.blocks import Fence
from tools.record import Record

_MIME = {"png": "image/png", "gif": "image/gif", "jpeg": "image/jpeg"}
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}

# Colab has versions of its own; elsewhere the reader's environment is left alone.
_PIN = """\
# In Colab: the versions that this page was checked with.
import sys

if "google.colab" in sys.modules:
    %pip install -q {packages}"""


def notebook(
    parts: list[str | tuple[Fence, Record | None]], first: str, packages: dict[str, str]
) -> dict:
    """A notebook of prose and code.

    Args:
        parts: Markdown for Jupyter, and each block with its record (None: not run yet).
        first: code that must stand before all other, "" if there is none.
        packages: name -> version of what Colab shall install; empty leaves that cell out.
    """
    cells = []
    for part in parts:
        if isinstance(part, str):
            cells.append(markdown_cell(part))
        else:
            block, record = part
            cells.append(_block_cell(block, record))
            if caption := block.options.get("caption"):
                cells.append(markdown_cell(f"*{caption}*"))
    pins = " ".join(f"{name}=={version}" for name, version in packages.items())
    front = [_hidden(code) for code in (pins and _PIN.format(packages=pins), first) if code]
    # Behind the title, which a reader and a list of files look for at the top.
    title = int(bool(cells) and cells[0]["cell_type"] == "markdown")
    return of_cells([*cells[:title], *front, *cells[title:]])


def of_cells(cells: list[dict]) -> dict:
    """A notebook of cells, numbered as if they had been run in their order."""
    count = 0
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
        if cell.get("outputs"):
            count += 1
            cell["execution_count"] = count
            for output in cell["outputs"]:
                if output["output_type"] == "execute_result":
                    output["execution_count"] = count
    metadata = {"kernelspec": _KERNEL, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def markdown_cell(text: str) -> dict:
    """A cell of prose."""
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def html_cell(html: str) -> dict:
    """A cell that nbconvert hands on as it is."""
    metadata = {"raw_mimetype": "text/html"}
    return {"cell_type": "raw", "metadata": metadata, "source": html}


def code_cell(code: str, outputs: list[dict], **metadata: object) -> dict:
    """A cell of code with its outputs."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": metadata,
        "outputs": outputs,
        "source": code,
    }


def display(data: dict[str, str], **metadata: object) -> dict:
    """An output by its media types."""
    return {"output_type": "display_data", "data": data, "metadata": metadata}


def _hidden(code):
    return code_cell(code, [], jupyter={"source_hidden": True}, cellView="form")


def _block_cell(block, record):
    outputs = [_output(output) for output in record.outputs] if record else []
    tags = {"tags": ["raises-exception"]} if "raises" in block.options else {}
    return code_cell(_source(block), outputs, **tags)


def _source(block):
    code = block.code.rstrip("\n")
    if block.language == "sh":
        return f"%%bash\n{code}"
    if picture := block.options.get("show"):
        name = picture.removesuffix("?")
        code += f'\n\nfrom IPython.display import Image\n\ndisplay(Image("{name}"))'
    return code


def _output(output):
    kind, text = output["type"], output.get("text", "")
    if kind == "text":
        return {"output_type": "stream", "name": "stdout", "text": text}
    if kind == "value":
        data = {"text/plain": text}
        return {"output_type": "execute_result", "data": data, "metadata": {}}
    if kind == "figure":
        mime, size = _MIME[output["format"]], {name: output[name] for name in ("width", "height")}
        return display({mime: output["data"]}, **{mime: size})
    name, _, words = text.partition(": ")
    name = name.rpartition(".")[2]
    return {"output_type": "error", "ename": name, "evalue": words, "traceback": [text]}
