"""examples/checkpoint.py is killed, starved and misled; it must end as if nothing had happened.

The moments of the random kills come from CHECKPOINT_KILL_SEED, or from a new seed each time; it is
printed.
"""

import json
import multiprocessing
import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from examples import mnist_data
from tests import forked
from tests.forked import EXAMPLES, run_program, start, start_program

KILLS = 20
# 60 steps, and a checkpoint after each: most of the time is spent in saving.
SMALL = ["--examples", "600", "--batch-size", "20", "--epochs", "2", "--every", "1", "--seed", "7"]
ONE_EPOCH = [*SMALL, "--epochs", "1"]

pytestmark = pytest.mark.skipif(
    "forkserver" not in multiprocessing.get_all_start_methods(),
    reason="SIGKILL and forked processes are not on this system",
)


def save_another_model(prefix):
    """Write a checkpoint as checkpoint.py names it, with other shapes."""
    import tensorflow as tf

    tf.train.Checkpoint(step=[tf.Variable(0)], model=[tf.Variable([1.0])]).write(prefix)


def launch(folder, *options, limit=None, log=None):
    """Start the program on a folder."""
    out = log or log_of(folder)
    return start_program("checkpoint", "--out", folder, *options, limit=limit, out=out)


def log_of(folder):
    return folder.with_name(folder.name + ".log")


def run(folder, *arguments, code=0, limit=None):
    """Run the program to its end; returns what it printed."""
    log_of(folder).unlink(missing_ok=True)
    process = launch(folder, *arguments, limit=limit)
    process.join(120)
    text = log_of(folder).read_text()
    assert process.exitcode == code, text
    return text


def outcome(folder):
    """What must be equal bit for bit: the metrics, and all that the last checkpoint holds."""
    last = folder / "checkpoints" / "step-00000060.data-00000-of-00001"
    return json.loads((folder / "metrics.json").read_text()), last.read_bytes()


def same(folder, whole):
    """Whether a training ended as the uninterrupted one, with nothing left lying about."""
    names = sorted(path.name for path in folder.rglob("*"))
    expected = sorted(path.name for path in whole.rglob("*"))
    assert outcome(folder)[0] == outcome(whole)[0]
    assert outcome(folder) == outcome(whole)
    assert names == expected
    return True


def contents(folder):
    """Each file of a folder and what is in it."""
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def sentence(text):
    """The last line, which must be the program's own: no traceback."""
    assert "Traceback" not in text
    *_, last = text.strip().splitlines()
    assert last.startswith("checkpoint.py: ") and last.endswith(".")
    return last


def passed_over(text):
    """The checkpoints that were reported as damaged."""
    return re.findall(r"^(step-\d+) is damaged or of another model \(.+\)", text, re.M)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A training that nobody disturbed."""
    folder = tmp_path_factory.mktemp("whole") / "training"
    run(folder, *SMALL)
    return folder


@pytest.fixture(scope="module")
def _half(tmp_path_factory):
    folder = tmp_path_factory.mktemp("half") / "training"
    run(folder, *ONE_EPOCH, "--every", "10")
    return folder


@pytest.fixture
def half(_half, tmp_path):
    """A copy of a training after one of its two epochs: checkpoints of steps 10, 20 and 30."""
    return Path(shutil.copytree(_half, tmp_path / "training"))


# Killed.


def leftovers(folder):
    """What a save that did not end has left: no index, or a temporary folder."""
    names = {path.name for path in (folder / "checkpoints").glob("step-*")}
    stems = {name.partition(".")[0].removesuffix("_temp") for name in names}
    half = {stem for stem in stems if f"{stem}.index" not in names}
    return half | {name for name in names if name.endswith("_temp")}


def kill_once(process, folder, how, dice):
    """Kill a training at a moment of the given kind; returns whether it was still alive then."""
    first, count = newest(folder), dice.randint(1, 5)
    delay = dice.uniform(0, {"start": 1.0, "step": 0.06, "save": 0.004}[how])
    while how != "start" and process.is_alive():
        progress = newest(folder) - first
        if progress >= count and (how == "step" or leftovers(folder)):
            break
        time.sleep(0.001)
    time.sleep(delay)
    process.kill()
    process.join(30)
    return process.exitcode == -signal.SIGKILL


def newest(folder):
    """The step of the newest checkpoint, or 0."""
    steps = [int(path.stem[5:]) for path in (folder / "checkpoints").glob("step-*.index")]
    return max(steps, default=0)


def killed_again_and_again(folder, seed, whole):
    """Kill and resume one training five times, then let it end; returns kills, kills in a save."""
    dice, kills, saving = random.Random(seed), 0, 0
    for how in dice.sample(["start", "step", "step", "save", "save"], 5):
        resume = ["--resume"] if (folder / "training.json").exists() else []
        if kill_once(launch(folder, *SMALL, *resume), folder, how, dice):
            kills += 1
            saving += bool(leftovers(folder))
    resume = ["--resume"] if (folder / "training.json").exists() else []
    run(folder, *SMALL, *resume)
    assert same(folder, whole)
    return kills, saving


def test_kills_at_random_moments_change_nothing(whole, tmp_path, capsys):
    seed = int(os.environ.get("CHECKPOINT_KILL_SEED") or random.randrange(10**6))
    kills = saving = chain = 0
    with ThreadPoolExecutor(2) as pool:
        while kills < KILLS and chain < 12:
            pair = [f"{seed}-{chain}", f"{seed}-{chain + 1}"]
            ends = pool.map(lambda name: killed_again_and_again(tmp_path / name, name, whole), pair)
            for more, more_saving in ends:
                kills, saving, chain = kills + more, saving + more_saving, chain + 1
    with capsys.disabled():
        print(f"\nCHECKPOINT_KILL_SEED={seed}: {kills} kills, {saving} of them in a save")
    assert kills >= KILLS
    assert saving >= 1


def test_dying_in_the_middle_of_a_write_changes_nothing(half, whole):
    for size in (100_000, 600_000, 1_200_000):  # a checkpoint has 1,223,000 bytes
        # Small limits would stop the log as well.
        process = launch(half, "--resume", *SMALL, limit=(size, True), log=os.devnull)
        process.join(120)
        assert process.exitcode == -signal.SIGXFSZ
        assert newest(half) == 30 and leftovers(half)
    run(half, "--resume", *SMALL, "--every", "7")  # step 31 is not saved again
    assert outcome(half) == outcome(whole)
    assert not leftovers(half)


def test_dying_in_the_first_save_leaves_nothing_to_resume(whole, tmp_path):
    folder = tmp_path / "training"
    process = launch(folder, *SMALL, limit=(600_000, True), log=os.devnull)
    process.join(120)
    assert process.exitcode == -signal.SIGXFSZ
    assert "has no training.json that can be resumed (No such file" in sentence(
        run(folder, "--resume", code=1)
    )
    run(folder, *SMALL)
    assert same(folder, whole)


def test_the_command_line_survives_kill_9(whole, tmp_path):
    folder = tmp_path / "training"
    command = [sys.executable, str(EXAMPLES / "checkpoint.py"), "--out", str(folder)]
    process = subprocess.Popen([*command, *SMALL], stdout=subprocess.DEVNULL)
    try:
        while newest(folder) < 7 and process.poll() is None:
            time.sleep(0.001)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == -signal.SIGKILL
    done = run_program("checkpoint", "--out", folder, "--resume")
    assert done.returncode == 0, done.stderr
    at = int(re.search(r"Resuming at step (\d+)", done.stdout)[1])
    assert 6 <= at < 60  # 6 if the index of step 7 was being written
    assert outcome(folder)[0] == outcome(whole)[0]


def test_ctrl_c_saves_and_says_how_to_resume(whole, tmp_path):
    """With a command that works as it stands, for names with spaces and other data."""
    folder, data = tmp_path / "my training", tmp_path / "my data.npz"
    os.link(mnist_data.find().path, data)
    options = [*SMALL, "--epochs", "1000", "--every", "100000", "--data", data]
    process = launch(folder, *options)
    while not log_of(folder).exists() or "Epoch 1/" not in log_of(folder).read_text():
        assert process.is_alive()
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGINT)
    process.join(60)
    text = log_of(folder).read_text()
    assert process.exitcode == 130, text
    step = newest(folder)
    stopped, _, command = text.rpartition(". To go on: ")
    assert stopped.endswith(f"Stopped and saved at step {step} of 30000")
    words = ["python", "checkpoint.py", "--out", folder, "--data", data, "--resume"]
    assert shlex.split(command) == [str(word) for word in words]
    assert step > 0
    if step < 60:
        assert f"Resuming at step {step}" in run(folder, "--resume", *SMALL, "--data", data)
        assert outcome(folder) == outcome(whole)


# A disk that is full, files that are damaged.


def test_a_full_disk_keeps_the_last_checkpoint(half, whole):
    before = contents(half / "checkpoints")
    text = sentence(run(half, "--resume", *SMALL, code=1, limit=(600_000, False)))
    assert "step-00000031 cannot be written (" in text
    assert "go on from the last checkpoint with --resume" in text
    assert "File too large" in text  # the limit's own words for "No space left on device"
    assert contents(half / "checkpoints") == before and not leftovers(half)
    run(half, "--resume", *SMALL)
    assert same(half, whole)


def test_a_disk_that_is_full_at_the_beginning_leaves_nothing_to_resume(whole, tmp_path):
    folder = tmp_path / "training"
    text = sentence(run(folder, *SMALL, code=1, limit=(600_000, False)))
    assert "step-00000000 cannot be written (" in text and text.endswith("then start again.")
    run(folder, *SMALL)
    assert same(folder, whole)


def test_a_disk_that_is_full_at_the_end_keeps_all_checkpoints(half):
    for name in ("model.keras", "metrics.json"):
        (half / name).unlink()
    text = sentence(run(half, "--resume", code=1, limit=(200_000, False)))
    assert "model.keras cannot be written (" in text
    assert not (half / "model.keras").exists() and not list(half.glob(".*"))
    run(half, "--resume")
    assert (half / "model.keras").exists() and (half / "metrics.json").exists()


def cut(path):
    os.truncate(path, path.stat().st_size // 2)


def flip(path):
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 255]))


def test_damaged_checkpoints_are_passed_over(half, whole):
    cut(half / "checkpoints" / "step-00000030.data-00000-of-00001")
    flip(half / "checkpoints" / "step-00000020.data-00000-of-00001")
    text = run(half, "--resume", *SMALL)
    assert passed_over(text) == ["step-00000030", "step-00000020"]
    assert "Resuming at step 10" in text
    assert same(half, whole)


def test_a_missing_part_and_a_damaged_index_are_passed_over(half, whole):
    (half / "checkpoints" / "step-00000030.data-00000-of-00001").unlink()
    (half / "checkpoints" / "step-00000020.index").write_text("garbage" * 200)
    text = run(half, "--resume", *SMALL)
    assert passed_over(text) == ["step-00000030", "step-00000020"]
    assert "Resuming at step 10" in text
    assert same(half, whole)


def test_a_resumed_run_keeps_as_many_checkpoints_as_it_began_with(tmp_path):
    small = ["--examples", "600", "--batch-size", "20", "--every", "5", "--keep", "99"]
    run(tmp_path, *small, "--epochs", "1")
    run(tmp_path, "--resume", "--epochs", "2")
    assert len([*(tmp_path / "checkpoints").glob("*.index")]) == 60 / 5 + 1


def test_a_garbage_list_of_checkpoints_is_not_believed(half, whole):
    (half / "checkpoints" / "checkpoint").write_text("garbage")
    assert "Resuming at step 30" in run(half, "--resume", *SMALL)
    (half / "checkpoints" / "checkpoint").unlink()
    assert same(half, whole)


def test_a_damaged_one_does_not_push_out_the_good_ones(half, whole):
    for end in ("index", "data-00000-of-00001"):
        (half / "checkpoints" / f"step-00000055.{end}").write_text("garbage" * 200)
    process = launch(half, "--resume", *SMALL, "--keep", "1")
    while (half / "checkpoints" / "step-00000030.index").exists():  # until one takes its place
        assert process.is_alive()
        time.sleep(0.001)
    time.sleep(0.005)  # all that goes is gone
    process.kill()
    process.join(30)
    text = run(half, "--resume", *SMALL, "--keep", "3")
    assert 30 < int(re.search(r"Resuming at step (\d+)", text)[1]) < 60
    assert same(half, whole)


def test_no_checkpoint_at_all_is_no_restart_from_zero(half):
    for path in (half / "checkpoints").glob("*.index"):
        path.write_text("garbage")
    before = contents(half)
    text = run(half, "--resume", *SMALL, code=1)
    assert len(passed_over(text)) == 3
    assert "No checkpoint in" in sentence(text)
    assert contents(half) == before


# The wrong folder.


def test_a_checkpoint_of_another_model_is_left_alone(half):
    for path in (half / "checkpoints").iterdir():
        path.unlink()
    process = start(save_another_model, str(half / "checkpoints" / "step-00000030"))
    process.join(60)
    before = contents(half)
    text = run(half, "--resume", code=1)
    assert passed_over(text) == ["step-00000030"]
    assert "No checkpoint in" in sentence(text)
    assert contents(half) == before


def test_two_processes_in_one_folder(half, refusal):
    process = launch(half, "--resume", *SMALL, "--epochs", "1000")
    while newest(half) == 30:
        assert process.is_alive()
        time.sleep(0.005)
    try:
        text = refusal("checkpoint", 1, "--out", half, "--resume")
        assert f"Another process is at work in {half}" in text
        assert process.is_alive()
    finally:
        process.kill()
        process.join(30)
    # The lock went with the process.
    words = ["--out", half, "--resume", "--seed", 8]
    assert "was trained with --seed 7, not 8" in refusal("checkpoint", 1, *words)


def test_a_refused_resume_changes_nothing(half):
    """It was written down before it was refused, and the next plain --resume was refused too."""
    for left in ("step-00000031.data-00000-of-00001", "step-00000031_temp"):
        (half / "checkpoints" / left).mkdir()
    before = contents(half)
    names = sorted(half.rglob("*"))
    text = sentence(run(half, "--resume", "--epochs", "1", "--seed", "8", code=1))
    assert "was trained with --seed 7, not 8" in text
    assert contents(half) == before and sorted(half.rglob("*")) == names


def test_fewer_epochs_than_were_trained(half):
    run(half, "--resume", *SMALL)
    before = contents(half)
    text = sentence(run(half, "--resume", "--epochs", "1", code=1))
    assert "is at step 60, beyond --epochs 1: give more, or leave --epochs out" in text
    assert contents(half) == before
    assert "Resuming at step 60" in run(half, "--resume")


def signalled(number, times):
    """What a process does: the program, with a signal in the save of its 5th step."""
    import checkpoint
    import common

    save = checkpoint.save

    def signal_and_save(state, folder, keep):
        if int(state.step) == 5:
            for _ in range(times):
                signal.raise_signal(number)
        save(state, folder, keep)

    checkpoint.save = signal_and_save
    return common.run(lambda: checkpoint.main(["--out", "training", *SMALL]))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_does_not_wait(tmp_path, number):
    for times, code, step in ((1, 128 + number, 5), (2, 130, 4)):
        folder = tmp_path / str(times)
        folder.mkdir()
        done = forked.run(signalled, int(number), times, folder=folder)
        assert done.returncode == code, done.stderr
        assert newest(folder / "training") == step
        assert ("Stopped and saved at step 5 of 60" in done.stderr) == (times == 1)
