# %% active="py"
"""Read the digit in each picture file: photos, scans and drawings.

    python examples/predict.py three.png photos/*.jpg
    python examples/predict.py --model runs/train/cnn.keras three.png
    python examples/predict.py --json three.png > answers.json

Each picture shows one digit, dark on light or light on dark, with some
paper around it. The model knows nothing but digits: shown something
else, it still answers with a digit.
"""

# %% [markdown] lang="en"
# # Read your own pictures { #predict }
#
# A model that reads MNIST does not yet read your photos. `predict.py` shows
# the three things in between: make a picture look like MNIST's, feed the
# model the numbers it was trained on, and say so when it is not sure.
#
# It needs no training. The repository has a trained model of 110 kB, and
# LiteRT runs it without TensorFlow.
#
# ```
# python examples/predict.py three.png photos/*.jpg
# ```

# %% [markdown] lang="ko"
# # 내가 찍은 사진 읽기 { #predict }
#
# MNIST를 읽는 모델도 여러분이 찍은 사진은 아직 읽지 못합니다. `predict.py`는 그 사이에 필요한 세 가지를 보여 줍니다. 사진을
# MNIST 이미지처럼 만들고, 훈련할 때와 같은 범위의 수를 모델에 넣고, 모델이 확신하지 못하면 그렇다고 알려 주는 일입니다.
#
# 훈련은 하지 않아도 됩니다. 저장소에 훈련을 마친 110kB짜리 모델이 있고, LiteRT가 TensorFlow 없이 실행합니다.
#
# ```
# python examples/predict.py three.png photos/*.jpg
# ```

# %%
import json
import sys
from pathlib import Path

import numpy as np

from common import parser, path, run, say
from digit_image import SIDE, PictureError, prepare
from digit_model import add_pixels_option, open_model
from picture_file import load

# Beside this program; a notebook stands beside the folder examples.
HERE = Path(globals().get("__file__", "examples/predict.py")).parent
MODEL = HERE / "models" / "mnist_int8.tflite"
# Of MNIST's test pictures, 3 in 100 get a lower probability. One in
# five of those is wrong, and 1 in 1,000 of the others.
SURE = 0.7

# %% [markdown] lang="en"
# Three modules do the work (to use the program elsewhere, copy the
# whole folder `examples`: they call others):
#
# - `picture_file.py` reads the file. A photo is turned upright, transparent
#   ink is laid on paper, and a file that is no picture gets a sentence.
# - `digit_image.py` finds the digit and makes it look like MNIST's: light
#   on black, 20 pixels long, its center of mass on pixel 14, 14. The page
#   [Your own digits](../own-digits.md) explains why.
# - `digit_model.py` loads the model and finds out which numbers it takes.
#   Some models take pixels from 0 to 255, others from 0 to 1. With the
#   wrong ones a model may be wrong and very sure of it. An int8 file has its
#   scale, and a model with a `Rescaling` layer takes 0 to 255. Any other
#   model is shown ten drawn digits in each range, and the range in which it
#   reads them is taken.
#
# ## Prepare and ask { #ask }
#
# What is left is short. A picture that cannot be read does not stop the
# others; its sentence becomes its result.

# %% [markdown] lang="ko"
# 실제 일은 모듈 세 개가 합니다. (이 모듈들이 다른 모듈을 또 부르니, 다른 곳에서 쓰려면 `examples` 폴더를 통째로
# 복사하세요.)
#
# - `picture_file.py`는 파일을 읽습니다. 사진을 똑바로 세우고, 투명한 그림은 종이 위에 올리고, 이미지가 아닌 파일이면 이유를 한
#   문장으로 알려 줍니다.
# - `digit_image.py`는 숫자를 찾아 MNIST처럼 만듭니다. 검은 바탕에 밝은 숫자로 바꾸고, 긴 변을 20픽셀로 줄이고, 무게 중심을
#   픽셀 (14, 14)에 놓습니다. 이유는 [내가 쓴 숫자](../own-digits.md)에서 설명합니다.
# - `digit_model.py`는 모델을 불러오고 모델이 어떤 수를 받는지 알아냅니다. 0부터 255까지의 픽셀을 받는 모델도 있고, 0부터
#   1까지를 받는 모델도 있습니다. 범위가 맞지 않으면 모델은 틀린 답을 하면서도 크게 확신할 수 있습니다. int8 파일에는 스케일이
#   적혀 있고, `Rescaling` 층이 있는 모델은 0부터 255까지를 받습니다. 다른 모델에는 그려 둔 숫자 열 개를 범위마다 보여 주고,
#   숫자를 제대로 읽는 범위를 고릅니다.
#
# ## 준비하고 물어보기 { #ask }
#
# 남은 코드는 짧습니다. 읽지 못하는 사진이 있어도 나머지는 계속 읽고, 그 사진의 결과에는 이유를 적습니다.


# %%
def seen_by_model(name: str, raw: bool) -> np.ndarray:
    """A picture file as the model sees it, uint8 (28, 28).

    Raises PictureError.
    """
    gray = load(name)
    if not raw:
        return prepare(gray)
    if gray.shape != (SIDE, SIDE):
        height, width = gray.shape
        raise PictureError(
            f"is {width}x{height}, and --raw takes 28x28: omit --raw"
        )
    return np.round(gray).astype(np.uint8)


def read(names: list[str], model, raw: bool) -> list[dict]:
    """A result for each picture, with its answer or its error."""
    results, pictures = [], []
    for name in names:
        result = {"file": name}
        try:
            pictures.append(seen_by_model(name, raw))
        except PictureError as error:
            shown = "standard input" if name == "-" else printable(name)
            result["error"] = f"{shown} {error}."
        results.append(result)
    answered = [result for result in results if "error" not in result]
    rows = model(np.stack(pictures)) if pictures else []
    for result, row, picture in zip(
        answered, rows, pictures, strict=True
    ):
        result["digit"] = int(row.argmax())
        result["sure"] = bool(row.max() >= SURE)
        result["probabilities"] = row.tolist()
        result["picture"] = picture
    return results


# %% [markdown] lang="en"
# ## Show the answers { #answers }
#
# A line of the table has the digit, its probability and the second best.
# Below 70% it also says *unsure*. `--show` draws what the model sees, with
# letters. `printable` keeps a strange file name from changing the terminal.

# %% [markdown] lang="ko"
# ## 답 보여 주기 { #answers }
#
# 표의 한 줄에는 숫자와 확률, 그다음으로 확률이 큰 숫자가 있습니다. 확률이 70%보다 작으면 *unsure*라고 덧붙입니다. `--show`는
# 모델이 보는 이미지를 문자로 그립니다. `printable`은 파일 이름에 든 이상한 문자가 터미널을 바꾸지 못하게 합니다.


# %%
def printable(name: str) -> str:
    """A file's name on one line, without control characters."""
    return "".join(
        letter if letter.isprintable() else "?" for letter in name
    )


def as_text(picture: np.ndarray) -> str:
    """The rows of a uint8 picture that have ink, in letters."""
    return "\n".join(
        "".join(" .:oO@"[pixel // 43] * 2 for pixel in row).rstrip()
        for row in picture[picture.any(axis=1)]
    )


def show(results: list[dict], pictures: bool) -> None:
    """Print the table, and the pictures as the model sees them."""
    print("digit  probability   second     picture")
    for result in results:
        row = np.array(result["probabilities"])
        first, second = row.argsort()[::-1][:2]
        unsure = "" if result["sure"] else "  (unsure)"
        print(
            f"{first:5}{row[first]:13.1%}   {second} {row[second]:6.1%}"
            f"   {printable(result['file'])}{unsure}"
        )
        if pictures:
            print(as_text(result["picture"]))


# %% [markdown] lang="en"
# ## The program { #program }
#
# Sentences about files go to standard error, so that `> answers.json`
# writes answers alone.

# %% [markdown] lang="ko"
# ## 프로그램 { #program }
#
# 파일에 관한 문장은 표준 오류(standard error)로 내보냅니다. 그래서 `> answers.json`이라고 하면 파일에는 답만 들어갑니다.


# %%
def parse(argv: list[str]):
    """The options; a wrong one ends the program with code 2."""
    options = parser("Read the digit in each picture file.")
    add = options.add_argument
    add(
        "pictures",
        nargs="*",
        metavar="PICTURE",
        help="picture files; - is standard input",
    )
    add("--model", type=path, default=MODEL, help=".keras or .tflite")
    add_pixels_option(options)
    add(
        "--raw",
        action="store_true",
        help="take 28x28 pictures of MNIST as they are",
    )
    add(
        "--show",
        action="store_true",
        help="print each picture as the model sees it",
    )
    add(
        "--json",
        action="store_true",
        help="print a list with an object for each picture",
    )
    # Options may stand between pictures; after -- come only pictures.
    end = argv.index("--") if "--" in argv else len(argv)
    parsed = options.parse_intermixed_args(argv[:end])
    parsed.pictures += argv[end + 1 :]
    if not parsed.pictures:
        options.error("name at least one PICTURE")
    return parsed


def main(argv: list[str] | None = None) -> int:
    """Read the pictures; 1 if some cannot be read."""
    options = parse(sys.argv[1:] if argv is None else argv)
    model = open_model(options.model, options.pixels)
    if options.model != MODEL:
        say(f"{options.model} {model.takes}")
    results = read(options.pictures, model, options.raw)
    answered = [result for result in results if "error" not in result]
    for result in results:
        if "error" in result:
            say(f"predict.py: {result['error']}")
    if options.json:
        for result in answered:
            del result["picture"]
        print(json.dumps(results, indent=2))
    elif answered:
        show(answered, options.show)
    if not all(result["sure"] for result in answered):
        say(
            "An answer below 70% may well be wrong: look at what the "
            "model sees with --show."
        )
    return int(len(answered) < len(results))


# %% [markdown] lang="en"
# ## Run it { #run }
#
# Three digits to read: a black 2 on white, a 3 in chalk on a blackboard,
# and a 7 in blue on yellowish paper that gets darker to the right. Each is
# a line drawn with Pillow.

# %% [markdown] lang="ko"
# ## 실행하기 { #run }
#
# 읽을 숫자 세 개를 그립니다. 흰 종이에 검게 쓴 2, 칠판에 분필로 쓴 3, 오른쪽으로 갈수록 어두워지는 노르스름한 종이에 파란
# 펜으로 쓴 7입니다. 펜이 지나가는 선을 Pillow로 그립니다.

# %% active="ipynb" caption_en="The three pictures, as they are in the files." caption_ko="파일에 든 이미지 세 장입니다." alt_en="Three pictures with one digit each: a black 2 on white, a light 3 on dark green, and a blue 7 on yellowish paper that gets darker to the right." alt_ko="숫자가 하나씩 있는 이미지 세 장입니다. 흰 바탕에 검은 2, 짙은 초록 바탕에 밝은 3, 오른쪽으로 갈수록 어두워지는 노르스름한 종이에 파란 7입니다."
# import matplotlib.pyplot as plt
# from PIL import Image, ImageDraw, ImageFilter
#
# PENS = {
#     "two.png": [(64, 74), (79, 48), (109, 46), (127, 70), (112, 104),
#                 (64, 156), (135, 152)],
#     "three.png": [(154, 55), (188, 41), (217, 62), (202, 93),
#                   (176, 99), (210, 108), (221, 134), (188, 159),
#                   (154, 141)],
#     "seven.jpg": [(162, 84), (231, 84), (186, 199)],
# }
# COLORS = {  # paper and ink
#     "two.png": ((255, 255, 255), (0, 0, 0)),
#     "three.png": ((40, 70, 55), (225, 230, 220)),
#     "seven.jpg": ((240, 230, 205), (50, 60, 130)),
# }
#
#
# def draw(name):
#     ink = Image.new("L", (320, 240))
#     ImageDraw.Draw(ink).line(PENS[name], 255, 10, joint="curve")
#     ink = np.asarray(ink.filter(ImageFilter.GaussianBlur(1))) / 255
#     paper, pen = np.array(COLORS[name], float)
#     picture = paper + ink[..., None] * (pen - paper)
#     if name == "seven.jpg":
#         picture *= np.linspace(1, 0.5, 320)[:, None]
#     Image.fromarray(picture.astype(np.uint8)).save(name)
#
#
# fig, axes = plt.subplots(1, 3, figsize=(9, 2.4), layout="constrained")
# for name, ax in zip(PENS, axes):
#     draw(name)
#     ax.imshow(Image.open(name))
#     ax.set_title(name)
#     ax.axis("off")
# plt.show()

# %% active="ipynb"
# command = "two.png three.png seven.jpg"
# assert main(command.split()) == 0

# %% [markdown] lang="en"
# All three are read. The colors and the light, the size and the place of a
# digit do not matter, because `prepare` takes them away. `--show` prints
# what is left.

# %% [markdown] lang="ko"
# 세 개를 모두 맞게 읽었습니다. 숫자의 색과 밝기, 크기와 위치는 문제가 되지 않습니다. `prepare`가 모두 없애기 때문입니다.
# `--show`는 남은 것을 출력합니다.

# %% active="ipynb"
# command = "seven.jpg --show"
# assert main(command.split()) == 0

# %% [markdown] lang="en"
# Light ink on black, 20 pixels high, as in MNIST. The shadow is gone.
#
# Now three pictures that cannot be read as they are: a text that calls
# itself a picture, two digits side by side, and a digit that is cut off.
# The program names what to change and ends with exit code 1. With `--json`
# the sentence is among the answers, and other programs can read it.

# %% [markdown] lang="ko"
# MNIST에서처럼 검은 바탕에 밝은 숫자이고, 높이는 20픽셀입니다. 그늘은 사라졌습니다.
#
# 이제 그대로는 읽을 수 없는 세 가지를 줍니다. 이름만 이미지인 텍스트 파일, 나란히 쓴 숫자 두 개, 끝이 잘린 숫자입니다.
# 프로그램은 무엇을 바꾸어야 하는지 알려 주고 종료 코드 1로 끝납니다. `--json`을 주면 그 문장이 답과 함께 나오므로 다른
# 프로그램도 읽을 수 있습니다.

# %% active="ipynb"
# Path("letter.png").write_text("three\n")
# two = np.asarray(Image.open("two.png").convert("L"))
# Image.fromarray(np.hstack([two, two])).save("twins.png")
# Image.fromarray(two[:100]).save("cut.png")
# command = "letter.png twins.png cut.png --json"
# assert main(command.split()) == 1

# %% [markdown] lang="en"
# The functions can be called one by one, too. Here the three files from
# above are prepared and given to the model.

# %% [markdown] lang="ko"
# 함수를 하나씩 호출할 수도 있습니다. 위의 파일 세 개를 준비해서 모델에 넣어 봅니다.

# %% active="ipynb" caption_en="What the model sees of the three pictures, with its answers." caption_ko="이미지 세 장을 모델이 보는 그대로 그리고, 위에 모델의 답을 적었습니다." alt_en="Three small pictures in MNIST's form, white on black: a 2, a 3 and a 7. Above each stands an answer with its probability." alt_ko="MNIST처럼 검은 바탕에 흰 숫자 2, 3, 7이 있는 작은 이미지 세 장입니다. 각각 위에 답과 확률이 적혀 있습니다."
# model = open_model(MODEL)
# pictures = np.stack([seen_by_model(name, raw=False) for name in PENS])
# answers = model(pictures)
#
# fig, axes = plt.subplots(1, 3, figsize=(7, 2.6), layout="constrained")
# for ax, picture, row in zip(axes, pictures, answers):
#     ax.imshow(picture, cmap="gray")
#     ax.set_title(f"{row.argmax()} ({row.max():.0%})")
#     ax.axis("off")
# plt.show()
#
# print(f"The model takes pixels from {model.pixels[0]} to",
#       f"{model.pixels[1]}, known from {model.found}.")
#
# assert answers.argmax(axis=1).tolist() == [2, 3, 7]
# assert (pictures.any(axis=2).sum(axis=1) == 20).all()  # rows with ink

# %% [markdown] lang="en"
# ## Change it { #change }
#
# - Put your own photos in the place of the three. If an answer is strange,
#   look at what the model sees; the usual reasons are on
#   [Photos that go wrong](../photos.md).
# - Name a model of your own with `--model`, such as the one that
#   [train.py](train.py) writes. The model here was made with
#   [edge_tpu.py](edge_tpu.py).
# - Set `SURE` to 0.9. How many of your pictures are unsure now?

# %% [markdown] lang="ko"
# ## 바꿔 보기 { #change }
#
# - 세 파일 대신 직접 찍은 사진을 넣어 보세요. 답이 이상하면 모델이 보는 이미지를 살펴보세요. 흔한 이유는
#   [잘못 읽히는 사진](../photos.md)에 있습니다.
# - [train.py](train.py)로 만든 것 같은 여러분의 모델을 `--model`로 지정해 보세요. 여기에서 쓴 모델은
#   [edge_tpu.py](edge_tpu.py)로 만들었습니다.
# - `SURE`를 0.9로 바꿔 보세요. 이제 *unsure*가 붙는 사진은 몇 장일까요?

# %% active="py"
if __name__ == "__main__":
    sys.exit(run(main))
