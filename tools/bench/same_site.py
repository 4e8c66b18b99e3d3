"""Compare two built sites file by file: `python -m tools.bench.same_site OLD NEW`.

It is the safety net of a change that readers must not see. What may differ is ignored by name
(NORMALIZE); the rest is printed and ends with exit code 1. With `--counts`, which is for sites of
two programs that write HTML differently, only how much there is of each kind is compared.
"""

import argparse
import difflib
import gzip
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

TEXTS = {".html", ".json", ".xml", ".ipynb", ".py", ".css", ".js", ".svg", ".txt"}


def _tokens(text: str) -> str:
    """Each tag and each text of HTML on a line of its own, white space and entities as one."""
    pieces = re.findall(r"<!--.*?-->|<[^>]+>|[^<]+", text, re.S)
    lines = (re.sub(r"\s+", " ", unescape(piece)).strip() for piece in pieces)
    return "\n".join(line for line in lines if line)


def _pretty(text: str) -> str:
    """JSON with a line for each value."""
    return json.dumps(json.loads(text), indent=1, ensure_ascii=False, sort_keys=True)


def _figures(text: str) -> str:
    """Pictures by their place and not by the hash of their content."""
    return re.sub(r"assets/figures/\w+", "assets/figures/FIGURE", text)


def _moments(text: str) -> str:
    """When it was built or run."""
    return re.sub(r"20\d\d-\d\d-\d\d(?:T[\d:]+(?:\+[\d:]+)?)?", "DATE", text)


# Each applies to files with one of these endings.
NORMALIZE = {
    "white space and entities of HTML": ({".html", ".xml"}, _tokens),
    "layout of JSON": ({".json", ".ipynb"}, _pretty),
    "names of figures": ({".html"}, _figures),
    "moments": ({".html", ".xml"}, _moments),
}


def files(site: Path) -> dict[str, str | bytes]:
    """The files of a site, normalized, without the figures, whose names are hashes."""
    found: dict[str, str | bytes] = {}
    for path in sorted(one for one in site.rglob("*") if one.is_file()):
        name, content = path.relative_to(site).as_posix(), path.read_bytes()
        if name.startswith("assets/figures/"):
            continue
        if path.suffix == ".gz":
            content, path = gzip.decompress(content), path.with_suffix("")
        if path.suffix not in TEXTS:
            found[name] = content
            continue
        text = content.decode()
        for endings, normalize in NORMALIZE.values():
            if path.suffix in endings:
                text = normalize(text)
        found[name] = text
    return found


def differences(old: Path, new: Path, lines: int) -> Iterator[str]:
    """What differs, a paragraph for each file.

    Args:
        old: a built site.
        new: another one.
        lines: how many lines to show of each file.
    """
    before, after = files(old), files(new)
    for name in sorted({*before, *after}):
        if name not in before or name not in after:
            yield f"only in {old if name in before else new}: {name}"
        elif before[name] != after[name]:
            yield "\n".join([name, *_diff(before[name], after[name], lines)])


def counts(site: Path) -> dict[str, int]:
    """How many pages, languages, notebooks and search entries a site has."""
    indexes = [json.loads(path.read_text("utf-8")) for path in site.rglob("search_index.json")]
    return {
        "pages": len([*site.rglob("index.html")]),
        "languages": len(indexes),
        "notebooks": len([*site.rglob("*.ipynb")]),
        "search entries": sum(len(index["docs"]) for index in indexes),
    }


def _diff(before, after, lines):
    if isinstance(before, bytes) or isinstance(after, bytes):
        return [f"  {len(before)} bytes, now {len(after)}"]
    changed = [
        f"  {line[:200]}"
        for line in difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
        if not line.startswith(("---", "+++", "@@"))
    ]
    more = len(changed) - lines
    return changed[:lines] + ([f"  ... {more} lines more"] if more > 0 else [])


def main() -> None:
    """Print the differences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--lines", type=int, default=10, help="shown of each file")
    parser.add_argument("--counts", action="store_true", help="compare only how much there is")
    arguments = parser.parse_args()
    if arguments.counts:
        old, new = counts(arguments.old), counts(arguments.new)
        print("\n".join(f"{kind}: {old[kind]:,}, {new[kind]:,}" for kind in old))
        raise SystemExit(old != new or not all(old.values()))
    found = list(differences(arguments.old, arguments.new, arguments.lines))
    print("\n".join(found))
    raise SystemExit(bool(found))


if __name__ == "__main__":
    main()
