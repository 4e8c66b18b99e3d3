"""examples/scale_out.py: clusters on this machine, killed, stopped, cut off, and resumed.

Workers are forked from a process that has imported TensorFlow; only the launcher's import it.
"""

import contextlib
import ctypes
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile

import h5py
import numpy as np
import psutil
import pytest
import yaml

from examples import rendezvous
from examples.launcher import free_addresses
from tests.forked import EXAMPLES, _program, start, start_program

KILLS = 10
# Five steps an epoch, the last of two images: with three workers, one of them has none.
SMALL = ["--examples", "30", "--batch-size", "7", "--seed", "7", "--every", "1"]
LONG = [*SMALL, "--epochs", "1000"]

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="forked TensorFlow and SIGKILL are tested on Linux alone"
)


class Workers:
    """Workers that were started together."""

    def __init__(self, folder, options, count=2, launch=None):
        """Start workers; `launch(index, words, log)` starts another way than as forks."""
        self.cluster = ",".join(free_addresses(count))
        self.folder = folder
        number = next(COUNTER)
        self.logs = [folder.with_name(f"{folder.name}-{number}-{i}.log") for i in range(count)]
        for log in self.logs:
            log.touch()
        words = ["--out", folder, *options]
        self.processes = [
            launch(index, words, self.logs[index])
            if launch
            else start_program(
                *("scale_out", "--cluster", self.cluster, "--index", index, *words),
                out=self.logs[index],
            )
            for index in range(count)
        ]

    def ends(self):
        """Wait for all; returns the exit code and the log of each."""
        for process in self.processes:
            process.join(240)
            process.kill()
        logs = [log.read_text() for log in self.logs]
        codes = [process.exitcode for process in self.processes]
        assert None not in codes, logs
        assert not any("Traceback" in log for log in logs), logs
        return codes, logs

    def wait(self, step):
        """Wait until a checkpoint of this step is there."""
        while newest(self.folder) < step:
            assert all(process.is_alive() for process in self.processes), self.ends()
            time.sleep(0.002)


COUNTER = itertools.count()


def resume(folder):
    return ["--resume"] if (folder / "training.json").exists() else []


def newest(folder):
    """The step of the newest checkpoint, or -1."""
    steps = [int(path.stem[5:]) for path in (folder / "checkpoints").glob("step-*.index")]
    return max(steps, default=-1)


def run(folder, *options, count=2, launch=None):
    """Train on forked workers, to the end."""
    codes, logs = Workers(folder, options, count, launch).ends()
    assert codes == [0] * count, logs
    return logs


def outcome(folder):
    """What must be equal bit for bit: the metrics, and all that the last checkpoint holds."""
    last = folder / "checkpoints" / f"step-{newest(folder):08d}.data-00000-of-00001"
    return json.loads((folder / "metrics.json").read_text()), last.read_bytes()


def ends_as_undisturbed(folder, count=2, launch=None):
    """Train a little longer; then compare with a cluster of the same size that nobody disturbed."""
    step = newest(folder)
    epochs = step // 5 + 2
    logs = run(folder, *SMALL, "--resume", "--epochs", epochs, count=count, launch=launch)
    assert f"\nResuming at step {step}\n" in logs[0]
    whole = folder.with_name(folder.name + "-undisturbed")
    run(whole, *SMALL, "--epochs", epochs, count=count)
    assert outcome(folder)[0] == outcome(whole)[0]
    assert outcome(folder) == outcome(whole)
    assert outcome(whole)[0]["steps"] == 5 * epochs
    return True


def said(log):
    """The one sentence of the program; TensorFlow's threads may log a line after it."""
    (sentence,) = [line for line in log.splitlines() if line.startswith("scale_out.py: ")]
    return sentence


def weights(folder):
    """All weights of a trained model, one after the other."""
    found = []
    with zipfile.ZipFile(folder / "model.keras") as archive:
        file = h5py.File(archive.open("model.weights.h5"))
        file.visititems(lambda _, item: found.append(item) if hasattr(item, "shape") else None)
        return np.concatenate([item[()].ravel() for item in found])


def test_workers_of_any_number_train_the_same_network(tmp_path):
    """Two, and three of which one has no image in an epoch's last step, against one."""
    jobs = {"chief": 1, "worker": 2}

    def by_tf_config(index, words, log):
        task = {"type": "worker", "index": index - 1} if index else {"type": "chief", "index": 0}
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TF_CONFIG", json.dumps({"cluster": cluster, "task": task}))
            return start_program("scale_out", *words, out=log)

    cluster = {job: free_addresses(count) for job, count in jobs.items()}
    for count, launch in ((1, None), (2, None), (3, by_tf_config)):
        folder = tmp_path / str(count)
        logs = run(folder, *SMALL, "--epochs", 3, count=count, launch=launch)
        assert logs[0].startswith("Data: ") and "Epoch 3/3" in logs[0]
        assert logs[1:] == [""] * (count - 1)
    one, *others = (outcome(tmp_path / str(count))[0] for count in (1, 2, 3))
    assert one["steps"] == 15
    for other, count in zip(others, (2, 3), strict=True):
        np.testing.assert_allclose(
            weights(tmp_path / str(count)), weights(tmp_path / "1"), atol=1e-5
        )
        assert other["training_loss"] == pytest.approx(one["training_loss"], abs=1e-5)
        assert other["training_accuracy"] == pytest.approx(one["training_accuracy"], abs=1e-5)


def test_ten_kills_change_nothing(tmp_path):
    """The chief and the other worker in turn, as they join and at one step after the other."""
    folder, kills = tmp_path / "run", 0
    for number in range(KILLS):
        before, victim = newest(folder), number % 2
        workers = Workers(folder, [*LONG, *resume(folder)])
        if number > 1:  # the first two are killed as they start
            workers.wait(before + 1 + number % 3)
        else:
            time.sleep(0.3 * number)
        workers.processes[victim].kill()
        if number < 2:  # the other one may still be waiting for it
            workers.processes[1 - victim].join(0.5)
            workers.processes[1 - victim].kill()
        codes, logs = workers.ends()
        kills += codes[victim] == -signal.SIGKILL
        if number > 1:
            address = workers.cluster.split(",")[victim]
            sentence = f"scale_out.py: Worker {victim} ({address}) is gone: see what it said, then"
            assert codes[1 - victim] == 1, logs
            assert sentence in logs[1 - victim], logs
            assert newest(folder) > before
    assert kills == KILLS
    assert ends_as_undisturbed(folder)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_one_stops_all_at_the_same_step(tmp_path, number):
    folder = tmp_path / "run"
    workers = Workers(folder, LONG)
    workers.wait(2)
    asked = number == signal.SIGINT  # the chief, or the other one
    os.kill(workers.processes[asked].pid, number)
    codes, logs = workers.ends()
    assert codes[asked] == 128 + number and codes[not asked] == 130, logs
    assert f"Stopped and saved at step {newest(folder)} of 5000. To go on, start" in logs[0]
    assert ends_as_undisturbed(folder)


def test_a_cluster_of_its_own(tmp_path):
    """`--workers 2`: Ctrl-C, then one of its processes is killed, and then the chief."""
    folder, log = tmp_path / "run", tmp_path / "log"
    command = [sys.executable, str(EXAMPLES / "scale_out.py"), "--workers", "2", *LONG]

    def launch():
        log.write_text("")
        before = newest(folder)
        with log.open("a") as file:
            words = [*command, "--out", str(folder), *resume(folder)]
            process = subprocess.Popen(words, stdout=file, stderr=file)
        while newest(folder) <= before + 1:
            assert process.poll() is None, log.read_text()
            time.sleep(0.002)
        workers = psutil.Process(process.pid).children()
        return process, sorted(workers, key=lambda worker: worker.cmdline()[-1])  # the index

    def ended(process, workers):
        code = process.wait(240)
        assert not any(worker.is_running() for worker in workers)
        assert "Traceback" not in log.read_text()
        return code, log.read_text()

    process, workers = launch()
    assert len(workers) == 2
    process.send_signal(signal.SIGINT)
    code, text = ended(process, workers)
    assert code == 130 and text.count("\nStopped and saved at step ") == 1, text
    assert text.count("Data: ") == 1 and text.count("Epoch 1/1000\n") == 1  # the chief's

    for victim, words in (
        (1, r"Worker 1 \(.*\) is gone: see"),
        (0, "Worker 0 was ended by signal 9"),
    ):
        process, workers = launch()
        workers[victim].kill()
        code, text = ended(process, workers)
        assert code == 1 and re.match(f"scale_out.py: {words}", said(text)), text
    assert ends_as_undisturbed(folder)


# What does not fit together.


def with_another(what, options):
    """In a process: the program where TensorFlow or the data are not the chief's."""
    import mnist_data
    import tensorflow as tf

    recognise = mnist_data.recognise
    if what == "TensorFlow":
        tf.__version__ = "2.99"
    elif what == "data":
        mnist_data.recognise = lambda path: (recognise(path)[0], "0" * 16)
    else:
        options = [*options, "--seed", "8"]
    return _program("scale_out", options, None)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("TensorFlow", r"has TensorFlow 2\.99, worker 0 has 2\.\d"),
        ("seed", r"has --seed 8, worker 0 has 7: make them the same\."),
        ("data", r"has the data \w+ 0{16}, worker 0 has \w+ [0-9a-f]{16}: make"),
    ],
)
def test_a_worker_that_differs_ends_all_with_one_sentence(tmp_path, what, words):
    cluster = ",".join(free_addresses(2))

    def launch(index, given, log):
        given = ["--cluster", cluster, "--index", str(index), *map(str, given)]
        if index:
            return start(with_another, what, given, out=log)
        return start_program("scale_out", *given, out=log)

    codes, logs = Workers(tmp_path / "run", SMALL, launch=launch).ends()
    assert codes == [1, 1]
    chief, other = map(said, logs)
    assert chief == other and re.match(f"scale_out.py: Worker 1 {words}", chief), logs
    assert not list((tmp_path / "run").rglob("*.index"))


@pytest.mark.parametrize(
    ("index", "words"),
    [
        (0, r"Worker 1 \(127.*\) did not join within 1 seconds: start every worker"),
        (1, r"Worker 0 \(127.*\) did not answer within 1 seconds \(Connection refused\): start"),
    ],
)
def test_nobody_waits_for_ever(tmp_path, index, words):
    cluster = ",".join(free_addresses(2))

    def launch(_, given, log):
        given = ["--cluster", cluster, "--index", index, "--join-timeout", 1, *given]
        return start_program("scale_out", *given, out=log)

    codes, logs = Workers(tmp_path / "run", SMALL, count=1, launch=launch).ends()
    assert codes == [1]
    assert re.match(f"scale_out.py: {words}", said(logs[0])), logs


# Three hosts.


def network_namespaces():
    """Why there are none here, or "" if they can be had."""
    if not shutil.which("ip"):
        return "`ip` is not installed (Debian: iproute2)"
    if os.geteuid() != 0:
        return "network namespaces need root"
    name = f"probe{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True)
    subprocess.run(["ip", "netns", "del", name], capture_output=True)
    return made.stderr.strip() and f"no network namespaces here: {made.stderr.strip()}"


@pytest.fixture
def hosts():
    """Three hosts with the addresses 10.9.8.1 to 10.9.8.3; returns the function that runs `ip`."""
    if reason := network_namespaces():
        pytest.skip(reason)
    prefix = f"mnist{os.getpid()}-"

    def ip(line):
        subprocess.run(["ip", *line.replace("@", prefix).split()], check=True, capture_output=True)

    try:
        ip("netns add @hub")
        ip("-n @hub link add bridge type bridge")
        ip("-n @hub link set bridge up")
        for number in (0, 1, 2):
            ip(f"netns add @{number}")
            ip(f"-n @hub link add port{number} type veth peer name eth0 netns @{number}")
            ip(f"-n @hub link set port{number} master bridge up")
            ip(f"-n @{number} addr add 10.9.8.{number + 1}/24 dev eth0")
            for device in ("lo", "eth0"):
                ip(f"-n @{number} link set {device} up")
        ip.prefix = prefix
        yield ip
    finally:
        for name in ("0", "1", "2", "hub"):
            with contextlib.suppress(subprocess.CalledProcessError):
                ip(f"netns del @{name}")


def on_host(name, options):
    """In a process: the program in a network namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open(f"/run/netns/{name}") as file:
        assert libc.setns(file.fileno(), 0x40000000) == 0  # CLONE_NEWNET of sched.h
    return _program("scale_out", options, None)


def test_three_hosts_of_which_one_is_cut_off(tmp_path, hosts):
    cluster = "10.9.8.1:2222,10.9.8.2:2222,10.9.8.3:2222"

    def launch(index, words, log):
        words = ["--cluster", cluster, "--index", index, "--lost-after", 15, *words]
        return start(on_host, f"{hosts.prefix}{index}", [*map(str, words)], out=log)

    folder = tmp_path / "run"
    workers = Workers(folder, LONG, count=3, launch=launch)
    workers.wait(2)
    hosts("-n @hub link set port2 down")
    codes, logs = workers.ends()
    assert codes == [1, 1, 1], logs
    lost = ["Worker 2 (10.9.8.3:2222)"] * 2 + ["Worker 0 (10.9.8.1:2222)"]
    for log, name in zip(logs, lost, strict=True):
        expected = f"scale_out.py: {name} has been silent for 15 seconds: see"
        assert said(log).startswith(expected), logs

    hosts("-n @hub link set port2 up")
    assert ends_as_undisturbed(folder, count=3, launch=launch)


# Files for clusters that are not here.


def manifests():
    return [*yaml.safe_load_all((EXAMPLES / "clusters" / "kubernetes.yaml").read_text())]


def test_the_files_for_clusters_can_be_read():
    kinds = [(one["kind"], one["metadata"]["name"]) for one in manifests()]
    assert kinds == [
        ("Service", "scale-out"),
        ("PersistentVolumeClaim", "scale-out-runs"),
        ("Job", "scale-out-chief"),
        ("Job", "scale-out-worker"),
    ]
    script = EXAMPLES / "clusters" / "two_machines.sh"
    subprocess.run(["bash", "-n", script], check=True)
    for path in (EXAMPLES / "clusters").iterdir():
        assert re.search(r"not (run|built)", path.read_text()), path


def test_the_pods_of_kubernetes_make_one_cluster():
    """Each has the TF_CONFIG of another worker, at the name that its pod will have."""
    service, _, *jobs = manifests()
    seen = {}
    for job in jobs:
        pods = job["spec"]["template"]["spec"]
        (container,) = pods["containers"]
        labels = job["spec"]["template"]["metadata"]["labels"]
        assert labels == service["spec"]["selector"]
        assert pods["subdomain"] == service["metadata"]["name"]
        config = {one["name"]: one.get("value") for one in container["env"]}["TF_CONFIG"]
        for number in range(job["spec"].get("completions", 1)):
            addresses, index = rendezvous.read_tf_config(config.replace("$(INDEX)", str(number)))
            host = pods.get("hostname", f"{job['metadata']['name']}-{number}")
            assert addresses[index] == f"{host}.{pods['subdomain']}:2222"
            seen[index] = addresses
        assert f"{service['spec']['ports'][0]['port']}" == addresses[0].rpartition(":")[2]
        command = " ".join(container["command"])
        assert "examples/scale_out.py" in command and "--join-timeout" in command
    assert [*seen] == [0, 1, 2] and len(set(map(tuple, seen.values()))) == 1


def test_two_machines_are_started_by_ssh(tmp_path):
    """With commands of the same names in place of ssh and scp, on one machine."""
    for name in ("ssh", "scp"):
        (tmp_path / name).write_text(f'#!/bin/sh\necho "{name} $*" >> {tmp_path}/calls\n')
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        ["bash", EXAMPLES / "clusters" / "two_machines.sh", "ann@a", "bob@b", "--out", "x y"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    calls = (tmp_path / "calls").read_text().splitlines()
    started = sorted(call for call in calls if "scale_out.py" in call)
    for index, machine in enumerate(("ann@a", "bob@b")):
        assert started[index].startswith(f"ssh -tt {machine} cd play-with-mnist && exec python3 ")
        words = rf"--cluster a:2222,b:2222 --index {index} --out x\ y"
        assert started[index].endswith(words)
