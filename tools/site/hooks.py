"""What MkDocs does with this site: its events, in the order in which it comes to them.

A build reads each page and renders it (source, markdown, content), then puts each into the theme
(context, post page). mkdocs-static-i18n does all of that for each language, for the second one
within the first one's `on_post_build`; what must come after the plugin has a priority below -100.
"""

import re
import signal
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.utils import get_relative_url, write_file

ROOT = str(Path(__file__).resolve().parents[2])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from examples.mnist_data import DataError  # noqa: E402
from tools.pages import PageError, programs  # noqa: E402
from tools.site import cards, carry, head, internals, llms, reports  # noqa: E402
from tools.site.digit_demo import write_model  # noqa: E402
from tools.site.fragments import CompiledTemplates, duration  # noqa: E402
from tools.site.path import find_step, read_path  # noqa: E402
from tools.site.policy import POLICY  # noqa: E402
from tools.site.programs import prose  # noqa: E402
from tools.site.rendering import Rendering, is_stub  # noqa: E402
from tools.site.state import Site  # noqa: E402
from tools.words import TEXT, write_search_indexes  # noqa: E402

SEARCH_WORKER = Path(__file__).with_name("search_worker.js")

site = Site()
rendering = Rendering(site)
compiled = CompiledTemplates()


@contextmanager
def _in_a_sentence():
    """Let MkDocs report what is wrong with a page or the data as an error of its own kind."""
    try:
        yield
    except (DataError, PageError) as error:
        raise PluginError(str(error)) from None


def on_startup(command: str, dirty: bool) -> None:
    """Note whether this is a build or a server; let the pages' processes import our rooms."""
    if ROOT not in sys.path:  # MkDocs takes back what a file of hooks adds
        sys.path.append(ROOT)
    site.serves = command == "serve"
    for name in ("SIGTERM", "SIGHUP"):  # or what pages have started would go on
        number = getattr(signal, name, None)  # Windows has only the first
        if number and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, lambda number, _: sys.exit(128 + number))


@event_priority(-150)
def on_config(config: Any) -> Any:
    """Give the Markdown extensions our blocks, and the words of the language that is built."""
    text = TEXT[internals.language(config)]
    extensions = config.mdx_configs
    fences = rendering.formatter.custom_fences()
    extensions.setdefault("pymdownx.superfences", {})["custom_fences"] = fences
    extensions.setdefault("toc", {})["permalink_title"] = text["toc.permalink"]
    extensions.setdefault("footnotes", {})["BACKLINK_TITLE"] = text["footnote.back"]
    return config


def on_pre_build(config: Any) -> None:
    """Read the pages, and run what has no record."""
    if not internals.is_within_another(config):
        with _in_a_sentence():
            site.begin(Path(config.docs_dir))


@event_priority(-200)  # the i18n plugin would lose files that it has not found itself
def on_files(files: Any, config: Any) -> Any:
    """Add the programs of examples/ as pages."""
    return internals.add_pages(programs(Path(config.docs_dir)), files, config)


def on_page_read_source(page: Any, config: Any) -> str | None:
    """A program is read as the Markdown of its prose."""
    if not isinstance(page.file, internals.PageFile):
        return None
    with _in_a_sentence():
        return prose(site.source(page.file.abs_src_path, internals.language(config)))


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Look up what each block of the page did."""
    with _in_a_sentence():
        return rendering.begin(page, markdown, config, files)


@event_priority(-50)
def on_page_content(html: str, page: Any, config: Any, files: Any) -> str:
    """Add what Markdown has no word for: notebook cells, formulas, terms, downloads, the stamp."""
    with _in_a_sentence():
        html = rendering.end(html, page, config, files)
    head.describe(page, html)
    return html


@event_priority(-150)
def on_env(env: Any, config: Any, files: Any) -> Any:
    """Give the templates their words, and where each language lives."""
    env.bytecode_cache = compiled
    env.globals.update(
        site_text=TEXT,
        site_language=internals.language(config),
        site_languages=internals.languages(config),
        site_homes={name: internals.home(name, config) for name in internals.languages(config)},
        site_default_language=internals.default_language(config),
        site_alternates=internals.alternates,
        site_policy="" if site.serves else POLICY,  # MkDocs' server adds a script to each page
        site_card=head.card_of,
        site_zip="" if site.serves else carry.NAME,
        site_duration=partial(duration, language=internals.language(config)),
    )
    return env


@event_priority(100)
def _before_search(context: Any, page: Any, config: Any, nav: Any) -> None:
    """Make it easy for the search plugin to read the page."""
    rendering.before_search(page, config)


@event_priority(-100)
def _after_search(context: Any, page: Any, config: Any, nav: Any) -> None:
    """Fill in what the page says of others: all pages have their titles by now."""
    rendering.after_search(page, config)
    path = read_path(nav, config)
    page.group, page.step = find_step(path, page) or (None, None)
    page.steps = sum(len(group.steps) for group in path)
    if not site.serves:
        _write_for_others(page, config, nav, path)
    with _in_a_sentence():
        page.moved = rendering.moved(page, config)
    if not reports.asks(page.content):
        return
    with _in_a_sentence():
        page.content = reports.fill_in(
            page.content,
            site.source(page.file.abs_src_path, internals.language(config)),
            rendering.rows(page, nav, config),
            site.environment,
            list(internals.languages(config).values()),
            path,
            lambda other: get_relative_url(other.url, page.url),
        )


on_page_context = CombinedEvent(_before_search, _after_search)


def _write_for_others(page, config, nav, path):
    """The page's card; with the home page the list of all pages."""
    group = page.group.title if page.group else ""
    digit = path.index(page.group) + 1 if page.group else 5
    title = re.sub(r"<[^>]+>", "", page.title)
    picture = cards.card(title, group, config.site_name, digit)
    if picture is None:  # this machine has no font with Hangul
        picture = cards.card("MNIST", "", "TensorFlow, Keras", digit)
    write_file(picture, str(Path(config.site_dir, head.card_of(page))))
    if page is nav.homepage:
        mine, names = internals.language(config), internals.languages(config)
        homes = {names[one]: internals.home(one, config) for one in names if one != mine}
        others = {name: f"{home}llms.txt" for name, home in homes.items()}
        target = Path(config.site_dir, internals.home(mine, config), "llms.txt")
        write_file(llms.llms_txt(nav, config, others).encode(), str(target))


def on_post_page(output: str, page: Any, config: Any) -> str:
    """Point the search box at the index of the page's language."""
    home = internals.home(internals.language(config), config)
    return internals.search_from(home, output) if home and not is_stub(page) else output


def on_post_template(output: str, template_name: str, config: Any) -> str:
    """Write the 404 page once, in the default language's build: it holds both."""
    home = internals.home(internals.language(config), config)
    return "" if template_name == "404.html" and home else output  # MkDocs writes no empty file


@event_priority(-200)
def on_post_build(config: Any) -> None:
    """Finish what belongs to the whole site, once all languages are built."""
    if internals.is_within_another(config):
        return
    folder, names = Path(config.site_dir), list(internals.languages(config))
    write_search_indexes(folder, names, internals.default_language(config), Path(config.docs_dir))
    internals.add_to_search_worker(folder, SEARCH_WORKER.read_text("utf-8"))
    write_model(folder)
    write_file(head.robots(config.site_url or "").encode(), str(folder / "robots.txt"))
    if not site.serves:
        carry.write_zip(folder)
    internals.icons_as_files(folder)  # after the zip: no browser masks with a file from a folder
    rendering.finish()
    if site.left:
        site.build_again()


def on_serve(server: Any, config: Any, builder: Any) -> None:
    """Learn which page is looked at; once the server answers, run pages behind it."""
    answer = server.get_app()

    def note_and_answer(environ, start_response):
        site.asked_for(environ["PATH_INFO"].removeprefix(server.mount_path))
        return answer(environ, start_response)

    server.set_app(note_and_answer)
    site.listen(server)


def on_shutdown() -> None:
    """Stop running pages."""
    site.close()
