"""What a page's process does with its blocks, each with a small page."""

import base64
import io
import os
import time

import psutil
import pytest
from PIL import Image


def block(code, info="python"):
    return f"```{info}\n{code}\n```\n"


def text(*parts):
    return [{"type": "text", "text": part} for part in parts]


def value(part):
    return [{"type": "value", "text": part}]


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
    ],
)
def test_a_last_expression_shows_its_value_as_a_notebook_does(shown, code, expected):
    assert shown(block(code)) == [expected]


def test_programs_print_to_the_same_place_in_order(shown):
    code = "import os\nprint('first')\nos.system('echo second')\nprint('third')"
    assert shown(block(code)) == [text("first\nsecond\nthird\n")]


def test_stderr_and_warnings_are_not_shown(run):
    code = "import sys, warnings\nwarnings.warn('careful')\nprint('noise', file=sys.stderr)"
    (result,), error = run(block(code))
    assert error is None
    assert result["outputs"] == []
    assert "careful" in result["stderr"]
    assert "noise" in result["stderr"]


def test_a_deprecation_warning_of_the_pages_own_code_fails(run):
    _, error = run(block("import warnings\nwarnings.warn('old name', DeprecationWarning)"))
    assert error.message == "DeprecationWarning: old name"


def test_progress_bars_and_colours_are_shown_as_a_terminal_leaves_them(shown):
    code = r"print('10%\r50%\r100%\nab\b\bxy \033[1mbold\033[0m')"
    assert shown(block(code)) == [text("100%\nxy bold\n")]


def test_figures_appear_where_they_are_shown(shown):
    code = (
        "import matplotlib.pyplot as plt\nprint('before')\nplt.figure(figsize=(2, 1))\n"
        "plt.plot([1, 2])\nplt.show()\nprint('after')\nplt.plot([1])\nplt.title('left open');"
    )
    ((before, first, after, second),) = shown(block(code))
    assert [before["text"], after["text"]] == ["before\n", "after\n"]
    assert first["type"] == second["type"] == "figure"
    image = Image.open(io.BytesIO(base64.b64decode(first["data"])))
    assert (image.format, image.width) == ("PNG", pytest.approx(2 * first["width"], abs=1))


def test_a_figure_does_not_reach_the_next_block(shown):
    page = block("import matplotlib.pyplot as plt\nplt.plot([1]);") + block("print(1)")
    assert [[out["type"] for out in outputs] for outputs in shown(page)] == [["figure"], ["text"]]


def test_a_picture_file_is_shown(shown):
    code = "from PIL import Image\nImage.new('L', (30, 20)).save('digit.gif')"
    ((picture,),) = shown(block(code, 'python show="digit.gif" alt="A digit"'))
    assert (picture["format"], picture["width"], picture["height"]) == ("gif", 30, 20)


def test_a_picture_file_that_is_missing_is_a_failure_unless_it_may_be(run):
    _, error = run(block("x = 1", 'python show="digit.gif"'))
    assert error.message.startswith("FileNotFoundError")
    (result,), error = run(block("x = 1", 'python show="digit.gif?"'))
    assert (result["outputs"], error) == ([], None)


def test_an_expected_failure_shows_its_last_line(shown):
    page = block("int('x')", 'python raises="ValueError"') + block("print('goes on')")
    message = "ValueError: invalid literal for int() with base 10: 'x'"
    assert shown(page) == [[{"type": "error", "text": message}], text("goes on\n")]


def test_an_expected_failure_may_be_named_by_a_base_class_or_with_its_module(shown):
    shown(block("{}['x']", 'python raises="LookupError"'))
    code = "import tensorflow as tf\ntf.constant([1, 2]) + tf.constant([1, 2, 3])"
    shown(block(code, 'python raises="tf.errors.InvalidArgumentError"'))


def test_an_expected_failure_that_does_not_come_is_a_failure(run):
    _, error = run("\n" + block("x = 1", 'python raises="ValueError"'))
    assert (error.line, error.message) == (
        3,
        "the block ends without the ValueError that it is marked with",
    )


def test_another_failure_than_the_expected_one_is_a_failure(run):
    _, error = run(block("{}['x']", 'python raises="ValueError"'))
    assert error.message == "KeyError: 'x'"
    assert "raises='ValueError'" in error.details


def test_an_expected_failure_is_held_to_its_words(run):
    (result,), error = run(block("int('x')", 'python raises="ValueError: with base 10"'))
    assert error is None and result["outputs"][0]["text"].startswith("ValueError: invalid literal")
    _, error = run(block("int('x')", 'python raises="ValueError: with base 16"'))
    assert error.message.startswith("ValueError: invalid literal")
    assert "raises='ValueError: with base 16'" in error.details


def test_a_failure_names_the_pages_own_line(run):
    page = "# Title\n\n" + block("def divide(a, b):\n    return a / b") + "\n"
    page += block("x = 1\ndivide(x, 0)")
    results, error = run(page)
    assert len(results) == 1
    assert error.line == 10
    assert str(error) == "docs/en/page.md:10: ZeroDivisionError: division by zero"
    assert 'File "docs/en/page.md", line 10' in error.details
    assert 'File "docs/en/page.md", line 5, in divide\n    return a / b' in error.details
    assert "tools/engine/child_old.py" not in error.details


def test_a_syntax_error_names_the_pages_own_line(run):
    _, error = run("\n\n" + block("x = 1\ny = = 2"))
    assert error.message == "SyntaxError: invalid syntax"
    assert 'File "docs/en/page.md", line 5' in error.details


def test_system_exit_is_a_failure(run):
    _, error = run(block("import sys\nsys.exit(0)"))
    assert error.message == "SystemExit: 0"


def test_a_hanging_block_is_stopped_with_its_line(run):
    start = time.monotonic()
    _, error = run("\n" + block("import time\nx = 1\ntime.sleep(60)", 'python timeout="1"'))
    assert time.monotonic() - start < 30
    assert str(error) == "docs/en/page.md:5: stopped: still running after 1 s"
    assert "tools/engine/child_old.py" not in error.details


def test_a_hang_outside_of_python_is_stopped(run):
    _, error = run(block("sleep 60", "sh"), time_limit=1)
    assert error.message == "stopped: still running after 1 s"


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
    assert results[0]["outputs"] == text("fine\n")
    assert error.line in (6, 7)
    assert "its process died" in error.message
    assert message in error.message


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
    (result,), _ = run(block(find))
    assert result["outputs"] == value(str([False] * 7))


def test_random_numbers_do_not_depend_on_the_page_before(run):
    draw = block("import numpy, random\nprint(numpy.random.rand(), random.random())")
    seed = block("import keras\nkeras.utils.set_random_seed(1)")
    run(seed)
    seeded, _ = run(seed + draw)
    free = [run(draw)[0][0]["outputs"] for _ in range(2)]
    assert free[0] != free[1] != seeded[1]["outputs"]
    assert run(seed + draw)[0][1]["outputs"] == seeded[1]["outputs"]


def test_nothing_that_a_page_starts_outlives_it(run):
    code = "import subprocess\nprint(subprocess.Popen(['sleep', '600']).pid)"
    (result,), _ = run(block(code))
    started = int(result["outputs"][0]["text"])
    for _ in range(50):
        if not psutil.pid_exists(started) or psutil.Process(started).status() == "zombie":
            return
        time.sleep(0.1)
    pytest.fail(f"process {started} still runs")


def test_shell_blocks_run_in_a_scratch_copy_with_this_python(shown, store):
    page = block("ls pyproject.toml\necho changed >> README.md\npython -V", "sh")
    page += block("tail -1 README.md", "sh") + block("open('README.md').readlines()[-1]")
    outputs = shown(page)
    assert outputs[0][0]["text"].startswith("pyproject.toml\nPython 3.")
    assert outputs[1:] == [text("changed\n"), value("'changed\\n'")]
    assert not os.path.exists("changed")


def test_a_shell_block_that_fails_is_a_failure(run):
    results, error = run("\n" + block("echo one\nfalse\necho two", "sh"))
    assert results == []
    assert error.line == 3
    assert "exit" in error.message


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


def test_pages_run_where_there_is_no_fork(run, monkeypatch):
    monkeypatch.setattr("tools.engine.processes.FORKS", False)
    code = "import os, tensorflow as tf\nprint(int(tf.constant(1) + 1), __name__)"
    (result,), error = run(block(code))
    assert error is None, error.details
    assert result["outputs"] == text("2 __main__\n")
