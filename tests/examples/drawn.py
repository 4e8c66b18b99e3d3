"""Pictures of digits drawn with lines, laid on paper in ways that people report.

`python -m tests.examples.drawn` writes preparation_cases.json, which holds the program, the page
"Your own digits" and the drawing field of the site to the same pictures. Nothing in it is MNIST's.
"""

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

EXAMPLES = Path(__file__).parents[2] / "examples"
CASES = Path(__file__).with_name("preparation_cases.json")
# A pen's way through the digits, in a box of 100 x 160; those that the model is sure of.
STROKES = {
    2: [(5, 45), (25, 10), (65, 8), (90, 40), (70, 85), (5, 155), (100, 150)],
    3: [(5, 20), (50, 2), (90, 30), (70, 70), (35, 78), (80, 90), (95, 125), (50, 158), (5, 135)],
    4: [(35, 2), (5, 95), (100, 95), (72, 95), (85, 25), (68, 158)],
    7: [(2, 5), (95, 5), (35, 158)],
}


def draw(digit: int, size=(320, 240), at=(60, 40), height=120, pen=10) -> Image.Image:
    """The ink of a digit, 0 to 255, with rounded corners."""
    image = Image.new("L", size)
    scale = height / 160
    points = [(at[0] + x * scale, at[1] + y * scale) for x, y in STROKES[digit]]
    ImageDraw.Draw(image).line(points, 255, pen, joint="curve")
    return image.filter(ImageFilter.GaussianBlur(max(0.6, pen / 12)))


def on_paper(digit: int, **place) -> Image.Image:
    """A digit in dark grey on light grey."""
    return draw(digit, **place).point(lambda ink: 220 - ink * 6 // 10)


def cropped(image: Image.Image, margin: int = 0) -> Image.Image:
    """The part with ink, and this margin around it."""
    rows, columns = np.nonzero(np.asarray(image) < 140)
    top, left = rows.min() - margin, columns.min() - margin
    return image.crop((left, top, columns.max() + 1 + margin, rows.max() + 1 + margin))


def framed(image: Image.Image, width: int = 2) -> Image.Image:
    """With a black line around it, at the very edge."""
    image = image.copy()
    ImageDraw.Draw(image).rectangle((0, 0, image.width - 1, image.height - 1), None, 5, width)
    return image


def boxed(image: Image.Image) -> Image.Image:
    """With a printed box around the digit, as in a form."""
    image = image.copy()
    box = (image.width // 20, 5, image.width - image.width // 20, image.height - 5)
    ImageDraw.Draw(image).rectangle(box, None, 60, 2)
    return image


def on_table(image: Image.Image, turn: float = 0, shade: int = 40) -> Image.Image:
    """A sheet on a dark table."""
    table = Image.new("L", (image.width * 5 // 4, image.height * 5 // 4), shade)
    table.paste(image, (image.width // 8, image.height // 8))
    return table.rotate(turn, Image.Resampling.BICUBIC, fillcolor=shade)


def dark_edges(image: Image.Image) -> Image.Image:
    """As a screenshot with the window's edges."""
    image = image.copy()
    ImageDraw.Draw(image).rectangle((0, 0, image.width, image.height // 20), 40)
    ImageDraw.Draw(image).rectangle((image.width * 0.94, 0, image.width, image.height), 90)
    return image


def dusty(image: Image.Image) -> Image.Image:
    """With a dozen dark specks."""
    image, rng = image.copy(), np.random.default_rng(0)
    for x, y in rng.integers((5, 5), (image.width - 8, image.height - 8), (12, 2)).tolist():
        ImageDraw.Draw(image).rectangle((x, y, x + 2, y + 2), 90)
    return image


def lit(image: Image.Image) -> Image.Image:
    """In a lamp's light, which is half as strong at the other side."""
    grey, (width, height) = np.asarray(image, float), image.size
    x, y = np.linspace(0, 1, width), np.linspace(0, 1, height)[:, None]
    return Image.fromarray((grey * (1 - 0.5 * x - 0.15 * y * y)).astype(np.uint8))


def pencilled(image: Image.Image) -> Image.Image:
    """In pencil, under a lamp that leaves the lower right corner as dark as the pencil."""
    grey, (width, height) = np.asarray(image, float), image.size
    x, y = np.linspace(0, 1, width), np.linspace(0, 1, height)[:, None]
    pale = 230 - 0.4 * (255 - grey)
    return Image.fromarray((pale * (1 - 0.35 * x - 0.25 * y)).astype(np.uint8))


def shadowed(image: Image.Image) -> Image.Image:
    """Its right half in a shadow with a sharp edge, which the digit crosses."""
    grey = np.array(image, float)
    grey[:, image.width * 3 // 10 :] *= 0.5
    return Image.fromarray(grey.astype(np.uint8))


def inverted(image: Image.Image) -> Image.Image:
    """Chalk on a blackboard."""
    return image.point(lambda grey: 255 - grey)


def twice(image: Image.Image) -> Image.Image:
    """Two digits side by side."""
    return Image.fromarray(np.hstack([np.asarray(cropped(image, 20))] * 2))


def lined(image: Image.Image) -> Image.Image:
    """On ruled paper."""
    image = image.copy()
    for y in range(8, image.height, image.height // 8):
        ImageDraw.Draw(image).line((0, y, image.width, y), 130, 2)
    return image


def cut_off(image: Image.Image) -> Image.Image:
    """Its lower part is outside of the picture."""
    rows, _ = np.nonzero(np.asarray(image) < 140)
    return image.crop((0, 0, image.width, rows.max() - np.ptp(rows) // 4))


def blank(image: Image.Image) -> Image.Image:
    """Paper alone."""
    return Image.new("L", image.size, 220)


def make_cases() -> dict:
    """The content of preparation_cases.json, made with the program's own preparation."""
    sys.path.insert(0, str(EXAMPLES))
    import digit_image

    small = {"size": (96, 72), "at": (30, 16), "height": 40, "pen": 4}
    pictures = {
        "dark on light": on_paper(3, **small),
        "light on dark": inverted(on_paper(4, **small)),
        "off the centre": on_paper(7, **small | {"at": (8, 10), "height": 30}),
        "thick pen": on_paper(2, **small | {"pen": 8}),
        "in a lamp's light": lit(on_paper(7, **small)),
        "black frame": framed(on_paper(2, **small)),
        "cropped": cropped(on_paper(3, **small | {"height": 56, "at": (10, 5)})),
        "on a dark table": on_table(on_paper(4, **small)),
        "strip": on_paper(7, size=(400, 24), at=(90, 3), height=18, pen=2),
        "drawn in 28x28": on_paper(3, size=(28, 28), at=(4, 3), height=20, pen=2),
        "two digits": twice(on_paper(2, **small | {"height": 36})),
        "cut off": cut_off(on_paper(3, **small)),
        "blank": blank(on_paper(3, **small)),
    }
    reasons = {
        digit_image.NOTHING: "nothing",
        digit_image.EDGE: "edge",
        digit_image.SEVERAL: "several",
    }
    cases = []
    for name, image in pictures.items():
        grey = np.asarray(image) // 17
        case = {"name": name, "grey": ["".join(f"{v:x}" for v in row) for row in grey]}
        try:
            picture = digit_image.prepare(grey * 17)
            case["expected"] = ["".join(f"{v:02x}" for v in row) for row in picture]
        except digit_image.PictureError as error:
            case["refused"] = reasons[str(error)]
        cases.append(case)
    return {
        "about": "grey: a hexadecimal digit a pixel, times 17; 0 is black. expected: two digits a "
        "pixel, 28 x 28. refused: nothing stands out, it reaches the edge, or several things.",
        "cases": cases,
    }


if __name__ == "__main__":
    CASES.write_text(json.dumps(make_cases(), indent=1) + "\n")
