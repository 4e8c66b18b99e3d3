// A reader's own .tflite file: whether it reads digits, which pixels it takes, and what to say of it.
// Loaded when a file is chosen, which stays where it is.
;(() => {
  const { ModelError, answer, kernels, open, points, prepared, softmax } = DigitDemo

  const TEXT = {
    en: {
      reads: (file, type, low, high) => `${file} answers now. It takes ${type}, and pixels from ${low} to ${high}, `,
      byScale: "as its input scale says.",
      byTrying: "found by trying ten drawn digits.",
      tflite: file => `${file} is not a .tflite file: choose one that model.export has written.`,
      damaged: file => `${file} is damaged or cut off: copy or export it again.`,
      operators: (file, lacking, known) => `${file} needs what this page cannot run: ${lacking}. It runs ${known}.`,
      shape: (file, takes, gives) => `${file} takes ${takes} and answers ${gives}: choose a model from 28×28 pixels to ten digits.`,
      type: (file, type) => `${file} takes ${type}: export it with int8, uint8 or float32.`,
      finite: file => `${file} answers with numbers that are not finite: train it again.`,
    },
    ko: {
      reads: (file, type, low, high) => `이제 ${file} 모델이 답합니다. 입력은 ${type}, 픽셀은 ${low}부터 ${high}까지입니다. `,
      byScale: "입력 스케일을 보고 알았습니다.",
      byTrying: "그려 둔 숫자 열 개로 시험해서 알아냈습니다.",
      tflite: file => `${file}: .tflite 파일이 아닙니다. model.export로 만든 파일을 고르세요.`,
      damaged: file => `${file}: 파일이 손상되었거나 잘렸습니다. 다시 복사하거나 내보내세요.`,
      operators: (file, lacking, known) => `${file}: 이 페이지가 실행할 수 없는 연산이 있습니다. ${lacking}. 실행할 수 있는 연산은 ${known}입니다.`,
      shape: (file, takes, gives) => `${file}: 입력이 ${takes}, 출력이 ${gives}입니다. 28×28픽셀을 받아 숫자 열 개에 답하는 모델을 고르세요.`,
      type: (file, type) => `${file}: 입력이 ${type}입니다. int8, uint8, float32 가운데 하나로 내보내세요.`,
      finite: file => `${file}: 답에 유한하지 않은 수가 있습니다. 모델을 다시 훈련하세요.`,
    },
  }

  // How a pen goes through 0 to 9, as in examples/digit_model.py.
  const DIGITS = [
    "30 0 10 20 0 70 15 100 35 100 55 70 55 25 30 0", "30 0 25 100",
    "5 20 25 0 50 10 50 35 0 100 60 95", "5 10 30 0 50 20 20 45 55 65 40 95 0 90",
    "15 0 0 55 60 50 45 50 55 10 40 100", "55 0 10 0 5 45 40 45 55 70 35 100 0 95",
    "45 0 10 40 0 75 15 100 40 95 50 70 30 55 5 70", "0 5 60 0 25 100",
    "50 10 25 0 5 20 50 70 35 100 10 95 5 75 50 10", "50 20 25 0 5 20 20 45 50 20 45 60 35 100",
  ]

  // What black and white are for a quantized input, as in examples/tflite_run.py.
  function inputRange({ type, scale: [scale], zero }) {
    const [first, last] = type === "int8" ? [-128, 127] : [0, 255]
    const low = (first - zero) * scale, high = (last - zero) * scale
    return high > 16 ? [0, 255] : low > -high / 4 ? [0, 1] : [low, high]
  }

  // What is not said in the file is tried out.
  function understand(buffer) {
    const model = open(buffer)
    const { input, output } = model
    const size = shape => shape.filter(side => side !== 1).join("×") || "1"
    const fits = model.single && ["28×28", "784"].includes(size(input.shape)) && size(output.shape) === "10"
    if (!fits) throw new ModelError("shape", [size(input.shape), size(output.shape)])
    if (input.type === "int32") throw new ModelError("type", [input.type])
    const byScale = input.type !== "float32"
    const ranges = byScale ? [inputRange(input)] : [[0, 1], [-1, 1], [0, 255]]
    const drawn = DIGITS.map(text => prepared([points(text)]))
    const tried = ranges.map(range => drawn.map(picture => answer(model, range, picture)))
    const rows = tried.flat()
    if (!rows.flat().every(Number.isFinite)) throw new ModelError("finite")
    const shares = row => row.every(p => p >= 0) && Math.abs(row.reduce((a, b) => a + b) - 1) < 0.05
    const logits = !rows.every(shares)
    // The mean probability of the right digit, in each range.
    const reads = tried.map(each =>
      each.reduce((all, row, digit) => all + (logits ? softmax(row) : row)[digit] / 10, 0))
    const best = byScale ? 0 : Math.max(reads[0], reads[1]) < 0.3 ? 2 : Number(reads[1] > reads[0] + 0.1)
    return { model, logits, pixels: ranges[best], found: byScale ? "byScale" : "byTrying" }
  }

  // What comes of a file: a sentence, and the model if it can be used.
  DigitDemo.examine = (name, buffer, language) => {
    const text = TEXT[language]
    try {
      const chosen = understand(buffer)
      const [low, high] = chosen.pixels.map(value => Number(value.toFixed(2)))
      const about = text.reads(name, chosen.model.input.type, low, high) + text[chosen.found]
      return { chosen, about }
    } catch (error) {
      if (!(error instanceof ModelError)) throw error
      const details = [].concat(error.detail)
      const known = [...kernels.values()].map(([operator]) => operator).sort().join(", ")
      const about = error.kind === "operators"
        ? text.operators(name, details.join(", "), known) : text[error.kind](name, ...details)
      return { about }
    }
  }
})()
