"""What a page tells search engines and chats: its description, and where its card is."""

import re
from html import unescape
from typing import Any
from urllib.parse import urljoin

_FIRST = re.compile(r"</h1>.*?<p>(.*?)</p>", re.S)
_LONGEST = 160  # letters of a description that search engines show


def describe(page: Any, html: str) -> None:
    """Give a page without a description in its front matter the beginning of its text."""
    if page.meta.get("description") or not (first := _FIRST.search(html)):
        return
    text = " ".join(unescape(re.sub(r"<[^>]+>", "", first[1])).split())
    if len(text) > _LONGEST:
        text = text[:_LONGEST].rpartition(" ")[0].rstrip(" .,:;") + " …"
    page.meta["description"] = text


def card_of(page: Any) -> str:
    """The address of a page's social card under the site's root."""
    return f"assets/cards/{re.sub('[^a-z0-9_-]+', '-', page.url.strip('./')) or 'home'}.png"


def robots(site_url: str) -> str:
    """The file that tells search engines that all may be read, and where the list is."""
    return f"User-agent: *\nAllow: /\n\nSitemap: {urljoin(site_url, 'sitemap.xml')}\n"
