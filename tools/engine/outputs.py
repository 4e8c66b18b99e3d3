"""What a kernel sends, as outputs of the notebook format, cut to what a page can show."""

import base64
import io
import re

LIMIT = 100_000  # characters of one text
_RAW_LIMIT = 50 * LIMIT  # of what is printed, before overwritten progress bars are left out

_IMAGES = ("image/png", "image/jpeg", "image/gif")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_POSITION = re.compile(r" \([^()]*, line \d+\)$")
_COMMAND = re.compile(r"Command .* (?=returned non-zero|died with)", re.S)


class Outputs:
    """Collects what one cell prints, shows and raises, in its order.

    Attributes:
        found: the outputs: stream (stdout alone), execute_result, display_data.
        error: the class of the exception and its words, if there was one.
        traceback: Jupyter's own, without colours.
        stderr: what went to stderr; no page shows it.
    """

    def __init__(self):
        self.found: list[dict] = []
        self.error: tuple[str, str] | None = None
        self.traceback = ""
        self.stderr = ""
        self._raw: dict[int, list[str]] = {}  # by the index in `found`
        self._size = 0

    def add(self, kind: str, content: dict) -> None:
        """Take a message of the kernel (https://jupyter-client.readthedocs.io/en/stable/messaging.html)."""
        if kind == "stream" and content["name"] == "stdout":
            self._print(content["text"])
        elif kind == "stream":
            self.stderr = (self.stderr + content["text"])[-LIMIT:]
        elif kind in ("execute_result", "display_data"):
            self._show(content["data"], content.get("metadata", {}), kind)
        elif kind == "error":
            self.error = content["ename"], _words(content["ename"], content["evalue"])
            self.traceback = as_terminal("\n".join(content["traceback"]))

    def take(self) -> list[dict]:
        """The outputs; texts of blank space alone are left out."""
        for index, pieces in self._raw.items():
            self.found[index]["text"] = cut(as_terminal("".join(pieces)))
        return [
            output
            for output in self.found
            if output["output_type"] != "stream" or output["text"].strip()
        ]

    def _print(self, text):
        self._size += len(text)
        if self._size > _RAW_LIMIT:
            text = ""
        if not self.found or self.found[-1]["output_type"] != "stream":
            self.found.append({"output_type": "stream", "name": "stdout", "text": ""})
            self._raw[len(self.found) - 1] = []
        self._raw[len(self.found) - 1].append(text)

    def _show(self, data, metadata, kind):
        image = next((name for name in _IMAGES if name in data), None)
        if image:
            content = data[image].replace("\n", "")
            size = metadata.get(image) or _size(content)
            shown, metadata = {image: content}, {image: size}
        elif kind == "display_data":  # such as Keras's summary, colours and all
            self._print(data.get("text/plain", "").rstrip("\n") + "\n")
            return
        else:
            shown, metadata = {"text/plain": cut(as_terminal(data.get("text/plain", "")))}, {}
        self.found.append({"output_type": kind, "data": shown, "metadata": metadata})


def is_picture(output: dict) -> bool:
    """Whether an output is a picture."""
    return any(name in output.get("data", ()) for name in _IMAGES)


def is_blank(output: dict) -> bool:
    """Whether a picture is of one colour all over."""
    content = next(output["data"][name] for name in _IMAGES if name in output["data"])
    with _open(content) as picture:
        return all(low == high for low, high in picture.convert("RGB").getextrema())


def _open(content):
    from PIL import Image

    return Image.open(io.BytesIO(base64.b64decode(content)))


def _size(content):
    """Width and height of a picture file in base64, in pixels."""
    with _open(content) as picture:
        return {"width": picture.width, "height": picture.height}


def error_output(name: str, words: str) -> dict:
    """The output of a block that raised what it is marked with."""
    text = f"{name}: {words}" if words else name
    return {"output_type": "error", "ename": name, "evalue": words, "traceback": [text]}


def text_of(output: dict) -> str:
    """What an output says as text; "" of a picture."""
    kind = output["output_type"]
    if kind == "stream":
        return output["text"]
    if kind == "error":
        return output["traceback"][0]
    return output["data"].get("text/plain", "")


def as_terminal(text: str) -> str:
    """The text without escape sequences and overwritten progress bars."""
    lines = _ANSI.sub("", text).replace("\r\n", "\n").split("\n")
    # Keras's goes back with \b, and then with \r.
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)


def cut(text: str) -> str:
    """The text, or its beginning with a word on how much is left out."""
    if len(text) <= LIMIT:
        return text
    return f"{text[:LIMIT]}\n... ({len(text) - LIMIT:,} more characters)\n"


def _words(name, words):
    if name in ("SyntaxError", "IndentationError", "TabError"):
        words = _POSITION.sub("", words)  # of a file that the reader does not have
    if name == "CalledProcessError":
        words = _COMMAND.sub("The command ", words)  # the whole shell block
    return cut(as_terminal(words))
