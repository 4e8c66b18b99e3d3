"""Finds a theme's files without looking at those that MkDocs passes over."""

import os
from typing import Any

from jinja2 import FileSystemLoader


class Visible(FileSystemLoader):
    """Folders of templates that are listed without what lies in folders like `.icons`.

    MkDocs lists a theme's files to copy those whose path has no part that begins with a dot.
    Material keeps 14,000 icons in such a folder; a template that names one still gets it.
    """

    def list_templates(self) -> list[str]:
        """The paths of all files, sorted."""
        found = set()
        for top in self.searchpath:
            for folder, inside, names in os.walk(top, followlinks=self.followlinks):
                inside[:] = [name for name in inside if not name.startswith(".")]
                place = os.path.relpath(folder, top).replace(os.sep, "/")
                found |= {name if place == "." else f"{place}/{name}" for name in names}
        return sorted(found)


def list_visible(theme: Any) -> None:
    """Let MkDocs list the visible files of this theme alone."""

    def get_env():
        env = type(theme).get_env(theme)
        env.loader = Visible(theme.dirs)
        return env

    theme.get_env = get_env
