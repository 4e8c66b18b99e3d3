"""Rules about the file as a whole."""

from .model import DamagedError, Model, read

# What else is handed over as a .tflite, by its first bytes.
CONVERT = "convert the model to TFLite first"
OTHERS = {
    b"PK\3\4": ("is a zip archive, as .keras files are", CONVERT),
    b"\x89HDF": ("is an HDF5 file, as .h5 files are", CONVERT),
    b"version https://git-lfs": (
        "only stands for the model, in Git LFS",
        "run git lfs pull",
    ),
    b"<": ("is a web page", "download the model itself"),
}
NEITHER = (
    "is not a TFLite model, whose bytes 4 to 7 are TFL3",
    "export it again",
)


class File:
    """The bytes, and the model in them or what damaged it."""

    group = ""

    def __init__(self, content: bytes):
        self.content = content
        self.model: Model | None = None
        self.damage: DamagedError | None = None
        if content[4:8] == b"TFL3":
            try:
                self.model = read(content)
            except DamagedError as error:
                self.damage = error

    def __str__(self):
        return self.damage.place if self.damage else "file"


def find_empty(file: File) -> bool:
    return not file.content


def find_not_tflite(file: File) -> tuple[str, str] | None:
    if file.model or file.damage:
        return None
    for mark, found in OTHERS.items():
        if file.content.startswith(mark):
            return found
    return NEITHER


def find_damaged(file: File) -> str:
    return file.damage.fault if file.damage else ""


def find_subgraphs(file: File) -> int:
    """More than one."""
    count = file.model.subgraphs if file.model else 0
    return count if count > 1 else 0
