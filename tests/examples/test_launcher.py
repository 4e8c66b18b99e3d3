"""examples/launcher.py: workers that are started together end together; without TensorFlow."""

import os
import signal
import sys
import threading
import time

import pytest

from examples import common, launcher

# What each worker does; its index is the last word of its command.
WORKER = """
import os, signal, sys, time
index, folder = int(sys.argv[-1]), sys.argv[1]
def note(name):
    with open(f"{folder}/.{name}{index}", "w") as file:
        file.write(str(os.getpid()))
    os.rename(f"{folder}/.{name}{index}", f"{folder}/{name}{index}")
def asked(*_):
    note("asked")
"""


def launch(folder, lines):
    """Start two workers that run these lines; returns the exit code."""
    return launcher.launch([sys.executable, "-c", WORKER + lines, str(folder)], 2)


def press(folder, *files):
    """Press Ctrl-C as soon as there is a file of each of these names."""

    def pressing():
        for name in files:
            while not (folder / name).exists():
                time.sleep(0.01)
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    threading.Thread(target=pressing).start()


def test_all_that_end_well_are_a_success(tmp_path, capfd):
    assert launch(tmp_path, "print('worker', index)") == 0
    assert capfd.readouterr() == ("worker 0\n", "")  # the chief's


def test_one_that_fails_ends_the_others_and_is_heard(tmp_path, capfd):
    lines = "sys.exit('x.py: Port 1 cannot be used.') if index else time.sleep(600)"
    assert launch(tmp_path, lines) == 1
    assert capfd.readouterr().err == "x.py: Port 1 cannot be used.\n"


def test_the_chief_speaks_for_itself(tmp_path, capfd):
    assert launch(tmp_path, "time.sleep(600) if index else sys.exit('x.py: No.')") == 1
    assert capfd.readouterr().err == "x.py: No.\n"


def test_a_chief_that_was_killed_is_one_sentence(tmp_path):
    lines = "time.sleep(600) if index else os.kill(os.getpid(), signal.SIGKILL)"
    with pytest.raises(common.UserError, match=r"^Worker 0 was ended by signal 9: start again"):
        launch(tmp_path, lines)


def test_ctrl_c_lets_all_stop_by_themselves(tmp_path):
    press(tmp_path, "worker1")
    lines = (
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(143)); note('worker'); time.sleep(600)"
    )
    assert launch(tmp_path, lines) == 130


def test_ctrl_c_before_they_listen_ends_them(tmp_path, capfd):
    press(tmp_path, "worker0")
    assert launch(tmp_path, "note('worker'); time.sleep(600)") == 130
    assert capfd.readouterr() == ("", "Stopped.\n")


def test_a_second_ctrl_c_ends_all_at_once(tmp_path):
    press(tmp_path, "worker1", "asked1")
    lines = "signal.signal(signal.SIGTERM, asked); note('worker')\nwhile True: time.sleep(600)"
    with pytest.raises(KeyboardInterrupt):
        launch(tmp_path, lines)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "worker1").read_text()), 0)


def test_addresses_are_different_and_free():
    found = launcher.free_addresses(50)
    assert len(set(found)) == 50 and all(one.startswith("127.0.0.1:2") for one in found)
