"""`mkdocs serve`: an answer at once, pages filled in as they are computed, edits seen."""

import json
import signal
import time

import psutil
from bs4 import BeautifulSoup

from tests.site.small import Small
from tools.words import TEXT

SLOW = """# Page { #page }

```python
print("computed", 1 + 1)
```

```python
import time
time.sleep(2)
print("late")
```
"""


def test_pages_are_filled_in_and_edits_are_seen(tmp_path):
    site = Small(tmp_path, "[index.md, about.md]")
    site.write("docs/*/index.md", SLOW)
    site.write("docs/*/about.md", '# About { #about }\n\n<div data-report="pages"></div>\n')
    with site.serve() as wait_for:
        html = wait_for(TEXT["ko"]["run.pending"], "ko/")
        assert "late</pre>" not in html
        table = BeautifulSoup(wait_for("<tfoot>", "ko/about/"), "html.parser").article.table
        assert "계산하고 있습니다" in table.get_text()
        wait_for('<pre class="run-text">late</pre>', "ko/")
        # A change of prose is seen, and so is one of the code, with its own output.
        site.write("docs/ko/index.md", SLOW.replace("# Page", "# Another page"))
        wait_for("Another page", "ko/")
        site.write("docs/ko/index.md", '```python\nprint("computed", 41 + 1)\n```\n')
        assert "computed 2" not in wait_for('<pre class="run-text">computed 42</pre>', "ko/")
        # A block that fails says so on the page, and the server goes on.
        site.write("docs/en/index.md", "```python\nbroken\n```\n")
        assert "NameError" in wait_for("run--failed")
        site.write("docs/en/index.md", "```python\nprint('repaired')\n```\n")
        wait_for('<pre class="run-text">repaired</pre>')
    assert "running 2 blocks" in site.log
    assert site.log.count("2 blocks done") == 1


def test_a_server_that_is_asked_to_end_leaves_no_process(tmp_path):
    site = Small(tmp_path, "[index.md]")
    mark = "sleep 98765"
    code = f"import subprocess\nimport time\nsubprocess.Popen({mark.split()})\ntime.sleep(50)"
    site.write("docs/*/index.md", f"# Page {{ #page }}\n\n```python\n{code}\n```\n")
    with site.serve() as wait_for:
        wait_for("md-content")
        wait_until(lambda: started(mark))
        site.server.terminate()
        assert site.server.wait(30) == 128 + signal.SIGTERM
        wait_until(lambda: not started(mark))


def started(command):
    """Whether a process with this command line is there."""
    lines = [process.info["cmdline"] for process in psutil.process_iter(["cmdline"])]
    return command.split() in lines


def wait_until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_pages_that_take_long_are_left_to_later_builds(tmp_path):
    names = [f"page-{number:02}.md" for number in range(40)]
    site = Small(tmp_path, f"[index.md, {', '.join(names)}]")
    site.write("docs/*/index.md", "# Home { #home }\n")
    for name in names:
        text = f"# The page {name} {{ #page }}\n\n" + "Some *words* and `code`.\n\n" * 200
        site.write(f"docs/*/{name}", text)
    with site.serve() as wait_for:
        assert "Home" in wait_for("md-content")
        stub = wait_for("</title>", "ko/page-39/")
        assert "The page page-39.md" in stub
        assert "md-content" in stub or TEXT["ko"]["stub"] in stub  # a quick machine has it by now
        wait_for("Some <em>words</em>", "ko/page-39/")
        wait_for("Some <em>words</em>", "page-20/")
        # The search index has each section once, and of an edited page what is new.
        for mark in ("first", "second"):
            site.write("docs/ko/page-07.md", f"# The page {{ #page }}\n\nThe {mark} edit.\n")
            text = wait_for(f"The {mark} edit.", "ko/search/search_index.json")
            found = {doc["location"]: doc["text"] for doc in json.loads(text)["docs"]}
            assert len(found) == len(json.loads(text)["docs"])
            assert f"The {mark} edit." in found["page-07/"]
        assert all("Some words" in found[f"page-{number:02}/"] for number in (0, 20, 39))
    assert site.log.count("Building documentation") > 1, site.log
