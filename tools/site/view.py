"""A page as one language's build shows it: its records, looked up once."""

from pathlib import Path

from tools.engine.environment import Environment
from tools.engine.pages_old import Page
from tools.engine.records import Record, Store
from tools.engine.run_old import BlockError
from tools.pages.fences import RUNNABLE, Fence
from tools.site import outputs as render


class View:
    """What stands under the blocks of a page, and at its end.

    Args:
        page: the page.
        environment: versions and data; None while the data is decided on.
        store: where the records are.
        failures: key of a page's last block -> what failed in it.
        language: of the words around the outputs.
        site: the folder of the built site, for figures.
        to_root: the relative address of the site's root, as seen by the page.
    """

    def __init__(
        self,
        page: Page,
        environment: Environment | None,
        store: Store,
        failures: dict[str, BlockError],
        language: str,
        site: Path,
        to_root: str,
    ):
        self.page, self.language, self._site, self._to_root = page, language, site, to_root
        keys = page.keys(environment) if environment else []
        self._records: dict[int, Record] = {}  # by the block's line
        for block, key in zip(page.blocks, keys, strict=False):
            record = store.get(key)
            if record is not None:
                self._records[block.line] = record
        self._failure = failures.get(keys[-1]) if keys else None

    def under(self, block: Fence) -> str:
        """The HTML that follows a block."""
        if not block.runs:
            return render.not_run(block, self.page.not_run.index(block) + 1, self.language)
        record = self._records.get(block.line)
        if record is not None:
            return render.outputs(record, block, self.language, self._site, self._to_root)
        if self._failure is None:
            return render.pending(self.language)
        first = next(block for block in self.page.blocks if block.line not in self._records)
        # What stands behind the block that failed was not reached.
        return render.failed(self._failure, self.language) if block == first else ""

    def shown(self) -> list[tuple[Fence, str]]:
        """The blocks of the page, run or not, each with the HTML that follows it."""
        fences = (fence for fence in self.page.fences if fence.language in RUNNABLE)
        return [(fence, self.under(fence)) for fence in fences]

    def stamp(self) -> str:
        """The HTML that ends the page."""
        records = list(self._records.values())
        if self._failure is not None and len(records) < len(self.page.blocks):
            return ""
        return render.stamp(records, self.page.blocks, self.page.not_run, self.language)
