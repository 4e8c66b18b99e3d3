"""What a page shows under its blocks and at its end, as HTML."""

import hashlib
import io
import re
from base64 import b64decode

from tools.engine import BlockError, Record, RecordCache, text_of
from tools.pages import Fence, Page
from tools.site.figures import is_plot
from tools.site.fragments import day, fragment
from tools.words import TEXT

FIGURES = "assets/figures"  # in the built site

# Text in columns: wrapping its lines would tear them apart.
_ALIGNED = re.compile(r"\S {2,}\S|[│┃]|\[\[")

_KINDS = {"stream": "text", "execute_result": "value", "display_data": "value", "error": "error"}


class PageOutputs:
    """The outputs of a page.

    Args:
        page: the page.
        keys: of the records of its blocks; [] while the data is decided on.
        records: where they are.
        failure: what failed in the page, None if nothing did.
        to_root: the relative address of the site's root, as seen by the page.

    Attributes:
        records: those that are known, by the block's line.
        files: the pictures of the page, by their address under the site's root.
    """

    def __init__(
        self,
        page: Page,
        keys: list[str],
        records: RecordCache,
        failure: BlockError | None,
        to_root: str,
    ):
        self.page, self.keys, self.failure, self._to_root = page, keys, failure, to_root
        self._cache = records
        found = {
            block.line: records.get(key) for block, key in zip(page.blocks, keys, strict=False)
        }
        self.records: dict[int, Record] = {line: one for line, one in found.items() if one}
        self.files: dict[str, bytes] = {}

    @property
    def is_complete(self) -> bool:
        """Whether each block has a record."""
        return len(self.records) == len(self.page.blocks)

    def of(self, block: Fence) -> list[dict]:
        """The outputs of a block in the notebook format; [] if it has no record."""
        record = self.records.get(block.line)
        return record.outputs if record else []

    def under(self, block: Fence) -> str:
        """The HTML that follows a block; "" if nothing does."""
        language = self.page.language
        if not block.runs:
            number = self.page.not_run.index(block) + 1
            reason = block.options["notest"]
            return fragment("not-run", language, id=f"not-run-{number}", reason=reason)
        if block.line in self.records:
            outputs = [self._shown(output) for output in self.of(block)]
            options = {"alt": "", "caption": "", **block.options}
            if not outputs:
                return ""
            return fragment("outputs", language, outputs=outputs, options=options)
        if self.failed(block):
            return fragment("failed", language, error=self.failure)
        # What is behind a block that failed was not reached; a task shows nothing.
        if self.failure or "task" in block.options:
            return ""
        return fragment("pending", language)

    def failed(self, block: Fence) -> bool:
        """Whether it is this block that failed."""
        missing = (one for one in self.page.blocks if one.line not in self.records)
        return self.failure is not None and block == next(missing, None)

    def stamp(self) -> str:
        """The HTML that ends the page: what ran when, with which versions, on which data."""
        blocks, skipped = len(self.page.blocks), len(self.page.not_run)
        if not blocks or (self.failure and not self.is_complete):
            return ""
        text = TEXT[self.page.language]
        if not self.is_complete:
            return fragment("stamp", self.page.language, sentence=text["run.pending"])
        oldest = min(self.records.values(), key=lambda record: record.finished)
        sentence = text["stamp"].format(
            blocks=blocks,
            plural="" if blocks == 1 else "s",
            date=day(oldest.finished, text["stamp.date"]),
            versions=", ".join(f"{name} {version}" for name, version in oldest.versions.items()),
            data=text[f"stamp.data.{oldest.data}"],
        )
        if skipped:
            sentence += " " + text["stamp.not_run"].format(blocks=skipped)
        return fragment("stamp", self.page.language, sentence=sentence)

    def _shown(self, output):
        """What the template needs to know of an output."""
        for mime, data in output.get("data", {}).items():
            if mime.startswith("image/"):
                content, ending = b64decode(data), mime.partition("/")[2]
                webp, is_gif = self._cache.made_of(content, "webp", _webp), ending == "gif"
                shown = {
                    "picture": self._file(content, ending) if is_gif else self._file(webp),
                    # A picture moves: who wants no motion gets its last frame.
                    "still": self._file(webp) if is_gif else "",
                    "is_plot": is_plot(content),
                }
                return shown | output["metadata"][mime]
        text = text_of(output).rstrip()
        kind = _KINDS[output["output_type"]] + " run-aligned" * bool(_ALIGNED.search(text))
        return {"kind": kind, "text": text}

    def _file(self, content, ending="webp"):
        """The address of a picture, which becomes a file of the site."""
        name = f"{FIGURES}/{hashlib.sha256(content).hexdigest()[:20]}.{ending}"
        self.files[name] = content
        return self._to_root + name


def _webp(content):
    """A picture, or the end of one that moves, as lossless WebP: half as large as PNG."""
    from PIL import Image

    file = io.BytesIO()
    with Image.open(io.BytesIO(content)) as image:
        image.seek(getattr(image, "n_frames", 1) - 1)
        image.save(file, "WEBP", lossless=True, method=4, quality=100, exact=True)
    return file.getvalue()
