"""Runs pages and keeps what they print, return and draw."""

from tools.engine.environment import Environment, current
from tools.engine.outputs import text_of
from tools.engine.processes import kill_all
from tools.engine.records import RECORDS, Record, RecordCache, fingerprints
from tools.engine.scheduler import Background, run_page, run_pages, unrecorded
from tools.engine.session import BlockError, Session
