"""Makes the notebook of a page: its prose, and its code with what the run printed and drew.

The notebooks are plain dicts in the notebook format 4.5
(https://nbformat.readthedocs.io/en/latest/format_description.html): nbformat would check each
cell as it is made, which takes longer than all else in a build. The tests check them instead.
"""

from tools.pages import Fence

_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def notebook(parts: list[str | tuple[Fence, str, list[dict]]], front: list[str]) -> dict:
    """A notebook of prose and code.

    Args:
        parts: Markdown for Jupyter, and each block with the source of its cell and its outputs.
        front: code that must run before all other.
    """
    cells = []
    for part in parts:
        if isinstance(part, str):
            cells.append(markdown_cell(part))
            continue
        block, source, outputs = part
        metadata: dict = {}
        if {"raises", "task"} & {*block.options}:
            metadata["tags"] = ["raises-exception"]
        if "answer" in block.options:
            metadata.update(_FOLDED)
        cells.append(code_cell(source, outputs, **metadata))
        if caption := block.options.get("caption"):
            cells.append(markdown_cell(f"*{caption}*"))
    # Behind the title, which a reader and a list of files look for at the top.
    title = int(bool(cells) and cells[0]["cell_type"] == "markdown")
    cells[title:title] = [code_cell(code, [], **_FOLDED) for code in front]
    return of_cells(cells)


_FOLDED = {"jupyter": {"source_hidden": True}, "cellView": "form"}  # JupyterLab's word, and Colab's


def of_cells(cells: list[dict]) -> dict:
    """A notebook of cells, numbered as if they had been run in their order."""
    count = 0
    numbered = []
    for number, cell in enumerate(cells):
        cell = {**cell, "id": f"cell-{number}"}
        if cell.get("outputs"):
            count += 1
            cell["execution_count"] = count
            cell["outputs"] = [
                {**output, "execution_count": count}
                if output["output_type"] == "execute_result"
                else output
                for output in cell["outputs"]
            ]
        numbered.append(cell)
    metadata = {"kernelspec": _KERNEL, "language_info": {"name": "python"}}
    return {"cells": numbered, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


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


def source_of(block: Fence) -> str:
    """The source of a block's cell."""
    code = block.code.rstrip("\n")
    if block.language == "sh":
        return f"%%bash -e\n{code}"
    if picture := block.options.get("show"):
        name = picture.removesuffix("?")
        shown = f'display(Image("{name}"))'
        if picture.endswith("?"):
            shown = f'import os\n\nif os.path.exists("{name}"):\n    {shown}'
        code += f"\n\nfrom IPython.display import Image\n\n{shown}"
    return code
