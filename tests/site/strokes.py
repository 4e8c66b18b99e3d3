"""Pictures of digits as a pen would write them: thinned to lines one pixel wide, and followed."""

import numpy as np

# The pixels around one, clockwise from above.
_AROUND = [(-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1)]


def thin(inked: np.ndarray) -> np.ndarray:
    """The lines in the middle of strokes, by the algorithm of Zhang and Suen (1984).

    Args:
        inked: bool (height, width).
    """
    inked = np.pad(inked, 1)
    while True:
        before = inked.copy()
        for first in True, False:
            near = [np.roll(inked, (-y, -x), (0, 1)) for y, x in _AROUND]
            above, _, right, _, below, _, left, _ = near
            count = sum(each.astype(int) for each in near)
            turns = sum(
                (~one & two).astype(int) for one, two in zip(near, near[1:] + near[:1], strict=True)
            )
            free = (
                ~(above & right & below) & ~(right & below & left)
                if first
                else ~(above & right & left) & ~(above & below & left)
            )
            inked = inked & ~((count >= 2) & (count <= 6) & (turns == 1) & free)
        if (inked == before).all():
            return inked[1:-1, 1:-1]


def follow(lines: np.ndarray) -> list[list[tuple[float, float]]]:
    """Strokes through all pixels of thin lines: points of x and y, the middles of pixels.

    Args:
        lines: bool (height, width).
    """
    left, strokes = {(int(y), int(x)) for y, x in np.argwhere(lines)}, []
    everything = set(left)

    def around(place, places):
        found = [(place[0] + y, place[1] + x) for y, x in _AROUND]
        return [each for each in found if each in places]

    while left:
        start = min(left, key=lambda place: (len(around(place, left)), place))
        stroke = around(start, everything - left)[:1]  # where another stroke has passed
        place = start
        while place:
            stroke.append(place)
            left.discard(place)
            ahead = around(place, left)
            place = min(
                ahead,
                key=lambda each: abs(each[0] - place[0]) + abs(each[1] - place[1]),
                default=None,
            )
        stroke += around(stroke[-1], everything - {*stroke[-3:]} - left)[:1]
        strokes.append([(x + 0.5, y + 0.5) for y, x in stroke])
    return strokes


def smooth(stroke: list[tuple[float, float]]) -> np.ndarray:
    """A stroke whose points are the means of three, as a hand draws no stairs."""
    points = np.array(stroke)
    if len(points) < 3:
        return points
    inner = (points[:-2] + points[1:-1] + points[2:]) / 3
    return np.concatenate([points[:1], inner, points[-1:]])
