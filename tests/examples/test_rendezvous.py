"""examples/rendezvous.py: workers that meet, that do not, and that are gone; without TensorFlow."""

import contextlib
import json
import os
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from examples import common, rendezvous
from examples.launcher import free_addresses

CARD = {"TensorFlow": "2.21.0", "the data": "mnist c655"}


@pytest.fixture
def clusters(monkeypatch):
    """Make the clusters of workers, as each of them sees it; their ports are given back.

    Their threads end before `monkeypatch` gives back `os._exit`: one that is late would end the
    tests.
    """
    made = []

    def clusters(count, addresses=None, only=None):
        addresses = addresses or free_addresses(count)
        some = only if only is not None else range(count)
        made.extend(rendezvous.Cluster(addresses, index) for index in some)
        return made[-len(some) :]

    yield clusters
    for cluster in made:
        cluster._server.close()
        cluster._finished.set()
        for peer in cluster._peers.values():
            with contextlib.suppress(OSError):  # closed by a test
                peer.socket.shutdown(socket.SHUT_RDWR)
            peer.socket.close()
    for cluster in made:
        for hearer in cluster._hearers:
            hearer.join(60)
            assert not hearer.is_alive()


def join(workers, cards=None, seconds=30.0):
    """Let workers join at the same time; returns settings or the sentence of each."""
    cards = cards or [CARD] * len(workers)

    def one(worker, card):
        try:
            mine = {"seed": 1} if worker.chief else {}
            return worker.join(card, mine, seconds)
        except Exception as error:
            assert type(error).__name__ == "UserError"
            return str(error)

    with ThreadPoolExecutor(len(workers)) as pool:
        return [*pool.map(one, workers, cards)]


def test_workers_meet_and_train_by_the_chiefs_settings(clusters):
    for count in (1, 2, 4):
        assert join(clusters(count)) == [{"seed": 1}] * count


def test_their_ports_are_free_for_tensorflow_while_they_stay_in_touch(clusters):
    workers = clusters(2)
    join(workers)
    for address in workers[0].addresses:
        socket.create_server(("", int(address.rpartition(":")[2]))).close()
    assert not workers[0]._peers[1].closed()


@pytest.mark.parametrize(
    ("name", "theirs"),
    [("TensorFlow", "2.20.0"), ("the data", "mnist c656"), ("--seed", 8)],
)
def test_a_worker_that_differs_is_named_to_all(clusters, name, theirs):
    cards = [CARD | {"--seed": 7}, CARD, CARD | {name: theirs}]
    ours = cards[0][name]
    said = join(clusters(3), cards)
    sentence = f"Worker 2 has {name} {theirs}, worker 0 has {ours}: make them the same."
    assert said[0] == said[2] == sentence
    assert said[1] in (sentence, said[1]) and "orker" in said[1]


def test_who_does_not_come_is_named(clusters):
    workers = clusters(3, only=(0, 2))
    said = join(workers, seconds=0.7)
    assert said[0].startswith(f"Worker 1 ({workers[0].addresses[1]}) did not join within 0.7 sec")
    assert said[1] == said[0]


def test_no_chief_is_one_sentence(clusters):
    (worker,) = clusters(2, only=(1,))
    (said,) = join([worker], seconds=0.5)
    assert said.startswith(f"Worker 0 ({worker.addresses[0]}) did not answer within 0.5 seconds (")
    assert "Connection refused" in said


def test_a_port_in_use_is_one_sentence(clusters):
    with socket.create_server(("", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(Exception, match=rf"^Port {port} cannot be used \(.*in use\): end the"):
            clusters(1, [f"127.0.0.1:{port}"])


def test_an_address_that_is_wrong_for_others_is_found(clusters, monkeypatch):
    """The worker itself joins the chief: only the way back is wrong."""
    monkeypatch.setattr(rendezvous, "HELLO", 1.0)
    addresses = free_addresses(3)
    wrong = [*addresses[:2], f"host.invalid:{addresses[2].rpartition(':')[2]}"]
    said = join(clusters(3, wrong))
    assert said[0] == said[1] == said[2]
    assert said[0].startswith(f"Worker 0 cannot reach worker 2 at {wrong[2]} (")


def test_two_with_one_index_are_told(clusters):
    chief, one = clusters(3, only=(0, 1))
    again = rendezvous.Cluster.__new__(rendezvous.Cluster)  # on another machine: no port clash
    again.__dict__.update(one.__dict__ | {"_peers": {}})
    said = join([chief, one, again])
    assert said == ["Give each worker its own index: two have joined with 1."] * 3


def test_strangers_do_not_disturb(clusters):
    """What connects and is no worker: a browser, a port scan, a worker that died as it began."""
    workers = clusters(2)
    port = int(workers[0].addresses[0].rpartition(":")[2])
    words = [b"", b"GET / HTTP/1.1\r\n\r\n", b"\xff\n", b"[]\n", b'{"index": [], "card": {}}\n']
    words += [b'{"index": 1, "card": 7}\n', b'{"index": 1}\n']
    for text in words:
        with socket.create_connection(("127.0.0.1", port)) as stranger:
            stranger.sendall(text)
    assert join(workers) == [{"seed": 1}] * 2


def test_a_worker_that_begins_again_may_join(clusters):
    chief, worker = clusters(2)
    port = int(chief.addresses[0].rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as first:
        first.sendall(json.dumps({"index": 1, "card": CARD}).encode() + b"\n")
    assert join([chief, worker]) == [{"seed": 1}] * 2


# After the start.


@pytest.fixture
def ended(monkeypatch, capsys):
    """Sentences with which threads would end this process; waits for so many."""
    ends = threading.Semaphore(0)

    class Ended(BaseException):
        pass

    def end(code):
        assert code == 1
        ends.release()
        raise Ended

    monkeypatch.setattr(os, "_exit", end)
    monkeypatch.setattr(threading, "excepthook", lambda arguments: None)
    monkeypatch.setattr(rendezvous, "PULSE", 0.05)

    def ended(count):
        for _ in range(count):
            assert ends.acquire(timeout=60)
        return [line.partition(": ")[2] for line in capsys.readouterr().err.splitlines()]

    return ended


def test_a_worker_that_is_gone_ends_all_others(clusters, ended):
    workers = clusters(3)
    join(workers)
    for worker in (workers[0], workers[1]):
        worker.watch(30)
    workers[2]._peers[0].socket.close()
    said = ended(2)
    assert len(said) == 2 and said[0] == said[1]
    assert said[0].startswith(f"Worker 2 ({workers[0].addresses[2]}) is gone: see what it said")


def test_the_chief_that_is_gone_ends_all_others(clusters, ended):
    workers = clusters(3)
    join(workers)
    for worker in workers[1:]:
        worker.watch(30)
    for peer in workers[0]._peers.values():
        peer.socket.close()
    assert [line.partition(")")[2][:8] for line in ended(2)] == [" is gone"] * 2


def test_silence_is_an_end_too(clusters, ended):
    """As behind a cable that was pulled: nothing closes the connection."""
    workers = clusters(2)
    join(workers)
    workers[0].watch(0.5)
    (said,) = ended(1)
    assert f"Worker 1 ({workers[0].addresses[1]}) has been silent for 0.5 seconds" in said


def test_signs_of_life_are_enough(clusters, ended):
    workers = clusters(2)
    join(workers)
    for worker in workers:
        worker.watch(3)
    time.sleep(4)
    assert ended(0) == []


def test_others_wait_for_the_chief_and_then_it_for_them(clusters, ended):
    """It would close their connection with the last word unread."""
    chief, worker = clusters(2)
    join([chief, worker])
    with ThreadPoolExecutor(2) as pool:
        for one in (chief, worker):
            one.watch(30)
        waits = pool.submit(worker.finish)
        time.sleep(0.2)
        assert not waits.done()
        ends = pool.submit(chief.finish)
        waits.result(timeout=60)
        assert not ends.done()
        worker._peers[0].socket.close()
        ends.result(timeout=60)
    assert ended(0) == []


def test_no_progress_is_an_end_too(clusters, ended):
    workers = clusters(2)
    join(workers)
    for worker in workers:
        worker.progressed(last=True)
    workers[1].watch(60)
    workers[0].watch(60)
    workers[0]._progress -= 601
    assert any(line.startswith("No step has ended for 600 seconds: see") for line in ended(2))


@pytest.mark.parametrize("text", ["a", ":1", "a:", "a:0", "a:65536", "a:x", ""])
def test_an_address_has_a_host_and_a_port(text):
    with pytest.raises(ValueError):
        rendezvous.split(text)
    assert rendezvous.split("a.b-c:2222") == ("a.b-c", 2222)


HERE = {"type": "worker", "index": 0}
NOWHERE = "TF_CONFIG does not say which worker of which cluster this is: it needs"


@pytest.mark.parametrize(
    ("cluster", "task", "found"),
    [
        ({"worker": ["a:1", "b:2"]}, {"type": "worker", "index": 1}, (["a:1", "b:2"], 1)),
        ({"chief": ["c:1"], "worker": ["a:1"]}, HERE, (["c:1", "a:1"], 1)),
        ({"worker": ["a:1"], "chief": ["c:1"]}, {"type": "chief", "index": 0}, (["c:1", "a:1"], 0)),
        ({"worker": ["a:1"]}, {"type": "worker", "index": 1}, None),
        ({"worker": ["a:1"]}, {"type": "worker", "index": -1}, None),
        ({"worker": ["a:1"]}, {"type": "worker", "index": "x"}, None),
        ({"worker": ["a:1"]}, {"type": "evaluator", "index": 0}, None),
        ({"worker": ["a:1", "a:1"]}, HERE, None),
        ({"worker": ["a"]}, HERE, None),
        ({"worker": []}, HERE, None),
        ({"worker": None}, HERE, None),
        ([], HERE, None),
        ({"worker": ["a:1"]}, None, None),
    ],
)
def test_tf_config_names_all_workers_and_this_one(cluster, task, found):
    text = json.dumps({"cluster": cluster, "task": task})
    if found:
        assert rendezvous.read_tf_config(text) == found
    else:
        with pytest.raises(common.UserError, match=NOWHERE):
            rendezvous.read_tf_config(text)


def test_a_wrong_tf_config_is_refused_unless_an_option_says_more(refusal, monkeypatch):
    for text in ("{", "7", "{}"):
        monkeypatch.setenv("TF_CONFIG", text)
        assert NOWHERE in refusal("scale_out", 1)
        assert "does not exist" in refusal("scale_out", 1, "--workers", 2, "--data", "absent.npz")
