"""Puts a page's notebook and script beside it, and links to them under its title."""

import re
from urllib.parse import quote, urljoin

from tools.notebooks import can_be_downloaded, downloads
from tools.site.fragments import fragment
from tools.site.outputs import PageOutputs

COLAB = "https://colab.research.google.com/github"
BRANCH = "notebooks"  # .github/workflows/publish.yml puts the site's notebooks there


def add_downloads(
    html: str, outputs: PageOutputs, url: str, site_url: str, repository: str
) -> tuple[str, dict[str, bytes]]:
    """The page with its links, and the files by their address under the site's root.

    Args:
        html: the page.
        outputs: its outputs.
        url: its address under the site's root: "ko/cnn/".
        site_url: the address of the site's root; "" if nobody knows it.
        repository: the address of the repository on GitHub; "" if there is none.
    """
    page = outputs.page
    if not can_be_downloaded(page):
        return html, {}
    here = urljoin(site_url, url)
    folder = here if page.path.stem == "index" else urljoin(here, "../")
    made = downloads(page, outputs.of, folder, here)
    links = fragment(
        "downloads", page.language, name=made.name, colab=_colab(f"{url}{made.name}", repository)
    )
    files = {
        f"{url}{made.name}.ipynb": made.notebook.encode(),
        f"{url}{made.name}.py": made.script.encode(),
    }
    return html.replace("</h1>", f"</h1>{links}", 1), files


def _colab(path, repository):
    found = re.fullmatch(r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?", repository)
    return found and f"{COLAB}/{found[1]}/blob/{BRANCH}/{quote(path)}.ipynb"
