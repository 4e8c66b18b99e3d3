# %% active="py"
"""Check whether the Edge TPU can run a .tflite file.

    python examples/check_tflite.py model.tflite
    python examples/check_tflite.py model.tflite --images 1000

The first reads the file and, if it finds no error, runs it once. The
second lets a model of MNIST read digits as well. Each finding names its
place and what to do. `--help` lists the options and the exit codes.
"""

# %% [markdown] lang="en"
# # Check a file for the Edge TPU { #check-tflite }
#
# `check_tflite.py` reads a `.tflite` file and says what keeps it off the
# Edge TPU, where that is in the file, and what to do about it. It needs no
# compiler, no device and no TensorFlow:
#
# `python examples/check_tflite.py model.tflite`
#
# A program that looks for faults is called a linter. This page shows how one
# is built: its knowledge stands in rules, and the rest of the program is the
# same for every rule. The page [Edge TPU](../edge-tpu.md) shows where the
# faults come from.

# %% [markdown] lang="ko"
# # Edge TPU에 맞는 파일인지 검사하기 { #check-tflite }
#
# `check_tflite.py`는 `.tflite` 파일을 읽고 Edge TPU에 올리지 못하게 하는 잘못을 찾습니다. 잘못이 파일의 어디에 있고 어떻게
# 고치는지도 알려 줍니다. 컴파일러도 기기도 TensorFlow도 필요 없습니다.
#
# `python examples/check_tflite.py model.tflite`
#
# 이렇게 잘못을 찾아 주는 프로그램을 린터(linter)라고 합니다. 이 페이지에서는 린터를 어떻게 만드는지 살펴봅니다. 린터가 아는
# 것은 모두 규칙에 들어 있고, 나머지 코드는 어느 규칙에나 똑같이 쓰입니다. 이런 잘못이 어디에서 생기는지는
# [Edge TPU](../edge-tpu.md)에서 볼 수 있습니다.

# %%
import argparse
import json
import shutil
import sys
from pathlib import Path

import numpy as np

import mnist_data
from common import (
    UserError,
    number,
    parser,
    path,
    run,
    say,
    temporary_folder,
)
from tflite_check import (
    Finding,  # noqa: F401, for other programs
    check,  # noqa: F401
    inspect,
    inspect_run,
    judge,
)
from tflite_check.images import WrongPythonError, run_model
from tflite_check.report import lines, report

# %% [markdown] lang="en"
# ## Three rules and a loop { #judge }
#
# Build a small one first. A `.tflite` file is a table of operators, each with
# a name, a version and tensors. The package `tflite` reads it:

# %% [markdown] lang="ko"
# ## 규칙 세 개와 반복문 하나 { #judge }
#
# 먼저 작은 린터를 만들어 보겠습니다. `.tflite` 파일은 연산자를 늘어놓은 표이고, 연산자마다 이름과 버전과 텐서가 있습니다.
# `tflite` 패키지로 읽을 수 있습니다.

# %% active="ipynb"
# from types import SimpleNamespace
#
# import tflite
#
# FLOAT32 = tflite.TensorType.FLOAT32
#
#
# def operators(content):
#     """Yield the operators of a .tflite file."""
#     model = tflite.Model.GetRootAs(content)
#     graph = model.Subgraphs(0)
#     for index in range(graph.OperatorsLength()):
#         operator = graph.Operators(index)
#         code = model.OperatorCodes(operator.OpcodeIndex())
#         yield SimpleNamespace(
#             index=index,
#             name=tflite.BUILTIN_OPCODE2NAME[code.BuiltinCode()],
#             version=code.Version(),
#             inputs=[
#                 graph.Tensors(number)
#                 for number in operator.InputsAsNumpy()
#                 if number >= 0  # -1: an input that is left out
#             ],
#         )
#
#
# good = Path("examples/models/mnist_int8.tflite").read_bytes()
# for op in operators(good):
#     print(op.index, op.name, op.version, len(op.inputs))

# %% [markdown] lang="en"
# A rule is data: its name, a function that says whether an operator is wrong,
# the fault in words, and the fix. To teach the linter something new, add an
# entry to the list.

# %% [markdown] lang="ko"
# 규칙은 데이터입니다. 이름, 연산자가 잘못되었는지 답하는 함수, 잘못을 설명하는 말, 고치는 방법으로 이루어집니다. 새로운 것을
# 가르치려면 목록에 한 줄을 더하면 됩니다.

# %% active="ipynb"
# KNOWN = {
#     "CONV_2D": 5, "FULLY_CONNECTED": 9, "MAX_POOL_2D": 3, "MUL": 4,
#     "RESHAPE": 1, "SOFTMAX": 3,
# }  # the highest versions that the compiler knows
# SMALL_RULES = [
#     (
#         "operation",
#         lambda op: op.name not in KNOWN,
#         "is not an operation of the Edge TPU",
#         "use one that it has",
#     ),
#     (
#         "version",
#         lambda op: op.version > KNOWN.get(op.name, op.version),
#         "has a version that the compiler does not know",
#         "leave out what needs it",
#     ),
#     (
#         "float",
#         lambda op: any(one.Type() == FLOAT32 for one in op.inputs),
#         "computes in float32",
#         "quantize to full int8",
#     ),
# ]

# %% [markdown] lang="en"
# The loop knows nothing about the Edge TPU. It asks each rule about each
# operator and puts the place in front of what the rule says:

# %% [markdown] lang="ko"
# 반복문은 Edge TPU를 전혀 모릅니다. 연산자마다 모든 규칙을 적용하고, 규칙의 말 앞에 잘못이 있는 곳을 붙일 뿐입니다.

# %% active="ipynb"
# def small_check(content):
#     """Each fault as a name and a sentence."""
#     return [
#         (name, f"Operator {op.index} {op.name} {fault}: {fix}.")
#         for op in operators(content)
#         for name, wrong, fault, fix in SMALL_RULES
#         if wrong(op)
#     ]
#
#
# assert small_check(good) == []

# %% [markdown] lang="en"
# The model of this repository has no fault. Now a bad file: an untrained
# model, exported without any setting. (TensorFlow is needed to make a file,
# not to check one.)

# %% [markdown] lang="ko"
# 저장소에 들어 있는 모델에는 잘못이 없습니다. 이제 나쁜 파일을 보겠습니다. 훈련하지 않은 모델을 아무 설정 없이 내보냈습니다.
# (TensorFlow는 파일을 만들 때만 필요하고 검사할 때는 필요 없습니다.)

# %% active="ipynb"
# import keras
# import tensorflow as tf
#
# keras.utils.set_random_seed(0)
# model = keras.Sequential(
#     [
#         keras.Input((28, 28)),
#         keras.layers.Rescaling(1 / 255),
#         keras.layers.Flatten(),
#         keras.layers.Dense(32, activation="gelu"),
#         keras.layers.Dense(10),
#     ]
# )
# model.export("float.tflite", format="litert", verbose=False)
# float_file = Path("float.tflite").read_bytes()
# for name, text in small_check(float_file):
#     print(f"{text} [{name}]")
#
# found = {name for name, text in small_check(float_file)}
# assert found == {"operation", "float"}

# %% [markdown] lang="en"
# That is a linter, and these are its weak points. One cause, the missing
# quantization, is reported again and again. A damaged file ends in an
# exception, or makes the loop run for hours. And three rules are few.
#
# ## What it looks for { #rules }
#
# The tool is the same idea with care. It is a package beside the program,
# `tflite_check`. Its `model.py` reads a file without trusting a byte of it,
# `rules.toml` holds what each rule says, and the module of its family holds
# the function. A rule may also hide others: what only follows from one fault
# is not reported, so that you see first what to change first. Equal faults
# are counted in one finding.

# %% [markdown] lang="ko"
# 이것이 린터입니다. 그런데 약점이 있습니다. 원인은 양자화를 하지 않은 것 하나인데 같은 말을 되풀이합니다. 망가진 파일을 만나면
# 예외가 나거나 반복문이 몇 시간씩 돌 수도 있습니다. 규칙도 세 개뿐입니다.
#
# ## 무엇을 찾는가 { #rules }
#
# 실제 도구는 같은 생각을 꼼꼼하게 다듬은 것입니다. 프로그램 옆에 있는 패키지 `tflite_check`에 들어 있습니다. `model.py`는
# 바이트를 하나도 믿지 않고 파일을 읽습니다. `rules.toml`에는 규칙마다 할 말이 있고, 함수는 규칙이 속한 묶음의 모듈에 있습니다.
# 규칙은 다른 규칙을 가릴 수도 있습니다. 한 잘못에서 따라 나온 것은 알리지 않으므로, 먼저 고칠 것이 먼저 보입니다. 똑같은 잘못은
# 한 번만 알리고 개수를 셉니다.

# %% active="ipynb"
# for finding in check(float_file):
#     print(f"{finding.level}: {finding.text} [{finding.rule}]")
#
# found = {finding.rule for finding in check(float_file)}
# assert found == {"float", "dynamic", "operation"}
# assert check(good) == []

# %% [markdown] lang="en"
# LiteRT runs this file on a PC without a complaint, so nothing there would
# have told you.
#
# Here are all rules, in their order. A fault is an error unless "warning" is
# written beside it: an error keeps the model or a part of it off the Edge
# TPU, or makes it answer wrongly; a warning costs speed, or nobody has
# confirmed the operation. The last column says who says so: **Coral** is
# [Coral's documentation](https://coral.ai/docs/edgetpu/models-intro/),
# **LiteRT** its [quantization
# specification](https://ai.google.dev/edge/litert/models/quantization_spec),
# **schema** the [definition of the
# format](https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs),
# and **tried** means that we ran such files, with TFLite 2.5 to 2.14 and
# with LiteRT.
#
# ### The file { #file }
#
# | Rule | What is wrong | What to do | Source |
# |---|---|---|---|
# | `empty` | the file has no bytes | export or copy it again | schema |
# | `not-tflite` | it is something else: a `.keras` or `.h5` file, a web page, a pointer of Git LFS | convert or download the model itself | schema |
# | `damaged` | it is cut short, or its numbers lead nowhere | export or copy it again | schema |
# | `subgraphs` | it has several subgraphs, and the Edge TPU takes one | export one function, without `if` and `while` | Coral |
#
# ### Types and sizes { #types }
#
# All that flows through the chip has 8 bits and a fixed size.
#
# | Rule | What is wrong | What to do | Source |
# |---|---|---|---|
# | `appended` | weights are stored behind the end of the flatbuffer, where old TFLite does not look | convert with `tf.lite.TFLiteConverter` | tried |
# | `sparse` | a tensor is stored as sparse | convert it as dense | Coral |
# | `data-length` | a constant is longer or shorter than its shape | convert again | schema |
# | `float-io` (warning) | input or output is float32, so the CPU converts it | set `inference_input_type` and `inference_output_type` to `tf.int8` | Coral |
# | `float16` | weights in float16 save space, but the model computes in float | quantize to full int8 | Coral |
# | `int16` | activations have 16 bits | quantize to full int8 | Coral |
# | `float` | something inside is float32 | quantize to full int8 | Coral |
# | `type` | a tensor has another type, such as bool | quantize to full int8 | Coral |
# | `dynamic` | a size is only known when the model runs | export with a fixed batch of one | Coral |
# | `batch` | the model takes several pictures at a time | export with a fixed batch of one | Coral |
# | `dimensions` | a dimension before the last three is above 1 | reshape | Coral |
#
# ### Scales and zero points { #scales }
#
# These faults are silent: the file runs and answers, but wrongly. The worst
# is `per-channel-dense`, which makes an old runtime give
# [always the same digit](../edge-tpu-scales.md#constant-output).
#
# | Rule | What is wrong | What to do | Source |
# |---|---|---|---|
# | `no-scale` | an 8-bit tensor has no scale | quantize to full int8 | LiteRT |
# | `scale` | a scale is zero, negative, infinite or NaN | look for NaN in weights and ranges, and train again | LiteRT |
# | `zero-range` | a range was left at 0 | let it see data before you export | tried |
# | `zero-point` | a zero point is outside of the type, or scales have none | convert again | LiteRT |
# | `per-channel` | a tensor that is not weights has several scales | convert again | LiteRT |
# | `per-channel-dense` | the weights of a `Dense` layer have several scales: TFLite 2.5, 2.7 and 2.9 answer wrongly, 2.10 and later are right | ask the converter for one scale, or train quantization-aware | tried |
# | `channel-axis` | the scales of a convolution are not one for each channel | convert again | LiteRT |
# | `weight-zero-point` | int8 weights have a zero point other than 0 | quantize with a symmetric range | LiteRT |
# | `bias-scale` | a bias does not have the scale input × weights | convert again, and leave the scales as they are | LiteRT |
# | `pixel-range` | the model rescales pixels from 0 to 255, but its representative data had 0 to 1, or the reverse | give the converter pixels in the range that the model takes | tried |
#
# ### Operations { #operations }
#
# `operations.toml` lists the operations of the Edge TPU, each with the highest
# version that a TFLite as old as the compiler loads, and what to use in place
# of others.
#
# | Rule | What is wrong | What to do | Source |
# |---|---|---|---|
# | `compiled` | the file was compiled for the Edge TPU already | check the one it was made from | Coral |
# | `custom` | the model has a custom operation | build it from operations that the Edge TPU has | Coral |
# | `operation` | the Edge TPU does not have the operation | the finding names a replacement, such as ReLU for ELU | Coral |
# | `version` | the compiler does not know this version of it | leave out what needs it, such as dynamic-range weights | tried |
# | `constant` | a shape or an axis is only computed when the model runs | make it a constant | Coral |
# | `unconfirmed` (warning) | nobody has confirmed that the Edge TPU runs it | look in the compiler's log | Coral |
# | `cpu` (warning) | it stays on the CPU, or may | leave it out, or look in the compiler's log | Coral |
#
# ### Conditions { #other-operators }
#
# | Rule | What is wrong | What to do | Source |
# |---|---|---|---|
# | `dynamic-range` | weights have 8 bits, but the layer computes in float | quantize to full int8 | Coral |
# | `dilation` | a convolution has different dilations in x and y | give `dilation_rate` one number | Coral |
# | `weights-format` | a `Dense` layer has shuffled weights | convert it with the default format | Coral |
# | `dense-output` | a `Dense` layer gives several rows | flatten before it | Coral |
# | `fused-activation` | an activation is fused into a pooling or a concatenation | put it before | Coral |
# | `joined-constant` | a concatenation joins a constant that is not zeros | use padding | Coral |
# | `softmax` | a softmax is over several rows, or over more than 16,000 numbers | compute it in your program | Coral |
# | `batch-axis` | an operation reduces, pads or stacks the batch | use other axes | Coral |
# | `mean-depth` | a mean is over a depth that is not a multiple of 4 | use a number of filters that is | Coral |
# | `strided-slice` | a slice has steps, an ellipsis or a new axis | slice without steps, and reshape | Coral |
#
# ### Runs { #try-out }
#
# Some faults show only when the file runs. A damaged model can crash the
# process that runs it, so `run_model.py` runs in a process of its own, which
# may be another Python with an older TFLite (`--python`).
#
# | Rule | What is wrong | What to do | Source |
# |---|---|---|---|
# | `runtime` | the runtime refuses the file, crashes or does not end | what its message says | tried |
# | `one-class` | all images get the same answer | look for `per-channel-dense`, `zero-range` and `pixel-range` | tried |
# | `accuracy` | fewer images are read correctly than by the float model | use representative data like the training data, or train quantization-aware | tried |

# %% [markdown] lang="ko"
# PC의 LiteRT는 이 파일을 오류 없이 실행합니다. 그러니 PC에서는 잘못이 있는지 알 수 없었을 것입니다.
#
# 규칙을 모두, 도구가 살펴보는 순서대로 적으면 다음과 같습니다. 옆에 "경고"라고 쓰지 않은 것은 모두 오류입니다. 오류가 있으면 모델이나 그
# 일부가 Edge TPU에서 실행되지 않거나 틀린 답을 합니다. 경고는 속도를 잃거나, 칩에 있는지 아무도 확인하지 못한 연산이라는
# 뜻입니다. 마지막 열은 근거입니다. **코랄**은
# [코랄의 문서](https://coral.ai/docs/edgetpu/models-intro/), **LiteRT**는
# [양자화 명세](https://ai.google.dev/edge/litert/models/quantization_spec), **스키마**는
# [파일 형식의 정의](https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs)이고,
# **실행**은 그런 파일을 TFLite 2.5부터 2.14까지와 LiteRT에서 직접 실행해 보았다는 뜻입니다.
#
# ### 파일 { #file }
#
# | 규칙 | 무엇이 잘못인가 | 어떻게 고치는가 | 근거 |
# |---|---|---|---|
# | `empty` | 파일이 비어 있음 | 다시 내보내거나 복사하기 | 스키마 |
# | `not-tflite` | 다른 파일임. `.keras`나 `.h5` 파일, 웹 페이지, Git LFS 포인터 | 모델을 변환하거나 제대로 내려받기 | 스키마 |
# | `damaged` | 파일이 잘렸거나, 안에 적힌 번호가 엉뚱한 곳을 가리킴 | 다시 내보내거나 복사하기 | 스키마 |
# | `subgraphs` | 서브그래프가 여럿임. Edge TPU는 하나만 받음 | `if`와 `while` 없이 함수 하나만 내보내기 | 코랄 |
#
# ### 자료형과 크기 { #types }
#
# 칩을 지나는 것은 모두 8비트이고 크기가 정해져 있어야 합니다.
#
# | 규칙 | 무엇이 잘못인가 | 어떻게 고치는가 | 근거 |
# |---|---|---|---|
# | `appended` | 가중치가 flatbuffer가 끝난 뒤에 있음. 예전 TFLite는 거기를 보지 않음 | `tf.lite.TFLiteConverter`로 변환하기 | 실행 |
# | `sparse` | 텐서가 희소 형식으로 저장됨 | 보통 형식으로 변환하기 | 코랄 |
# | `data-length` | 상수의 길이가 형태와 맞지 않음 | 다시 변환하기 | 스키마 |
# | `float-io` (경고) | 입력이나 출력이 float32라서 CPU가 바꾸어야 함 | `inference_input_type`과 `inference_output_type`을 `tf.int8`로 지정하기 | 코랄 |
# | `float16` | float16 가중치는 크기만 줄일 뿐 계산은 float으로 함 | 모두 int8로 양자화하기 | 코랄 |
# | `int16` | 활성화 값이 16비트임 | 모두 int8로 양자화하기 | 코랄 |
# | `float` | 안에 float32가 남아 있음 | 모두 int8로 양자화하기 | 코랄 |
# | `type` | bool처럼 다른 자료형인 텐서가 있음 | 모두 int8로 양자화하기 | 코랄 |
# | `dynamic` | 실행할 때에야 정해지는 크기가 있음 | 배치 크기를 1로 고정해 내보내기 | 코랄 |
# | `batch` | 한 번에 이미지를 여러 장 받음 | 배치 크기를 1로 고정해 내보내기 | 코랄 |
# | `dimensions` | 마지막 세 차원보다 앞에 있는 차원이 1보다 큼 | 형태 바꾸기 | 코랄 |
#
# ### 스케일과 영점 { #scales }
#
# 소리 없는 잘못들입니다. 파일은 실행되고 답도 하지만 틀린 답을 합니다. 가장 고약한 것은 `per-channel-dense`입니다. 예전
# 런타임에서 [언제나 같은 숫자만 답하게](../edge-tpu-scales.md#constant-output) 만듭니다.
#
# | 규칙 | 무엇이 잘못인가 | 어떻게 고치는가 | 근거 |
# |---|---|---|---|
# | `no-scale` | 8비트 텐서에 스케일이 없음 | 모두 int8로 양자화하기 | LiteRT |
# | `scale` | 스케일이 0이나 음수, 무한대, NaN임 | 가중치와 범위에 NaN이 있는지 보고 다시 훈련하기 | LiteRT |
# | `zero-range` | 범위가 0으로 남아 있음 | 내보내기 전에 데이터를 보여 주기 | 실행 |
# | `zero-point` | 영점이 자료형의 범위를 벗어나거나, 영점의 개수가 스케일의 개수와 다름 | 다시 변환하기 | LiteRT |
# | `per-channel` | 가중치가 아닌데 스케일이 여럿임 | 다시 변환하기 | LiteRT |
# | `per-channel-dense` | `Dense` 층의 가중치에 스케일이 여럿임. TFLite 2.5, 2.7, 2.9는 틀린 답을 하고 2.10부터는 괜찮음 | 변환기에 스케일을 하나만 쓰라고 하거나 양자화 인식 훈련 하기 | 실행 |
# | `channel-axis` | 합성곱의 스케일이 채널마다 하나씩이 아님 | 다시 변환하기 | LiteRT |
# | `weight-zero-point` | int8 가중치의 영점이 0이 아님 | 대칭 범위로 양자화하기 | LiteRT |
# | `bias-scale` | 편향의 스케일이 입력 × 가중치가 아님 | 다시 변환하고 스케일은 그대로 두기 | LiteRT |
# | `pixel-range` | 모델은 0~255 픽셀을 받아 스스로 나누는데 대표 데이터셋은 0~1이었거나, 그 반대임 | 모델이 받는 범위의 픽셀로 대표 데이터셋 만들기 | 실행 |
#
# ### 연산 { #operations }
#
# `operations.toml`에는 Edge TPU에 있는 연산과, 컴파일러만큼 오래된 TFLite가 읽는 가장 높은 버전과, 다른 연산 대신 쓸 것이
# 적혀 있습니다.
#
# | 규칙 | 무엇이 잘못인가 | 어떻게 고치는가 | 근거 |
# |---|---|---|---|
# | `compiled` | 이미 Edge TPU용으로 컴파일한 파일임 | 컴파일하기 전의 파일을 검사하기 | 코랄 |
# | `custom` | 사용자 정의 연산이 있음 | Edge TPU에 있는 연산으로 만들기 | 코랄 |
# | `operation` | Edge TPU에 없는 연산임 | 알려 주는 대로 바꾸기. ELU라면 ReLU | 코랄 |
# | `version` | 컴파일러가 모르는 버전임 | 동적 범위 가중치처럼 새 버전이 필요한 것 빼기 | 실행 |
# | `constant` | 실행할 때에야 계산되는 크기나 축이 있음 | 상수로 만들기 | 코랄 |
# | `unconfirmed` (경고) | Edge TPU에서 실행되는지 아무도 확인하지 못함 | 컴파일러의 로그 보기 | 코랄 |
# | `cpu` (경고) | CPU에 남거나 남을 수 있음 | 모델에서 빼거나 컴파일러의 로그 보기 | 코랄 |
#
# ### 연산의 조건 { #other-operators }
#
# | 규칙 | 무엇이 잘못인가 | 어떻게 고치는가 | 근거 |
# |---|---|---|---|
# | `dynamic-range` | 가중치는 8비트인데 계산은 float으로 함 | 모두 int8로 양자화하기 | 코랄 |
# | `dilation` | 합성곱의 가로 팽창과 세로 팽창이 다름 | `dilation_rate`에 수를 하나만 주기 | 코랄 |
# | `weights-format` | `Dense` 층의 가중치 순서가 뒤섞여 있음 | 기본 형식으로 변환하기 | 코랄 |
# | `dense-output` | `Dense` 층이 여러 행을 내놓음 | 그 앞에서 평탄화하기 | 코랄 |
# | `fused-activation` | 풀링이나 이어 붙이기에 활성화 함수가 합쳐져 있음 | 활성화 함수를 그 앞에 두기 | 코랄 |
# | `joined-constant` | 0이 아닌 상수를 이어 붙임 | 패딩 쓰기 | 코랄 |
# | `softmax` | 소프트맥스를 여러 행이나 16,000개가 넘는 수에 적용함 | 프로그램에서 계산하기 | 코랄 |
# | `batch-axis` | 배치 축을 줄이거나 늘리거나 그 방향으로 쌓음 | 다른 축 쓰기 | 코랄 |
# | `mean-depth` | 4의 배수가 아닌 깊이 방향으로 평균을 냄 | 필터 수를 4의 배수로 정하기 | 코랄 |
# | `strided-slice` | 건너뛰며 자르거나, 줄임표나 새 축을 씀 | 건너뛰지 않고 자른 뒤 형태 바꾸기 | 코랄 |
#
# ### 실행 { #try-out }
#
# 실행해야 드러나는 잘못도 있습니다. 망가진 모델은 실행하는 프로세스까지 죽일 수 있으므로 `run_model.py`를 따로 띄워
# 실행합니다. 더 오래된 TFLite가 든 다른 파이썬을 쓸 수도 있습니다(`--python`).
#
# | 규칙 | 무엇이 잘못인가 | 어떻게 고치는가 | 근거 |
# |---|---|---|---|
# | `runtime` | 런타임이 거부하거나 죽거나 끝나지 않음 | 런타임의 메시지대로 하기 | 실행 |
# | `one-class` | 모든 이미지에 같은 답을 함 | `per-channel-dense`, `zero-range`, `pixel-range` 살펴보기 | 실행 |
# | `accuracy` | float 모델보다 맞히는 이미지가 적음 | 훈련 데이터와 비슷한 대표 데이터셋을 쓰거나 양자화 인식 훈련 하기 | 실행 |

# %% [markdown] lang="en"
# ## The program { #program }
#
# With the package, little is left for the program: options, files, exit
# codes. An error in any file gives exit code 1, so a script can stop there.

# %% [markdown] lang="ko"
# ## 프로그램 { #program }
#
# 패키지가 있으니 프로그램이 할 일은 옵션을 읽고, 파일을 읽고, 종료 코드를 정하는 것뿐입니다. 어느 파일에든 오류가 있으면 종료
# 코드가 1이므로 스크립트는 거기에서 멈출 수 있습니다.


# %%
def arguments() -> argparse.ArgumentParser:
    """The options of the command line."""
    options = parser(
        "Check whether the Edge TPU can run .tflite files."
    )
    options.epilog = (
        "Exit codes: 0 no error was found, 1 an error was found or a "
        "file cannot be used, 2 a wrong option, 130 Ctrl-C."
    )
    options.add_argument(
        "files", nargs="+", metavar="FILE", help="a .tflite file"
    )
    options.add_argument(
        "--json",
        action="store_true",
        help="print a list with an object for each file",
    )
    options.add_argument(
        "--images",
        type=number(1, 10_000),
        default=0,
        metavar="N",
        help="let the model read the first N test images of MNIST",
    )
    options.add_argument(
        "--float",
        type=path,
        metavar="FILE",
        help="compare the accuracy with that of a float .tflite file",
    )
    options.add_argument(
        "--data",
        type=path,
        metavar="NPZ",
        help="use this copy of mnist.npz",
    )
    options.add_argument(
        "--python",
        metavar="PROGRAM",
        help="run the model in this Python, which has ai-edge-litert "
        "or tflite-runtime, instead of the one that runs this program",
    )
    return options


def contents(name: str | Path) -> bytes:
    """The bytes of a file; raises UserError if it cannot be read."""
    file = Path(name)
    try:
        # A flatbuffer's offsets end at 2 GB.
        size = file.stat().st_size
        if file.is_file() and size <= 2**31:
            return file.read_bytes()
        reason = "more than 2 GB" if file.is_file() else "not a file"
    except OSError as error:
        reason = error.strerror
    raise UserError(
        f"{str(name)!r} cannot be read ({reason}): name a .tflite file."
    )


def digits(
    count: int, data: Path | None
) -> tuple[np.ndarray, np.ndarray]:
    """That many test images and labels; raises UserError."""
    if not count:
        return np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.uint8)
    pictures, labels = mnist_data.load(say, data)[1]
    return pictures[:count], labels[:count]


def run_file(content: bytes, test: tuple, python: str, target=None):
    """What `run_model` returns, of its files in a temporary folder."""
    with temporary_folder() as folder:
        return run_model(folder, content, *test, python, target)


def examine(name: str, test: tuple, **more) -> dict:
    """The report of a file, which is run unless it has an error.

    With images it is run in any case.
    """
    content = contents(name)
    model, found = inspect(content)
    errors = any(one.level == "error" for one in found)
    result = None
    if model and (len(test[0]) or not errors):
        result = run_file(content, test, **more)
        found = judge(inspect_run(result) + found)
    return report(name, content, model, found, result)


def main(argv: list[str] | None = None) -> int:
    """Run the program; returns its exit code, or raises UserError."""
    program = arguments()
    options = program.parse_args(argv)
    for name in ("float", "data"):
        if vars(options)[name] and not options.images:
            program.error(f"argument --{name}: it needs --images")
    python = options.python
    if python is None:
        python = sys.executable
    if not shutil.which(python):
        program.error(f"argument --python: {python!r} is not a program")
    test, reports = digits(options.images, options.data), []
    more = {"python": python, "target": None}
    try:
        if options.float:
            content = contents(options.float)
            more["target"] = run_file(content, test, sys.executable)
            if fault := more["target"].fault:
                raise UserError(f"{options.float} {': '.join(fault)}.")
        for name in options.files:
            try:
                reports.append(examine(name, test, **more))
            except UserError as error:
                say(f"check_tflite.py: {error}")
                continue
            if not options.json:
                print(*lines(reports[-1]), sep="\n")
    except WrongPythonError as error:
        program.error(f"argument --python: {error}")
    if options.json:
        print(json.dumps(reports, indent=2))
    found = [one for each in reports for one in each["findings"]]
    errors = any(one["level"] == "error" for one in found)
    return int(errors or len(reports) < len(options.files))


# %% [markdown] lang="en"
# ## Run it { #run }
#
# First the good file; `--images` lets it read some test images, too.

# %% [markdown] lang="ko"
# ## 실행하기 { #run }
#
# 먼저 좋은 파일입니다. `--images`를 주어 테스트 이미지도 몇 장 읽게 합니다.

# %% active="ipynb"
# command = "examples/models/mnist_int8.tflite --images 500"
# assert main(command.split()) == 0

# %% [markdown] lang="en"
# The table shows the path of a picture through the file: 28×28 pixels go in,
# each line has what an operator gives to the next, and ten numbers come out.
# The weights of each layer have a single scale here.
#
# Now the bad one. Change what can be changed without touching the model: fix
# the batch at one, and quantize. (Random pictures do for a demonstration; use
# real ones, as [edge_tpu.py](edge_tpu.py) does.)

# %% [markdown] lang="ko"
# 표는 이미지가 파일을 어떻게 지나가는지 보여 줍니다. 28×28픽셀이 들어가고, 줄마다 연산자가 다음으로 넘기는 텐서의 크기가
# 있고, 마지막에 수 열 개가 나옵니다. 여기서는 층마다 가중치의 스케일이 하나뿐입니다.
#
# 이제 나쁜 파일 차례입니다. 모델을 건드리지 않고 고칠 수 있는 것부터 고칩니다. 배치 크기를 하나로 고정하고 양자화합니다. (여기서는
# 보여 주기만 하려고 아무렇게나 만든 이미지를 썼습니다. 실제로는 [edge_tpu.py](edge_tpu.py)처럼 진짜 이미지를 쓰세요.)

# %% active="ipynb"
# rng = np.random.default_rng(0)
# pictures = rng.integers(0, 256, (100, 1, 28, 28)).astype("float32")
# model.export(
#     "int8.tflite",
#     format="litert",
#     verbose=False,
#     input_signature=[keras.InputSpec("float32", (1, 28, 28))],
#     optimizations=[tf.lite.Optimize.DEFAULT],
#     representative_dataset=lambda: ([one] for one in pictures),
#     inference_input_type=tf.int8,
#     inference_output_type=tf.int8,
# )
# assert main(["int8.tflite"]) == 1
#
# rules = {one.rule for one in check(Path("int8.tflite").read_bytes())}
# assert rules == {"operation", "per-channel-dense"}

# %% [markdown] lang="en"
# Batch and types are right. GELU is still there: the chip does not have it,
# so the layer itself must change. And quantization has brought a new fault,
# the one that makes an old runtime give always the same digit. Both are yours
# to fix in the [exercise](#change).
#
# What is not a model at all gets a sentence, too:

# %% [markdown] lang="ko"
# 배치 크기와 자료형은 이제 맞습니다. GELU는 그대로 있습니다. 칩에 없는 연산이므로 층을 바꾸어야 합니다. 그리고 양자화하면서
# 새로운 잘못이 생겼습니다. 예전 런타임에서 언제나 같은 숫자만 답하게 하는 그 잘못입니다. 둘 다 [연습 문제](#change)에서
# 고쳐 보세요.
#
# 아예 모델이 아닌 것에도 한 문장으로 답합니다.

# %% active="ipynb"
# candidates = {
#     "a web page": b"<!DOCTYPE html>",
#     "half a model": float_file[: len(float_file) // 2],
#     "nothing": b"",
# }
# for name, content in candidates.items():
#     (finding,) = check(content)
#     print(f"{name}: {finding.text}")
#     assert finding.level == "error"

# %% [markdown] lang="en"
# No checker can promise that the compiler will take a file. This one knows
# what is documented, and what old TFLites did with such files.
#
# ## Add a rule { #change }
#
# Suppose your device has little memory, and you want to hear about large
# layers. That is one more rule, without a change of the tool:

# %% [markdown] lang="ko"
# 컴파일러가 파일을 받아들이리라고 약속할 수 있는 검사기는 없습니다. 이 검사기는 문서에 적힌 것과, 예전 TFLite가 이런 파일을
# 어떻게 처리했는지를 알고 있을 뿐입니다.
#
# ## 규칙 더하기 { #change }
#
# 기기의 메모리가 작으면 큰 층을 미리 알고 싶을 것입니다. 도구를 고치지 않고 규칙 하나만 더하면 됩니다.

# %% active="ipynb"
# from tflite_check.rules import Rule
#
# large = Rule(
#     name="large-layer",
#     look=lambda op: op.weighted()[1].bytes // 1000,
#     fault="has {found} kB of weights",
#     fix="use fewer units",
#     source="measured",
#     level="warning",
#     only="CONV_2D FULLY_CONNECTED",
# )
# bytes_of_file = Path("int8.tflite").read_bytes()
# parsed, _ = inspect(bytes_of_file)
# for finding in large.find(parsed.operators):
#     print(f"{finding.level}: {finding.text}")
#
# assert "25 kB" in finding.text

# %% [markdown] lang="en"
# What to change next: replace GELU by ReLU and give the converter the switch
# that the finding names, until `check` is silent. Then let the rule speak only
# above 100 kB.

# %% [markdown] lang="ko"
# 다음에는 이렇게 바꾸어 보세요. GELU를 ReLU로 바꾸고 검사기가 알려 준 설정을 변환기에 주어, `check`가 아무것도 찾지 못하게
# 만듭니다. 그다음에는 100kB가 넘을 때만 규칙이 알리게 해 보세요.

# %% active="py"
if __name__ == "__main__":
    sys.exit(run(main))
