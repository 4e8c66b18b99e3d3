// Runs a .tflite file of a small picture network: what LiteRT does, for the operators in `kernels`.
// In int8 its answers are LiteRT's, byte for byte (tests/site/test_digit_demo.py).
//
//   const model = DigitDemo.open(buffer)     // throws a ModelError
//   model.input, model.output                // { name, type, shape, scale, zero, data }
//   model.run(numbers)                       // in the input's type; the output's data
//   model.steps                              // in order, { name, output } each
;(() => {
  // `kind`: "tflite", "damaged" or "operators"; `detail`: what is lacking.
  class ModelError extends Error {
    constructor(kind, detail = "", cause) {
      super(`${kind} ${detail}`, { cause })
      Object.assign(this, { kind, detail })
    }
  }
  const need = holds => {
    if (!holds) throw new RangeError("a number that does not fit")
  }
  class Lacking extends Error {}
  const allow = (holds, what) => {
    if (!holds) throw new Lacking(what)
  }

  // ---------- The file: a flatbuffer of tables; a vtable says where a table's fields are.

  function table(view, at) {
    const vtable = at - view.getInt32(at, true)
    const place = id => {
      const slot = 4 + 2 * id
      const offset = slot < view.getUint16(vtable, true) ? view.getUint16(vtable + slot, true) : 0
      return offset && at + offset
    }
    const follow = from => from + view.getUint32(from, true)
    const number = read => (id, otherwise = 0) => (place(id) ? view[read](place(id), true) : otherwise)
    // A vector, as an array of its own.
    const array = (id, Type) => {
      if (!place(id)) return new Type(0)
      const start = follow(place(id)) + 4
      const end = start + view.getUint32(start - 4, true) * Type.BYTES_PER_ELEMENT
      need(end <= view.byteLength)
      return new Type(view.buffer.slice(start, end))
    }
    return {
      byte: number("getInt8"),
      int: number("getInt32"),
      float: number("getFloat32"),
      long: id => Number(number("getBigUint64")(id, 0n)),
      array,
      text: id => new TextDecoder().decode(array(id, Uint8Array)),
      table: id => (place(id) ? table(view, follow(place(id))) : null),
      tables: id => {
        const start = place(id) && follow(place(id)) + 4
        return Array.from(array(id, Uint32Array), (offset, i) => table(view, start + 4 * i + offset))
      },
    }
  }

  const ARRAYS = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array, int8: Int8Array }
  const TYPES = "float32 float16 int32 uint8 int64 string bool int16 complex64 int8".split(" ")
  const count = shape => shape.reduce((all, side) => all * side, 1)

  function tensorOf(entry, buffers, file) {
    const type = TYPES[entry.byte(1)] ?? `type ${entry.byte(1)}`
    const shape = [...entry.array(0, Int32Array)]
    const quantization = entry.table(4)
    const scale = quantization?.array(2, Float32Array) ?? []
    const zeros = quantization?.array(3, BigInt64Array) ?? []
    const tensor = { name: entry.text(3), type, shape, scale, zero: Number(zeros[0] ?? 0) }
    need(zeros.every(zero => zero === zeros[0])) // with a scale for each channel it is 0
    const buffer = buffers[entry.int(2)]
    let bytes = buffer.array(0, Uint8Array)
    const start = buffer.long(1) // of what is kept behind the flatbuffer
    if (start > 1) bytes = new Uint8Array(file.slice(start, start + buffer.long(2)))
    const List = ARRAYS[type]
    if (!List) return tensor // fine as long as no operator reads it
    const size = count(shape)
    need(size >= 0 && size < 2 ** 24)
    if (bytes.length) need(bytes.length === size * List.BYTES_PER_ELEMENT)
    tensor.data = bytes.length ? new List(bytes.buffer) : new List(size)
    return tensor
  }

  // ---------- Numbers, rounded where LiteRT rounds them: in float32, halves to even.

  const { ceil, floor, fround, max, min } = Math
  const round = value => fround(value + 12582912) - 12582912 // 1.5 * 2 ** 23: no bit left for halves
  const isFloat = tensor => tensor.type === "float32"
  const range = { int8: [-128, 127], uint8: [0, 255], float32: [-Infinity, Infinity] }

  // What an activation that is part of an operator lets through, in the numbers of its output.
  function limits(output, activation) {
    const steps = value =>
      isFloat(output) ? value : round(fround(value / output.scale[0])) + output.zero
    let [low, high] = range[output.type]
    allow(activation < 4, "TANH")
    if (activation === 2) [low, high] = [max(low, steps(-1)), min(high, steps(1))]
    else if (activation) low = max(low, steps(0))
    if (activation === 3) high = min(high, steps(6))
    return [low, high]
  }

  // From a sum to a number of the output; `factors` has one for each channel.
  function finish(output, activation, factors) {
    const [low, high] = limits(output, activation)
    if (isFloat(output)) return sum => min(high, max(low, fround(sum)))
    const { zero } = output
    return (sum, channel) =>
      min(high, max(low, round(fround(fround(sum) * factors[channel])) + zero))
  }

  // A tensor's numbers without their zero point, as floats: whole numbers are exact in them.
  function centred(tensor, room = new Float32Array(tensor.data.length)) {
    const { data, zero } = tensor
    for (let i = 0; i < room.length; i++) room[i] = data[i] - zero
    return room
  }

  const sameKind = (...tensors) =>
    tensors.every(tensor => tensor.type in range && isFloat(tensor) === isFloat(tensors[0]))

  // The weights, the bias and the factors of a layer with this many channels.
  function layer(input, weights, bias, output, channels) {
    allow(sameKind(input, weights, output) && input.type === output.type)
    need(!bias || bias.data.length === channels)
    const factors = Float32Array.from({ length: channels }, (_, i) =>
      fround(
        fround(input.scale[0] * (weights.scale[i] ?? weights.scale[0])) / output.scale[0],
      ),
    )
    return { bias: bias?.data ?? new Float32Array(channels), factors, w: centred(weights) }
  }

  // ---------- The operators. Each takes its tensors and options, and gives what runs it.

  // Where a window of this length lies along one axis: its first place, cut to the picture.
  function axis(size, length, step, same, places) {
    need(places === ceil((same ? size : size - length + 1) / step))
    const before = same ? max(0, (places - 1) * step + length - size) >> 1 : 0
    return Array.from({ length: places }, (_, i) => {
      const from = i * step - before
      return { from, start: max(0, from), end: min(size, from + length) }
    })
  }

  // Weights in the order of the inputs, for each the channels.
  const byInput = (w, channels) => {
    const inputs = w.length / channels
    return w.map((_, i) => w[(i % channels) * inputs + floor(i / channels)])
  }

  // Each input times its weights. Most inputs are 0: black, or nothing found.
  function addTo(sums, room, a, length, w, b) {
    for (let i = 0; i < length; i++) {
      const value = room[a + i]
      if (!value) continue
      const from = (b + i) * sums.length
      for (let channel = 0; channel < sums.length; channel++) sums[channel] += value * w[from + channel]
    }
  }

  const convolution = depthwise => ([input, weights, bias], output, options) => {
    const [batch, height, width, depth] = input.shape
    const [, rows, columns, last] = weights.shape
    const channels = output.shape[3]
    const dilations = depthwise ? [5, 6] : [4, 5]
    allow(dilations.every(id => options.int(id, 1) === 1), "dilation")
    allow(depthwise || last === depth, "groups")
    need(batch === 1 && channels === (depthwise ? last : weights.shape[0]))
    const same = options.byte(0) === 0
    const down = axis(height, rows, options.int(2), same, output.shape[1])
    const along = axis(width, columns, options.int(1), same, output.shape[2])
    const { bias: first, factors, w } = layer(input, weights, bias, output, channels)
    const to = finish(output, options.byte(depthwise ? 4 : 3), factors)
    const room = new Float32Array(input.data.length), sums = new Float64Array(channels)
    const multiplier = channels / depth
    const across = (a, b) => {
      for (let channel = 0; channel < channels; channel++)
        sums[channel] += room[a + floor(channel / multiplier)] * w[b * channels + channel]
    }
    const byChannel = depthwise || byInput(w, channels)
    return () => {
      centred(input, room)
      let place = 0
      for (const y of down)
        for (const x of along) {
          sums.set(first)
          for (let row = y.start; row < y.end; row++) {
            const a = row * width + x.start, b = (row - y.from) * columns + x.start - x.from
            const length = x.end - x.start
            if (!depthwise) addTo(sums, room, a * depth, length * depth, byChannel, b * depth)
            else for (let i = 0; i < length; i++) across((a + i) * depth, b + i)
          }
          for (const [channel, sum] of sums.entries()) output.data[place++] = to(sum, channel)
        }
    }
  }

  function fullyConnected([input, weights, bias], output, options) {
    const [channels, length] = weights.shape
    const { bias: first, factors, w } = layer(input, weights, bias, output, channels)
    const to = finish(output, options.byte(0), factors)
    const room = new Float32Array(input.data.length), sums = new Float64Array(channels)
    const byChannel = byInput(w, channels)
    need(output.data.length * length === input.data.length * channels)
    return () => {
      centred(input, room)
      for (let from = 0, place = 0; from < room.length; from += length) {
        sums.set(first)
        addTo(sums, room, from, length, byChannel, 0)
        for (const [channel, sum] of sums.entries()) output.data[place++] = to(sum, channel)
      }
    }
  }

  const pool = start => ([input], output, options) => {
    const [batch, height, width, depth] = input.shape
    need(batch === 1 && depth === output.shape[3])
    allow(input.type === output.type && input.type in range)
    const same = options.byte(0) === 0
    const down = axis(height, options.int(4), options.int(2), same, output.shape[1])
    const along = axis(width, options.int(3), options.int(1), same, output.shape[2])
    const [low, high] = limits(output, options.byte(5))
    const { data } = input
    const mean = (sum, n) =>
      isFloat(input) ? sum / n : Math.trunc((sum + Math.sign(sum) * (n >> 1)) / n)
    return () => {
      let place = 0
      for (const y of down)
        for (const x of along)
          for (let channel = 0; channel < depth; channel++) {
            let found = start
            for (let row = y.start; row < y.end; row++)
              for (let column = x.start; column < x.end; column++) {
                const value = data[(row * width + column) * depth + channel]
                found = start ? max(found, value) : found + value
              }
            if (!start) found = mean(found, (y.end - y.start) * (x.end - x.start))
            output.data[place++] = min(high, max(low, found))
          }
    }
  }

  function softmax([input], output, options) {
    const length = input.shape.at(-1)
    const beta = options.float(0)
    allow(sameKind(input, output) && input.type === output.type)
    need(input.data.length === output.data.length)
    const [low, high] = range[output.type]
    // Of the distance to the largest number; in whole numbers there are 256 at the most.
    const power = isFloat(input)
      ? distance => fround(Math.exp(fround(beta * distance)))
      : distance => fround(Math.exp(fround(fround(input.scale[0] * beta) * distance)))
    return () => {
      for (let from = 0; from < input.data.length; from += length) {
        const row = input.data.subarray(from, from + length)
        const largest = row.reduce((a, b) => max(a, b))
        const powers = Float32Array.from(row, value => power(value - largest))
        const sum = powers.reduce((a, b) => fround(a + b), 0)
        const factor = isFloat(input) ? fround(1 / sum) : fround(1 / fround(sum * output.scale[0]))
        powers.forEach((value, i) => {
          const share = fround(value * factor)
          output.data[from + i] = isFloat(input)
            ? share
            : min(high, max(low, round(share) + output.zero))
        })
      }
    }
  }

  function reshape([input], output) {
    allow(input.type === output.type && input.data)
    need(input.data.length === output.data.length)
    return () => output.data.set(input.data)
  }

  // By the number that the format gives them. operators.js has more, for a reader's own file.
  const kernels = new Map([
    [3, ["CONV_2D", convolution(false)]],
    [4, ["DEPTHWISE_CONV_2D", convolution(true)]],
    [9, ["FULLY_CONNECTED", fullyConnected]],
    [17, ["MAX_POOL_2D", pool(-Infinity)]],
    [22, ["RESHAPE", reshape]],
    [25, ["SOFTMAX", softmax]],
  ])

  function open(file) {
    const view = new DataView(file)
    if (file.byteLength < 8 || view.getUint32(4, true) !== 0x334c4654) throw new ModelError("tflite")
    try {
      return read(view, file)
    } catch (error) {
      throw error instanceof ModelError ? error : new ModelError("damaged", "", error)
    }
  }

  function read(view, file) {
    const root = table(view, view.getUint32(0, true))
    const [graph] = root.tables(2)
    const buffers = root.tables(4)
    const tensors = graph.tables(0).map(entry => tensorOf(entry, buffers, file))
    const codes = root.tables(1).map(code => ({
      code: max(code.byte(0), code.int(3)),
      custom: code.text(1),
    }))
    const lacking = new Set()
    const steps = graph.tables(3).map(operator => {
      const { code, custom } = codes[operator.int(0)]
      const [name, build] = kernels.get(code) ?? [custom || DigitDemo.names?.[code] || `operator ${code}`]
      const indices = [...operator.array(1, Int32Array)]
      need(indices.every(i => i === -1 || tensors[i]))
      const inputs = indices.map(i => tensors[i])
      const [output, ...more] = [...operator.array(2, Int32Array)].map(i => tensors[i])
      try {
        allow(build)
        allow(inputs.every(input => !input || input.data) && output.data && !more.length)
        return { name, output, run: build(inputs, output, operator.table(4)) }
      } catch (error) {
        if (!(error instanceof Lacking)) throw error
        const types = [...new Set(inputs.map(input => input?.type).filter(Boolean))].join(", ")
        lacking.add(build ? `${name} (${error.message || types})` : name)
      }
    })
    if (lacking.size) throw new ModelError("operators", [...lacking])
    const ends = id => [...graph.array(id, Int32Array)].map(i => tensors[i])
    const [inputs, outputs] = [ends(1), ends(2)]
    need(inputs.length && outputs.length && [...inputs, ...outputs].every(end => end?.data))
    return {
      input: inputs[0],
      output: outputs[0],
      single: inputs.length === 1 && outputs.length === 1,
      steps,
      run(numbers) {
        inputs[0].data.set(numbers)
        for (const step of steps) step.run()
        return outputs[0].data
      },
    }
  }

  const tools = { allow, need, isFloat, sameKind, range, limits, finish, pool, reshape }
  globalThis.DigitDemo = { ...globalThis.DigitDemo, ModelError, open, kernels, tools }
})()
