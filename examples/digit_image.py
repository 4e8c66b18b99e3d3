"""From gray pixels to 28x28 pixels like those of MNIST.

`prepare` finds the digit in a picture, whatever is around it, or says
what to change. The page "Your own digits" explains the simple form of
each step.
"""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

# Of MNIST's pictures: the side, the digit's longer side, its center.
SIDE, BOX, CENTER = 28, 20, 14
AREA = 160_000  # pixels to work with
SMALL = 64  # a picture of fewer pixels a side is drawn: no noise

NOTHING = (
    "has no digit on it that stands out from the paper: write it larger "
    "or darker, and leave paper around it"
)
EDGE = (
    "has something on it that reaches the edge: leave paper around the "
    "digit, and nothing else"
)
SEVERAL = (
    "has more than one thing on it: crop it to one digit, with paper "
    "around it"
)


class PictureError(Exception):
    """A picture cannot be read.

    The message goes on after the picture's name: "is a folder: ...".
    """


def resize(pixels: np.ndarray, width: int, height: int) -> np.ndarray:
    """Each new pixel is the mean of those that it covers."""
    image = Image.fromarray(np.asarray(pixels, np.float32))
    return np.asarray(
        image.resize((width, height), Image.Resampling.BOX)
    )


def shrink(gray: np.ndarray) -> np.ndarray:
    """At most AREA pixels; a long strip keeps its height."""
    height, width = gray.shape
    scale = (AREA / gray.size) ** 0.5
    if scale >= 1:
        return gray
    return resize(
        gray,
        max(1, round(width * scale)),
        max(1, round(height * scale)),
    )


def prepare(gray: np.ndarray) -> np.ndarray:
    """Make a picture like MNIST's.

    Args:
        gray: (height, width), 0..255, one digit of any size, dark on
            light or light on dark.

    Returns:
        uint8 (28, 28), light on black.

    Raises:
        PictureError: there is no digit, or more than one thing.
    """
    digit = find(shrink(np.asarray(gray, np.float32)))
    scale = BOX / max(digit.shape)
    height, width = (max(1, round(n * scale)) for n in digit.shape)
    return center(resize(digit, width, height))


def center(digit: np.ndarray) -> np.ndarray:
    """The digit, (20, 20) at most, in uint8 (28, 28).

    Its center of mass lies on pixel 14, 14, or as near as whole pixels
    allow.
    """
    picture, corner = np.zeros((SIDE, SIDE)), []
    for axis in (0, 1):
        ink = digit.sum(axis=1 - axis)
        mass = (ink * np.arange(len(ink))).sum() / ink.sum()
        place = int(np.floor(CENTER - mass + 0.5))
        corner.append(int(np.clip(place, 0, SIDE - len(ink))))
    (top, left), (height, width) = corner, digit.shape
    picture[top : top + height, left : left + width] = digit
    return np.floor(picture / picture.max() * 255 + 0.5).astype(
        np.uint8
    )


def find(gray: np.ndarray) -> np.ndarray:
    """The digit alone, cropped, from 0 (paper) to 1 (full ink).

    Dark ink is looked for, then light ink. Of two finds the one that
    fills less of its box is the digit: the other is the paper around
    it, or a loop in it.
    """
    if max(gray.shape) < SMALL:  # a drawing may fill its picture
        edge = [gray[0], gray[-1], gray[:, 0], gray[:, -1]]
        paper = np.median(np.concatenate(edge))
        gray = np.pad(gray, 2, constant_values=paper)
    dark, light = find_dark(gray), find_dark(255 - gray)
    _, digit = min(dark, light, key=lambda find: find[0])
    if isinstance(digit, PictureError):
        raise digit
    return digit


def find_dark(
    gray: np.ndarray,
) -> tuple[int, np.ndarray | PictureError]:
    """The digit in dark ink, or the reason why there is none.

    What stands out most may be a frame or the edge of a table. Then it
    is erased, and what stands out next is looked at. Returns first how
    much of its box the digit fills, or more than 1.
    """
    paper = paper_of(gray)
    light = 255 / np.maximum(paper, 40)  # ink is paler in a shadow
    ink, soft = (paper - gray) * light, (paper - blur(gray)) * light
    # Of the paper: ink may cover half of a picture.
    lowest, level = np.quantile(soft, [0.05, 0.25])
    noise, ink, soft = level - lowest, ink - level, soft - level
    most, answer = max(1, soft.size // 1000), (3, PictureError(NOTHING))
    least = min(12 / block_side(ink.size), 0.2 * min(gray.shape))
    for _ in range(4):
        full = np.partition(soft, -most, axis=None)[-most:].mean()
        if full < max(10, 6 * noise):
            break
        inked = soft > max(0.35 * full, 5 * noise)
        labels = components(blocks_of(inked))
        parts = parts_of(labels, inked, least)
        edge = [part for part in parts if part.edge]
        chosen = digits_among(parts)
        if answer[0] == 3 and fills_picture(edge, labels):
            biggest = max((part.height for part in chosen), default=0)
            if biggest < 0.3 * len(labels):
                chosen, edge = edge, []
        if chosen:
            sharp = [
                part
                for part in edge
                if stands_alone(
                    gray,
                    full,
                    to_pixels(labels == part.label, gray.shape) & inked,
                )
            ]  # not a shadow
            found = cut(ink / full, inked, labels, chosen, sharp)
            if found and stands_alone(gray, full, found[2]):
                return found[:2]
        if edge and full > max(50, 12 * noise):
            answer = 2, PictureError(EDGE)
        soft[
            to_pixels(around(labels > 0, 1, np.maximum), soft.shape)
        ] = 0
    return answer


def blur(gray: np.ndarray) -> np.ndarray:
    """Less noise; a small picture has none."""
    if max(gray.shape) < SMALL:
        return gray
    return around(gray, 1, np.add) / 9


def paper_of(gray: np.ndarray) -> np.ndarray:
    """How light the paper is at each pixel.

    The lightest value around each pixel is that of the paper, where
    strokes are narrower than what is looked at. The darkest of these
    brings the edges of shadows and tables back to their places.
    """
    reach = max(1, round(gray.size**0.5 / 6))
    lightest = around(blur(gray), reach, np.maximum)
    return around(lightest, reach, np.minimum)


def around(gray: np.ndarray, reach: int, pick: np.ufunc) -> np.ndarray:
    """The largest, smallest or summed value around each pixel.

    The window is a square. It grows threefold at each step, as long as
    that leaves no gaps.
    """
    for axis in (0, 1):
        step, left = 1, reach
        while left:
            step = min(step, left)
            margin = [(0, 0), (0, 0)]
            margin[axis] = (step, step)
            wide = np.pad(gray, margin, mode="edge")
            before = np.split(wide, [-2 * step], axis)[0]
            after = np.split(wide, [2 * step], axis)[1]
            gray = pick(pick(before, after), gray)
            left, step = left - step, 3 * step
    return gray


@dataclass(frozen=True)
class Part:
    """Blocks with ink that hang together.

    Attributes:
        label: its number.
        top, bottom, left, right: where it lies; the ends are outside.
        ink: how many blocks it would fill.
        edge: the largest share of a side of the picture that it covers.
    """

    label: int
    top: int
    bottom: int
    left: int
    right: int
    ink: float
    edge: float

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def is_solid(self) -> bool:
        """A spot, a sheet or a bar; an upright bar may be a 1."""
        filled = self.ink > 0.75 * self.height * self.width
        return self.width > 2.5 * self.height or (
            filled and self.width > 0.4 * self.height
        )

    def contains(self, other: "Part") -> bool:
        """Whether it runs around another of some size."""
        return (
            self.top < other.top
            and self.left < other.left
            and self.bottom > other.bottom
            and self.right > other.right
            and other.height > 0.2 * self.height
        )

    def gap(self, other: "Part") -> int:
        """The blocks between two, 0 if neither is beside the other."""
        return max(
            self.left - other.right,
            other.left - self.right,
            self.top - other.bottom,
            other.top - self.bottom,
            0,
        )


def block_side(pixels: int) -> int:
    """The side of a block, for about 16,000 blocks at the most."""
    return math.ceil((pixels / 16_000) ** 0.5)


def blocks_of(inked: np.ndarray) -> np.ndarray:
    """The share of pixels with ink in each block."""
    step = block_side(inked.size)
    height, width = inked.shape
    wide = np.pad(inked, ((0, -height % step), (0, -width % step)))
    rows, columns = (side // step for side in wide.shape)
    return wide.reshape(rows, step, columns, step).mean(axis=(1, 3))


def components(shares: np.ndarray) -> np.ndarray:
    """Number the blocks that hang together; 0 is without ink.

    A block counts if any of its pixels has ink: that closes gaps.
    """
    inked = shares > 0
    labels = np.arange(1, inked.size + 1).reshape(inked.shape) * inked
    while True:  # the largest number spreads through each part
        spread = around(labels, 1, np.maximum) * inked
        if (spread == labels).all():
            return labels
        labels = spread


def to_pixels(blocks: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The pixels of blocks, in the shape of the picture."""
    step = block_side(math.prod(shape))
    pixels = blocks.repeat(step, axis=0).repeat(step, axis=1)
    return pixels[: shape[0], : shape[1]]


def parts_of(
    labels: np.ndarray, inked: np.ndarray, least: float
) -> list[Part]:
    """The parts of at least this size, in blocks."""
    parts, shares = [], blocks_of(inked)
    pixels = to_pixels(labels, inked.shape) * inked
    sides = pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]
    for label in np.unique(labels[labels > 0]):
        y, x = np.nonzero(labels == label)
        part = Part(
            int(label),
            *(int(y.min()), int(y.max()) + 1),
            *(int(x.min()), int(x.max()) + 1),
            float(shares[y, x].sum()),
            max(float((side == label).mean()) for side in sides),
        )
        if max(part.height, part.width) >= least:
            parts.append(part)
    return parts


def digits_among(parts: list[Part]) -> list[Part]:
    """Those that may be digits: neither at the edge nor a frame."""
    inner = [
        part for part in parts if not part.edge and not part.is_solid
    ]
    return [
        part
        for part in inner
        if not any(part.contains(other) for other in inner)
    ]


def fills_picture(edge: list[Part], labels: np.ndarray) -> bool:
    """Whether what lies at the edge is a digit cropped to its ink.

    That reaches all four sides, and yet most of the edge is paper.
    """
    if not edge:
        return False
    rows, columns = labels.shape
    slack = 0.08 * max(rows, columns)
    mine = np.isin(labels, [part.label for part in edge])
    around = np.concatenate(
        [mine[0], mine[-1], mine[1:-1, 0], mine[1:-1, -1]]
    )
    return (
        min(part.top for part in edge) <= slack
        and min(part.left for part in edge) <= slack
        and max(part.bottom for part in edge) >= rows - slack
        and max(part.right for part in edge) >= columns - slack
        and around.mean() < 0.5
        and mine.mean() < 0.75
        and columns < 1.7 * rows
    )


def cut(
    ink: np.ndarray,
    inked: np.ndarray,
    labels: np.ndarray,
    chosen: list[Part],
    edge: list[Part],
) -> tuple[int, np.ndarray | PictureError]:
    """Crop to the digit; the result is that of `find_dark`."""
    main = max(chosen, key=lambda part: part.ink)
    fill, mine = main.ink / (main.height * main.width), [main.label]
    size, several = max(main.height, main.width), False
    for part in chosen:
        if part is main:
            continue
        gap = main.gap(part)
        alike = part.height > 0.5 * main.height
        alike |= part.width > 0.5 * main.width and gap > 0.1 * size
        far = gap > 0.15 * size
        several |= bool(gap and alike)
        several |= far and part.ink > 0.25 * main.ink
        if not far:
            mine.append(part.label)
    mine = to_pixels(
        around(np.isin(labels, mine), 1, np.maximum), ink.shape
    )
    found = inked & mine
    if several:
        return fill, PictureError(SEVERAL), found
    for part in edge:
        if (
            part.edge < 0.5
            and part.ink > 0.25 * main.ink
            and not part.contains(main)
        ):
            return fill, PictureError(EDGE), found
    y, x = np.nonzero(found)
    digit = np.clip((ink - 0.15) / 0.7, 0, 1) * mine
    digit = digit[y.min() : y.max() + 1, x.min() : x.max() + 1]
    return fill, digit, found


def stands_alone(
    gray: np.ndarray, full: float, found: np.ndarray
) -> bool:
    """Whether the found pixels are darker than nearly all around them.

    A gap between two strokes is not: it is open at its ends.
    """
    near = 1 if max(gray.shape) < SMALL else 2
    inside, outside = (
        around(found, reach, np.maximum) for reach in (near, near + 2)
    )
    ring = outside & ~inside
    dark = around(np.where(found, gray, 255), near + 4, np.minimum)
    lighter = gray > dark + 0.15 * full
    return not ring.any() or bool(lighter[ring].mean() > 0.9)
