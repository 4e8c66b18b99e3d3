"""Puts a page's notebook and script beside it, and links to them under its title, with the time."""

import re
from urllib.parse import quote, urljoin

from tools.notebooks import can_be_downloaded, downloads
from tools.pages import minutes
from tools.site.fragments import duration, fragment
from tools.site.outputs import PageOutputs
from tools.words import TEXT

COLAB = "https://colab.research.google.com/github"
BRANCH = "notebooks"  # .github/workflows/publish.yml puts the site's notebooks there


def add_downloads(
    html: str, outputs: PageOutputs, url: str, site_url: str, repository: str
) -> tuple[str, dict[str, bytes]]:
    """The page with its time and links, and the files by their address under the site's root.

    Args:
        html: the page.
        outputs: its outputs.
        url: its address under the site's root: "ko/cnn/".
        site_url: the address of the site's root; "" if nobody knows it.
        repository: the address of the repository on GitHub; "" if there is none.
    """
    page, name, colab, files = outputs.page, "", None, {}
    is_home = page.path.stem == "index"
    if can_be_downloaded(page):
        here = urljoin(site_url, url)
        folder = here if is_home else urljoin(here, "../")
        made = downloads(page, outputs.of, folder, here)
        name, colab = made.name, _colab(f"{url}{made.name}", repository)
        files = {
            f"{url}{name}.ipynb": made.notebook.encode(),
            f"{url}{name}.py": made.script.encode(),
        }
    time = "" if is_home else TEXT[page.language]["page.time"]
    time = time.format(time=duration(minutes(page), page.language))
    if not time and not name:
        return html, files
    facts = fragment("downloads", page.language, name=name, colab=colab, time=time)
    if is_home:  # what stands there under the title leads on
        return html + facts, files
    return html.replace("</h1>", f"</h1>{facts}", 1), files


def _colab(path, repository):
    found = re.fullmatch(r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?", repository)
    return found and f"{COLAB}/{found[1]}/blob/{BRANCH}/{quote(path)}.ipynb"
