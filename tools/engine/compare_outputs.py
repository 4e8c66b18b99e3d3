"""Compares what a downloaded notebook or script shows with what its page shows."""

import re
from difflib import SequenceMatcher

_MODULE = re.compile(r"\b(?:\w+\.)+(?=\w+Error\b)")  # Jupyter leaves it out before an error's name
_NUMBER = re.compile(r"(?:0x[0-9a-fA-F]+|[-+]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?)")
_TIME = re.compile(_NUMBER.pattern + r"(?= ?(?:[mµ]?s|seconds?)\b)")


def difference(shown: list[str], page: list[str]) -> str:
    """What differs, line by line; "" if it is the same.

    Numbers may vary, because some follow from times; half of the lines must be equal to the last
    digit, apart from what is a time by its unit.
    One line in 25 may differ altogether, such as the list of files that a kill has left.
    """
    ours, theirs = ([*_lines(texts)] for texts in (shown, page))
    masked = [[_masked(line) for line in lines] for lines in (ours, theirs)]
    matcher = SequenceMatcher(a=masked[0], b=masked[1], autojunk=False)
    same, wrong, report = 0, 0, []
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            timeless = (
                [_TIME.sub("#", line) for line in lines] for lines in (ours[i1:i2], theirs[j1:j2])
            )
            same += sum(a == b for a, b in zip(*timeless, strict=True))
        else:
            wrong += max(i2 - i1, j2 - j1)
            report += [f"shown:   {line}" for line in ours[i1:i2]]
            report += [f"on page: {line}" for line in theirs[j1:j2]]
    if wrong > len(theirs) // 25:
        return "\n".join(report)
    if same < len(theirs) / 2:
        return f"only {same} of {len(theirs)} lines show the same numbers"
    return ""


def _lines(texts):
    for line in "\n".join(texts).splitlines():
        if words := _MODULE.sub("", line).split():
            yield " ".join(words)


def _masked(line):
    return re.sub(r"\s+|#+", "", _NUMBER.sub("#", line))
