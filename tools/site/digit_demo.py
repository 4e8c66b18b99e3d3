"""Puts the model of examples/models beside the scripts of <digit-demo>, which runs it."""

from base64 import b64encode
from pathlib import Path

from mkdocs.utils import write_file

from tools.pages import ROOT

MODEL = ROOT / "examples" / "models" / "mnist_int8.tflite"
FOLDER = Path("assets", "digit-demo")


def write_model(site: Path) -> None:
    """Write the file, and a script with its bytes: a page opened from a folder can fetch no file.

    Args:
        site: the folder of the built site, or one with the scripts.
    """
    content = MODEL.read_bytes()
    script = f'DigitDemo.model = "{b64encode(content).decode()}"\n'
    write_file(content, str(site / FOLDER / MODEL.name))
    write_file(script.encode(), str(site / FOLDER / f"{MODEL.stem}.js"))
