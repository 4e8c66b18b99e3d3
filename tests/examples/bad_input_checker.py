"""Command lines of check_tflite.py that cannot be carried out."""

MODEL = "examples/models/mnist_int8.tflite"

# The program, its options, the exit code, words of the sentence.
ROWS = [
    ("check_tflite.py", [], 2, "required: FILE"),
    ("check_tflite.py", ["missing.tflite"], 1, "'missing.tflite' cannot be read"),
    ("check_tflite.py", ["examples"], 1, "'examples' cannot be read"),
    ("check_tflite.py", ["/dev/zero"], 1, "'/dev/zero' cannot be read"),
    ("check_tflite.py", [""], 1, "'' cannot be read"),
    ("check_tflite.py", ["missing.tflite", MODEL], 1, "name a .tflite file"),
    ("check_tflite.py", [MODEL, "--images", "0"], 2, "'0' is not a whole number from 1 to 10000"),
    ("check_tflite.py", [MODEL, "--images", "x"], 2, "'x' is not a whole number"),
    ("check_tflite.py", [MODEL, "--images", "+-5"], 2, "'+-5' is not a whole number"),
    ("check_tflite.py", [MODEL, "--float", MODEL], 2, "argument --float: it needs --images"),
    ("check_tflite.py", [MODEL, "--images", "9", "--float", "none"], 1, "'none' cannot be read"),
    ("check_tflite.py", [MODEL, "--images", "9", "--float", "README.md"], 1, "cannot be run"),
    ("check_tflite.py", [MODEL, "--images", "9", "--data", MODEL], 1, "--data"),
    ("check_tflite.py", [MODEL, "--images", "9", "--data", ""], 1, "--data"),
    ("check_tflite.py", [MODEL, "--python", "no-such-python"], 2, "is not a program"),
    ("check_tflite.py", [MODEL, "--python", "true"], 2, "true is not a Python"),
    ("check_tflite.py", [MODEL, "--python", "false"], 2, "false is not a Python"),
    ("check_tflite.py", [MODEL, "--python", "echo"], 2, "echo is not a Python"),
    ("check_tflite.py", [MODEL, "--python", "cat"], 2, "cat is not a Python"),
]
