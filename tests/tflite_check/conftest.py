"""Lets the tests import the package as the program does."""

import sys

from tests.forked import EXAMPLES

sys.path.append(str(EXAMPLES))
