"""What becomes of the blocks of a page when it runs, each with a small page."""

import base64
import io
import os

import psutil
import pytest
from PIL import Image

PLOT = "import matplotlib.pyplot as plt\nplt.figure(figsize=(2, 1))\nplt.plot([1, 2])\n"
CAPTION = 'python caption="A line" alt="Up"'
REPOSITORY = "---\ndownloads: false\n---\n"


def block(code, info="python"):
    return f"```{info}\n{code}\n```\n"


def text(part):
    return [{"output_type": "stream", "name": "stdout", "text": part}]


def value(part):
    return [{"output_type": "execute_result", "data": {"text/plain": part}, "metadata": {}}]


def kinds(outputs):
    return [next(iter(one.get("data", {"text": ""}))) for one in outputs]


def test_blocks_share_one_namespace_in_order(shown):
    page = block("x = 1") + block("x += 1") + block("x")
    assert shown(page) == [[], [], value("2")]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("1 + 1", value("2")),
        ("None", []),
        ("'text'", value("'text'")),
        ("x = 1", []),
        ("1 + 1;", []),
        ("print('a')\n(1, 2)", text("a\n") + value("(1, 2)")),
        ("for x in range(2): x", []),
        ("print(' ')", []),
    ],
)
def test_a_last_expression_shows_its_value(shown, code, expected):
    assert shown(block(code)) == [expected]


def test_shell_blocks_and_python_print_to_the_same_place(shown):
    page = block("print('first')") + block("echo second", "sh")
    assert shown(page) == [text("first\n"), text("second\n")]


def test_stderr_and_warnings_are_not_shown(run):
    code = "import sys, warnings\nwarnings.warn('careful')\nprint('noise', file=sys.stderr)"
    assert run(block(code)) == ([[]], None)
    _, error = run(block(f"{code}\n1 / 0"))
    assert "careful" in error.details and "noise" in error.details


def test_a_deprecation_warning_of_the_pages_own_code_fails(run):
    _, error = run(block("import warnings\nwarnings.warn('old name', DeprecationWarning)"))
    assert error.message == "DeprecationWarning: old name"


def test_figures_appear_where_they_are_shown(shown):
    code = f"{PLOT}print('before')\nplt.show()\nprint('after')\nplt.plot([1])\nplt.title('open');"
    ((before, first, after, second),) = shown(block(code, CAPTION))
    assert [before["text"], after["text"]] == ["before\n", "after\n"]
    assert kinds([first, second]) == ["image/png"] * 2
    image = Image.open(io.BytesIO(base64.b64decode(first["data"]["image/png"])))
    width = first["metadata"]["image/png"]["width"]
    assert (image.format, image.width) == ("PNG", pytest.approx(2 * width, abs=1))


def test_a_figure_does_not_reach_the_next_block(shown):
    outputs = shown(block(f"{PLOT.rstrip()};") + block("print(1)"))
    assert [kinds(one) for one in outputs] == [["image/png"], ["text"]]


def test_a_picture_file_is_shown(shown):
    code = "from PIL import Image\na = Image.new('L', (30, 20))\na.putpixel((1, 1), 9)\n"
    info = 'python show="digit.gif" alt="A digit"'
    ((picture,),) = shown(block(f"{code}a.save('digit.gif')", info))
    assert kinds([picture]) == ["image/gif"]
    assert picture["metadata"] == {"image/gif": {"width": 30, "height": 20}}


def test_a_picture_file_that_is_missing_is_a_failure_unless_it_may_be(run):
    _, error = run(block("x = 1", 'python show="digit.gif" caption="A"'))
    assert error.message.startswith("FileNotFoundError")
    assert run(block("x = 1", 'python show="digit.gif?" caption="A"')) == ([[]], None)


def test_a_picture_that_is_promised_is_there_and_not_empty(run):
    _, error = run("\n" + block("x = 1", CAPTION))
    assert (error.line, error.message) == (3, "the block has a caption and shows no picture")
    blank = "from PIL import Image\nImage.new('L', (30, 20)).save('blank.png')"
    _, error = run(block(blank, f'{CAPTION} show="blank.png"'))
    assert error.message == "the picture of this block is empty: all of one colour"


def test_an_expected_failure_shows_its_last_line(shown):
    page = block("int('x')", 'python raises="ValueError"') + block("print('goes on')")
    message = "invalid literal for int() with base 10: 'x'"
    ((error,), after) = shown(page)
    assert (error["ename"], error["evalue"]) == ("ValueError", message)
    assert error["traceback"] == [f"ValueError: {message}"] and after == text("goes on\n")


def test_an_expected_failure_may_be_named_with_its_module(shown):
    code = "import tensorflow as tf\ntf.constant([1, 2]) + tf.constant([1, 2, 3])"
    shown(block(code, 'python raises="tf.errors.InvalidArgumentError"'))


@pytest.mark.parametrize(
    ("code", "raises", "message"),
    [
        ("x = 1", "ValueError", "the block ends without the ValueError that it is marked with"),
        ("{}['x']", "ValueError", "KeyError: 'x'"),
        ("int('x')", "ValueError: with base 16", "ValueError: invalid literal for int()"),
    ],
)
def test_an_expected_failure_is_held_to_its_class_and_words(run, code, raises, message):
    _, error = run("\n" + block(code, f'python raises="{raises}"'))
    assert error.line == 3 and error.message.startswith(message)
    assert raises == "ValueError" or f"raises={raises!r}" in error.details


def test_a_failure_names_the_pages_own_line(run):
    page = "# Title\n\n" + block("def divide(a, b):\n    return a / b") + "\n"
    results, error = run(page + block("x = 1\n\n\ndivide(x, 0)"))
    assert results == [[]]
    assert str(error) == "docs/en/page.md:12: ZeroDivisionError: division by zero"
    assert "docs/en/page.md:12\n    divide(x, 0)" in error.details
    assert "docs/en/page.md:5 in divide\n    return a / b" in error.details
    assert "tools/engine" not in error.details


def test_a_syntax_error_names_the_pages_own_line(run):
    _, error = run("\n\n" + block("x = 1\ny = = 2"))
    assert (error.line, error.message) == (5, "SyntaxError: invalid syntax")


def test_system_exit_is_a_failure(run):
    _, error = run(block("import sys\nsys.exit(0)"))
    assert error.message == "SystemExit: 0"


def test_a_block_that_computes_nothing_is_stopped_with_its_line(run):
    code = "import time\n\nx = 1\ntime.sleep(600)"
    _, error = run("\n" + block(code), idle=2)
    assert str(error) == "docs/en/page.md:6: stopped: it has computed nothing for 2 s"
    assert "docs/en/page.md" in error.details
    _, error = run(block("sleep 600", "sh"), idle=2)
    assert error.message == "stopped: it has computed nothing for 2 s"


def test_a_block_that_computes_for_ever_is_stopped_with_its_line(run):
    _, error = run(block("x = 1\nwhile True:\n    x += 1", 'python timeout="2"'))
    assert error.line in (3, 4)
    assert error.message == "stopped: it has used 2 s of processor time"
    # What a block has started counts, too.
    _, error = run(block("while :; do :; done", "sh"), processor=2)
    assert error.message == "stopped: it has used 2 s of processor time"


def test_a_block_that_is_only_slow_is_not_stopped(shown):
    code = "import time\nend = time.monotonic() + 6\nwhile time.monotonic() < end:\n    "
    page = block(f"{code}sum(range(10**5))\n    time.sleep(0.02)\nprint('done')")
    assert shown(page) == [text("done\n")]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
        ("import ctypes\nctypes.string_at(0)", "SIGSEGV"),
        ("import os\nos._exit(3)", "exit code 3"),
    ],
)
def test_a_block_whose_process_dies_is_reported(run, code, message):
    results, error = run(block("print('fine')") + "\n" + block(code))
    assert results == [text("fine\n")]
    assert error.line in (6, 7)
    assert "its process died" in error.message and message in error.message


def test_pages_do_not_leak_into_each_other(run):
    leave = (
        "import os, random, matplotlib, keras, builtins\n"
        "os.environ['LEFT'] = '1'\nos.makedirs('left'); os.chdir('left')\n"
        "keras.utils.set_random_seed(1)\nmatplotlib.rcParams['figure.dpi'] = 1\n"
        "keras.config.set_floatx('float64')\nbuiltins.left = 1\nleft = 1"
    )
    find = (
        "import os, matplotlib, keras, builtins\n"
        "found = ['LEFT' in os.environ, os.path.exists('left'), os.getcwd().endswith('left'),\n"
        "  matplotlib.rcParams['figure.dpi'] == 1, keras.config.floatx() == 'float64',\n"
        "  hasattr(builtins, 'left'), 'left' in globals()]\nfound"
    )
    assert run(block(leave))[1] is None
    assert run(block(find)) == ([value(str([False] * 7))], None)


def test_random_numbers_do_not_depend_on_the_page_before(run):
    draw = block("import numpy, random\nprint(numpy.random.rand(), random.random())")
    seed = block("import keras\nkeras.utils.set_random_seed(1)")
    run(seed)
    seeded, _ = run(seed + draw)
    free = [run(draw)[0][0] for _ in range(2)]
    assert free[0] != free[1] != seeded[1]
    assert run(seed + draw)[0][1] == seeded[1]


@pytest.mark.parametrize("how", ["", ", start_new_session=True"])
def test_nothing_that_a_page_starts_outlives_it(run, tmp_path, monkeypatch, how):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    daemon = "['bash', '-c', 'sleep 600 & echo $!; disown']"
    code = (
        f"import subprocess\nprint(subprocess.Popen(['sleep', '600']{how}).pid)\n"
        f"print(subprocess.check_output({daemon}{how}, text=True, stdin=-3, stderr=-3).strip())"
    )
    code = code.replace("sleep 600 &", "sleep 600 > /dev/null &")
    ((printed,),), error = run(block(code))
    assert error is None
    started = [int(line) for line in printed["text"].split()]
    assert len(started) == 2
    alive = [psutil.Process(pid) for pid in started if psutil.pid_exists(pid)]
    _, alive = psutil.wait_procs(alive, timeout=20)
    assert not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]
    assert not list(tmp_path.glob("page-*"))


def test_a_page_runs_in_an_empty_folder_without_the_repository(run):
    code = "import os\nprint(os.listdir())\nfrom tools import pages"
    _, error = run(block(code))
    assert error.message == "ModuleNotFoundError: No module named 'tools'"
    assert run(block("import os\nos.listdir()")) == ([value("[]")], None)


def test_a_page_that_needs_the_repository_gets_a_copy(shown):
    page = block("ls pyproject.toml\necho changed >> README.md\npython -V", "sh")
    page += block("tail -1 README.md", "sh") + block("open('README.md').readlines()[-1]")
    first, *rest = shown(REPOSITORY + page)
    assert first[0]["text"].startswith("pyproject.toml\nPython 3.")
    assert rest == [text("changed\n"), value("'changed\\n'")]
    assert not os.path.exists("changed")


def test_a_shell_block_that_fails_is_a_failure(run):
    results, error = run("\n" + block("echo one\nfalse\necho two", "sh"))
    assert results == []
    expected = "CalledProcessError: The command returned non-zero exit status 1."
    assert (error.line, error.message) == (3, expected)


def test_autograph_sees_the_code_of_a_page(shown):
    code = (
        "import tensorflow as tf\n@tf.function\ndef sign(x):\n"
        "    if x > 0:\n        return 1\n    return -1\nprint(int(sign(tf.constant(-2.0))))"
    )
    indented = "!!! note\n\n" + "".join(f"    {line}\n" for line in block(code).splitlines())
    assert shown(block(code)) == [text("-1\n")]
    assert shown(indented) == [text("-1\n")]


def test_load_data_reads_the_data_in_use_under_both_names(shown):
    code = (
        "import keras, tensorflow as tf\n"
        "(a, _), (b, _) = keras.datasets.mnist.load_data()\n"
        "(c, _), _ = tf.keras.datasets.mnist.load_data()\n"
        "print(a.shape, b.shape, a.dtype, (a == c).all())"
    )
    assert shown(block(code)) == [text("(60000, 28, 28) (10000, 28, 28) uint8 True\n")]


def test_keras_summary_is_text(shown):
    code = "import keras\nkeras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).summary()"
    ((printed,),) = shown(block(code))
    assert printed["text"].startswith('Model: "sequential"\n') and "\x1b" not in printed["text"]


def test_pages_run_where_there_is_no_fork(run, monkeypatch):
    monkeypatch.setattr("tools.engine.processes.FORKS", False)
    code = "import os, tensorflow as tf\nprint(int(tf.constant(1) + 1), __name__)"
    results, error = run(block(code))
    assert error is None, error.details
    assert results == [text("2 __main__\n")]


def exercise(task="total = ...", answer="total = 1 + 2", check="assert total == 3\nprint(total)"):
    return block(f"{task}\n\n# Check\n{check}", 'python task="sum"') + block(
        answer, 'python answer="sum"'
    )


def test_the_answer_of_an_exercise_passes_the_check_and_the_gap_fails_it(run):
    assert run(exercise()) == ([[], text("3\n")], None)
    _, error = run(exercise(answer="total = 4"))
    assert (error.line, error.message) == (5, "AssertionError")
    _, error = run(exercise(task="total = 3"))
    assert error.message == "the task's check passes although its gap is not filled"
    _, error = run(exercise(task="totla = ..."))
    assert error.message == "NameError: name 'total' is not defined"


def test_a_translation_is_compared_with_what_is_recorded(run, tmp_path):
    words = tmp_path / "words"
    page = block("'first'") + "\n" + block(f"print(open({str(words)!r}).read())")
    for language, said, fails in [
        ("ko", "one", False),
        ("en", "one", False),
        ("ko", "one", False),
        ("ko", "two", True),
        ("en", "two", False),  # the default language's record is the newest
        ("ko", "two", False),
    ]:
        words.write_text(said)
        _, error = run(page, f"docs/{language}/page.md")
        assert bool(error) == fails
        if error:
            what = "the page shows something else than docs/en/page.md, which has the same code"
            assert (error.line, error.message) == (6, what)
            assert "shown: two\non page: one" in error.details.replace("   ", " ")
            assert run(page, f"docs/{language}/page.md", upto=0)[1] is None


def test_a_translation_may_name_itself_and_take_its_own_time(run):
    code = "import inspect, os, time\nplace = inspect.currentframe().f_code.co_filename"
    page = block(code + "\nprint(place)\nprint(f'{time.time()} ms')")
    for language in ("en", "ko"):
        outputs, error = run(page, f"docs/{language}/page.md")
        assert error is None and f"docs/{language}/page.md" in str(outputs)
