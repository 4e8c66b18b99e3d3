// The operators that a reader's own .tflite file may need beyond those of interpreter.js, and the
// names of all that the format has. Loaded when such a file is chosen.
;(() => {
  const { allow, need, isFloat, sameKind, range, limits, finish, pool, reshape } = DigitDemo.tools
  const { floor, fround, max, min } = Math

  // The mean of each channel of a picture.
  function mean([input, axes], output) {
    const [batch, height, width, depth] = input.shape
    allow(sameKind(input, output) && input.type === output.type)
    allow(input.shape.length === 4 && batch === 1 && String([...axes.data].sort()) === "1,2", "axes")
    need(output.data.length === depth)
    const n = height * width
    const factor = isFloat(input) ? 0 : fround(fround(input.scale[0] / output.scale[0]) / n)
    const to = finish(output, 0, new Float32Array(depth).fill(factor))
    return () => {
      for (let channel = 0; channel < depth; channel++) {
        let sum = 0
        for (let i = channel; i < n * depth; i += depth) sum += input.data[i] - input.zero
        output.data[channel] = to(isFloat(input) ? sum / n : sum, channel)
      }
    }
  }

  // Two tensors, number by number; the smaller one is repeated along the last axes.
  const pairs = (compute, inWhole) => ([a, b], output, options) => {
    if (b.data.length > a.data.length) [a, b] = [b, a]
    allow(a.type === b.type && a.type === output.type && a.type in range)
    const tail = b.shape.slice(b.shape.findIndex(side => side > 1))
    allow(b.data.length === 1 || String(a.shape.slice(-tail.length)) === String(tail), "shapes")
    need(output.data.length === a.data.length)
    const to = isFloat(a)
      ? [compute, finish(output, options?.byte(0) ?? 0)]
      : inWhole(a, b, output, options?.byte(0) ?? 0)
    return () => {
      for (let i = 0; i < a.data.length; i++)
        output.data[i] = to[1](to[0](a.data[i] - a.zero, b.data[i % b.data.length] - b.zero), 0)
    }
  }

  const multiply = (a, b) => a * b
  const inFloat = (a, b, output, activation) =>
    [multiply, finish(output, activation, [fround(fround(a.scale[0] * b.scale[0]) / output.scale[0])])]

  // In fixed point: both scales are whole numbers of 21 bits over the same power of two.
  function inFixedPoint(a, b, output, activation) {
    const scales = [a, b].map(({ scale }) => fround(scale[0] / output.scale[0]))
    const shift = 20 - floor(Math.log2(max(...scales)))
    need(shift > 0 && shift < 31)
    const [first, second] = scales.map(scale => Math.round(scale * 2 ** shift))
    const [low, high] = limits(output, activation)
    return [
      (x, y) => floor((x * first + y * second) / 2 ** shift + 0.5),
      sum => min(high, max(low, sum + output.zero)),
    ]
  }

  const each = (compute, whole) => ([input], output) => {
    const alike = input.scale[0] === output.scale[0] && input.zero === output.zero
    allow(input.type === output.type && (isFloat(input) || (whole && alike)))
    need(input.data.length === output.data.length)
    return () => {
      for (let i = 0; i < input.data.length; i++) output.data[i] = compute(input.data[i], input.zero)
    }
  }

  function quantize([input], output) {
    allow(input.type in range && output.type in range && !isFloat(output))
    need(input.data.length === output.data.length)
    const scale = isFloat(input) ? 1 : input.scale[0]
    const to = finish(output, 0, [fround(scale / output.scale[0])])
    return () => {
      for (let i = 0; i < input.data.length; i++)
        output.data[i] = to(input.data[i] - input.zero, 0)
    }
  }

  function dequantize([input], output) {
    allow(input.type in range && isFloat(output))
    need(input.data.length === output.data.length)
    return () => {
      for (let i = 0; i < input.data.length; i++)
        output.data[i] = (input.data[i] - input.zero) * input.scale[0]
    }
  }

  // A free batch leaves these behind, to reckon shapes. Here a batch is one picture, and its
  // shapes stand in the file.
  function shapes(inputs, output) {
    allow(output.type === "int32")
    return () => {}
  }

  const more = [
    [0, ["ADD", pairs((a, b) => a + b, inFixedPoint)]],
    [1, ["AVERAGE_POOL_2D", pool(0)]],
    [6, ["DEQUANTIZE", dequantize]],
    [14, ["LOGISTIC", each(value => 1 / (1 + Math.exp(-value)))]],
    [18, ["MUL", pairs(multiply, inFloat)]],
    [19, ["RELU", each((value, zero) => max(value, zero), true)]],
    [28, ["TANH", each(Math.tanh)]],
    [40, ["MEAN", mean]],
    [43, ["SQUEEZE", reshape]],
    [45, ["STRIDED_SLICE", shapes]],
    [70, ["EXPAND_DIMS", reshape]],
    [77, ["SHAPE", shapes]],
    [83, ["PACK", shapes]],
    [114, ["QUANTIZE", quantize]],
  ]
  for (const [code, kernel] of more) DigitDemo.kernels.set(code, kernel)

  // By their numbers, from 0.
  DigitDemo.names = `
    ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE
    EMBEDDING_LOOKUP FLOOR FULLY_CONNECTED HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D
    LOCAL_RESPONSE_NORMALIZATION LOGISTIC LSH_PROJECTION LSTM MAX_POOL_2D MUL RELU RELU_N1_TO_1
    RELU6 RESHAPE RESIZE_BILINEAR RNN SOFTMAX SPACE_TO_DEPTH SVDF TANH CONCAT_EMBEDDINGS SKIP_GRAM
    CALL CUSTOM EMBEDDING_LOOKUP_SPARSE PAD UNIDIRECTIONAL_SEQUENCE_RNN GATHER BATCH_TO_SPACE_ND
    SPACE_TO_BATCH_ND TRANSPOSE MEAN SUB DIV SQUEEZE UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE
    BIDIRECTIONAL_SEQUENCE_RNN EXP TOPK_V2 SPLIT LOG_SOFTMAX DELEGATE BIDIRECTIONAL_SEQUENCE_LSTM
    CAST PRELU MAXIMUM ARG_MAX MINIMUM LESS NEG PADV2 GREATER GREATER_EQUAL LESS_EQUAL SELECT
    SLICE SIN TRANSPOSE_CONV SPARSE_TO_DENSE TILE EXPAND_DIMS EQUAL NOT_EQUAL LOG SUM SQRT RSQRT
    SHAPE POW ARG_MIN FAKE_QUANT REDUCE_PROD REDUCE_MAX PACK LOGICAL_OR ONE_HOT LOGICAL_AND
    LOGICAL_NOT UNPACK REDUCE_MIN FLOOR_DIV REDUCE_ANY SQUARE ZEROS_LIKE FILL FLOOR_MOD RANGE
    RESIZE_NEAREST_NEIGHBOR LEAKY_RELU SQUARED_DIFFERENCE MIRROR_PAD ABS SPLIT_V UNIQUE CEIL
    REVERSE_V2 ADD_N GATHER_ND COS WHERE RANK ELU REVERSE_SEQUENCE MATRIX_DIAG QUANTIZE
    MATRIX_SET_DIAG ROUND HARD_SWISH IF WHILE NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5
    SCATTER_ND SELECT_V2 DENSIFY SEGMENT_SUM BATCH_MATMUL PLACEHOLDER_FOR_GREATER_OP_CODES CUMSUM
    CALL_ONCE BROADCAST_TO RFFT2D CONV_3D IMAG REAL COMPLEX_ABS HASHTABLE HASHTABLE_FIND
    HASHTABLE_IMPORT HASHTABLE_SIZE REDUCE_ALL CONV_3D_TRANSPOSE VAR_HANDLE READ_VARIABLE
    ASSIGN_VARIABLE BROADCAST_ARGS RANDOM_STANDARD_NORMAL BUCKETIZE RANDOM_UNIFORM MULTINOMIAL
    GELU DYNAMIC_UPDATE_SLICE RELU_0_TO_1 UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_MAX
    UNSORTED_SEGMENT_SUM ATAN2 UNSORTED_SEGMENT_MIN SIGN BITCAST BITWISE_XOR RIGHT_SHIFT
    STABLEHLO_LOGISTIC STABLEHLO_ADD STABLEHLO_DIVIDE STABLEHLO_MULTIPLY STABLEHLO_MAXIMUM
    STABLEHLO_RESHAPE STABLEHLO_CLAMP STABLEHLO_CONCATENATE STABLEHLO_BROADCAST_IN_DIM
    STABLEHLO_CONVOLUTION STABLEHLO_SLICE STABLEHLO_CUSTOM_CALL STABLEHLO_REDUCE STABLEHLO_ABS
    STABLEHLO_AND STABLEHLO_COSINE STABLEHLO_EXPONENTIAL STABLEHLO_FLOOR STABLEHLO_LOG
    STABLEHLO_MINIMUM STABLEHLO_NEGATE STABLEHLO_OR STABLEHLO_POWER STABLEHLO_REMAINDER
    STABLEHLO_RSQRT STABLEHLO_SELECT STABLEHLO_SUBTRACT STABLEHLO_TANH STABLEHLO_SCATTER
    STABLEHLO_COMPARE STABLEHLO_CONVERT STABLEHLO_DYNAMIC_SLICE STABLEHLO_DYNAMIC_UPDATE_SLICE
    STABLEHLO_PAD STABLEHLO_IOTA STABLEHLO_DOT_GENERAL STABLEHLO_REDUCE_WINDOW STABLEHLO_SORT
    STABLEHLO_WHILE STABLEHLO_GATHER STABLEHLO_TRANSPOSE DILATE STABLEHLO_RNG_BIT_GENERATOR
    REDUCE_WINDOW STABLEHLO_COMPOSITE STABLEHLO_SHIFT_LEFT STABLEHLO_CBRT
  `.trim().split(/\s+/)
})()
