"""Notebooks and scripts of pages: what the engine runs and readers download."""

from tools.notebooks.downloads import (
    Downloads,
    can_be_downloaded,
    cell_source,
    downloads,
    front_cells,
)
from tools.notebooks.jupyter_markdown import to_jupyter
from tools.notebooks.notebook import code_cell, html_cell, of_cells, source_of
