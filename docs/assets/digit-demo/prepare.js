// From grey pixels to 28x28 pixels like those of MNIST: the steps of examples/digit_image.py under
// the same names; the reasons for them stand there. tests/examples/preparation_cases.json holds
// both to the same pictures. A picture is { data, width, height }, its rows one after another.
//
//   DigitDemo.prepare(grey)                   // 0 black to 255 white
//
// gives 784 numbers, light on black, or throws a PictureError whose `kind` is "nothing", "edge" or
// "several". `DigitDemo.resize(picture, width, height)` makes each pixel the mean of those under it.
;(() => {
  const SIDE = 28, BOX = 20, CENTRE = 14
  const AREA = 160000, SMALL = 64
  const { abs, ceil, floor, max, min, sqrt } = Math

  class PictureError extends Error {
    constructor(kind) {
      super(kind)
      this.kind = kind
    }
  }

  const make = ({ width, height }, compute) => {
    const data = new Float32Array(width * height)
    for (let i = 0; i < data.length; i++) data[i] = compute(i)
    return { data, width, height }
  }
  const longer = picture => max(picture.width, picture.height)
  const shorter = picture => min(picture.width, picture.height)
  // Halves to the even number, as Python does.
  const round = value => (value % 1 === 0.5 ? 2 * Math.round(value / 2) : Math.round(value))
  const sum = list => list.reduce((a, b) => a + b, 0)

  // Of each new pixel the old ones that it covers along an axis, as Pillow's BOX has them.
  function covered(length, to) {
    const scale = length / to
    const reach = max(scale, 1) / 2
    return Array.from({ length: to }, (_, i) => {
      const centre = (i + 0.5) * scale
      let first = max(0, floor(centre - reach + 0.5))
      let last = min(length, floor(centre + reach + 0.5))
      if (first + 0.5 - centre <= -reach) first++
      if (last - 0.5 - centre > reach) last--
      return { first, last }
    })
  }

  function resize({ data, width, height }, newWidth, newHeight) {
    const columns = covered(width, newWidth), rows = covered(height, newHeight)
    const narrow = make({ width: newWidth, height }, i => {
      const { first, last } = columns[i % newWidth]
      const row = floor(i / newWidth) * width
      let all = 0
      for (let x = first; x < last; x++) all += data[row + x]
      return all / (last - first)
    }).data
    return make({ width: newWidth, height: newHeight }, i => {
      const { first, last } = rows[floor(i / newWidth)]
      let all = 0
      for (let y = first; y < last; y++) all += narrow[y * newWidth + (i % newWidth)]
      return all / (last - first)
    })
  }

  function scaled(picture, scale) {
    return resize(picture, ...[picture.width, picture.height].map(n => max(1, round(n * scale))))
  }

  function prepare(grey) {
    const area = grey.width * grey.height
    const digit = find(area > AREA ? scaled(grey, sqrt(AREA / area)) : grey)
    return centre(scaled(digit, BOX / longer(digit)))
  }

  function centre({ data, width, height }) {
    const total = sum(data)
    const place = (size, coordinate) => {
      const mass = data.reduce((all, ink, i) => all + ink * coordinate(i), 0) / total
      return min(SIDE - size, max(0, floor(CENTRE - mass + 0.5)))
    }
    const left = place(width, i => i % width), top = place(height, i => floor(i / width))
    const picture = new Uint8Array(SIDE * SIDE), most = data.reduce((a, b) => max(a, b))
    data.forEach((ink, i) => {
      picture[(top + floor(i / width)) * SIDE + left + (i % width)] = (ink / most) * 255 + 0.5
    })
    return picture
  }

  function find(grey) {
    if (longer(grey) < SMALL) grey = onPaper(grey)
    const dark = findDark(grey), light = findDark(make(grey, i => 255 - grey.data[i]))
    const { digit } = light.fill < dark.fill ? light : dark
    if (digit instanceof PictureError) throw digit
    return digit
  }

  // With two pixels of paper around it.
  function onPaper({ data, width, height }) {
    const at = (x, y) => data[y * width + x]
    const edge = []
    for (let x = 0; x < width; x++) edge.push(at(x, 0), at(x, height - 1))
    for (let y = 0; y < height; y++) edge.push(at(0, y), at(width - 1, y))
    const paper = quantile(Float32Array.from(edge).sort(), 0.5)
    const wide = { width: width + 4, height: height + 4 }
    return make(wide, i => {
      const x = (i % wide.width) - 2, y = floor(i / wide.width) - 2
      return x < 0 || y < 0 || x >= width || y >= height ? paper : at(x, y)
    })
  }

  function quantile(sorted, q) {
    const place = q * (sorted.length - 1), below = floor(place)
    const next = sorted[min(below + 1, sorted.length - 1)]
    return sorted[below] + (next - sorted[below]) * (place - below)
  }

  function findDark(grey) {
    const paper = paperOf(grey).data, soft = blur(grey), size = paper.length
    const ink = make(grey, i => ((paper[i] - grey.data[i]) * 255) / max(paper[i], 40))
    soft.data = soft.data.map((value, i) => ((paper[i] - value) * 255) / max(paper[i], 40))
    const sorted = soft.data.slice().sort(), level = quantile(sorted, 0.25)
    const noise = level - quantile(sorted, 0.05)
    for (const each of [ink, soft]) each.data = each.data.map(value => value - level)
    const most = max(1, floor(size / 1000)), least = min(12 / blockSide(size), 0.2 * shorter(grey))
    let answer = { fill: 3, digit: new PictureError("nothing") }
    for (let time = 0; time < 4; time++) {
      const full = sum(soft.data.slice().sort().slice(-most)) / most
      if (full < max(10, 6 * noise)) break
      const limit = max(0.35 * full, 5 * noise)
      const inked = make(soft, i => soft.data[i] > limit)
      const labels = components(blocksOf(inked)), parts = partsOf(labels, inked, least)
      let edge = parts.filter(part => part.edge), chosen = digitsAmong(parts)
      if (answer.fill === 3 && fillsPicture(edge, labels)) {
        const biggest = max(0, ...chosen.map(part => part.height))
        if (biggest < 0.3 * labels.height) [chosen, edge] = [edge, []]
      }
      if (chosen.length) {
        const found = cut(make(ink, i => ink.data[i] / full), inked, labels, chosen, edge)
        if (standsAlone(grey, full, found.found)) return found
      }
      if (edge.length && full > max(50, 12 * noise))
        answer = { fill: 2, digit: new PictureError("edge") }
      const seen = toPixels(around(make(labels, i => labels.data[i] > 0), 1, 1), soft)
      soft.data = soft.data.map((value, i) => (seen(i) ? 0 : value))
    }
    return answer
  }

  function blur(grey) {
    const sums = longer(grey) < SMALL ? grey : around(grey, 1, 0)
    return make(grey, i => sums.data[i] / (sums === grey ? 1 : 9))
  }

  function paperOf(grey) {
    const reach = max(1, round(sqrt(grey.data.length) / 6))
    return around(around(blur(grey), reach, 1), reach, -1)
  }

  // Of the values in a square around each pixel the largest (1), the smallest (-1) or the sum (0).
  function around(picture, reach, sign) {
    const { width, height } = picture
    for (const [size, stride, other] of [[height, width, 1], [width, 1, width]])
      for (let left = reach, step = 1; left; step *= 3) {
        step = min(step, left)
        left -= step
        const { data } = picture, next = new Float32Array(data.length)
        for (let place = 0; place < size; place++) {
          const before = min(step, place) * stride, after = min(step, size - 1 - place) * stride
          for (let n = data.length / size, i = place * stride; n--; i += other) {
            const a = data[i - before], b = data[i + after], c = data[i]
            const most = sign * a > sign * b ? a : b
            next[i] = sign ? (sign * most > sign * c ? most : c) : a + b + c
          }
        }
        picture = { data: next, width, height }
      }
    return picture
  }

  const blockSide = pixels => ceil(sqrt(pixels / 16000))

  function blocksOf({ data, width, height }) {
    const step = blockSide(data.length)
    const blocks = make({ width: ceil(width / step), height: ceil(height / step) }, () => 0)
    data.forEach((value, i) => {
      const row = floor(floor(i / width) / step)
      blocks.data[row * blocks.width + floor((i % width) / step)] += value / step ** 2
    })
    return blocks
  }

  // A number for each group of blocks that hang together, at their corners too; 0 without ink.
  function components({ data, width, height }) {
    const labels = make({ width, height }, () => 0)
    for (let seed = data.length - 1; seed >= 0; seed--) {
      const open = [seed]
      while (open.length) {
        const i = open.pop()
        if (!data[i] || labels.data[i]) continue
        labels.data[i] = seed + 1
        const x = i % width, y = floor(i / width)
        for (let row = max(0, y - 1); row <= min(height - 1, y + 1); row++)
          for (let column = max(0, x - 1); column <= min(width - 1, x + 1); column++)
            open.push(row * width + column)
      }
    }
    return labels
  }

  // What a pixel of the large picture has in the one of blocks.
  function toPixels({ data, width }, large) {
    const step = blockSide(large.data.length)
    return i => data[floor(floor(i / large.width) / step) * width + floor((i % large.width) / step)]
  }

  function partsOf(labels, inked, least) {
    const shares = blocksOf(inked).data, parts = new Map()
    labels.data.forEach((label, i) => {
      if (!label) return
      const x = i % labels.width, y = floor(i / labels.width)
      if (!parts.has(label))
        parts.set(label, { label, top: y, bottom: 0, left: x, right: 0, ink: 0, edge: 0 })
      const part = parts.get(label)
      part.bottom = y + 1 // rows come in order
      part.left = min(part.left, x)
      part.right = max(part.right, x + 1)
      part.ink += shares[i]
    })
    const { width, height, data } = inked, labelOf = toPixels(labels, inked)
    const side = (length, place) => {
      const counts = new Map()
      for (let i = 0; i < length; i++) {
        const label = data[place(i)] && labelOf(place(i))
        if (label) counts.set(label, (counts.get(label) ?? 0) + 1 / length)
      }
      for (const [label, share] of counts) parts.get(label).edge = max(parts.get(label).edge, share)
    }
    side(width, i => i)
    side(width, i => (height - 1) * width + i)
    side(height, i => i * width)
    side(height, i => i * width + width - 1)
    for (const part of parts.values()) {
      part.height = part.bottom - part.top
      part.width = part.right - part.left
    }
    const large = [...parts.values()].filter(part => longer(part) >= least)
    return large.sort((a, b) => a.label - b.label)
  }

  const isSolid = ({ ink, width, height }) =>
    width > 2.5 * height || (ink > 0.75 * height * width && width > 0.4 * height)

  const contains = (a, b) =>
    a.top < b.top && a.left < b.left && a.bottom > b.bottom && a.right > b.right &&
    b.height > 0.2 * a.height

  const gapOf = (a, b) =>
    max(a.left - b.right, b.left - a.right, a.top - b.bottom, b.top - a.bottom, 0)

  function digitsAmong(parts) {
    const inner = parts.filter(part => !part.edge && !isSolid(part))
    return inner.filter(part => !inner.some(other => contains(part, other)))
  }

  function fillsPicture(edge, labels) {
    if (!edge.length) return false
    const { data, width, height } = labels, slack = 0.08 * longer(labels)
    const mine = data.map(label => edge.some(part => part.label === label))
    const border = mine.filter((_, i) => {
      const x = i % width, y = floor(i / width)
      return !x || !y || x === width - 1 || y === height - 1
    })
    return (
      min(...edge.map(part => part.top)) <= slack &&
      min(...edge.map(part => part.left)) <= slack &&
      max(...edge.map(part => part.bottom)) >= height - slack &&
      max(...edge.map(part => part.right)) >= width - slack &&
      sum(border) / border.length < 0.5 &&
      sum(mine) / mine.length < 0.75 &&
      width < 1.7 * height
    )
  }

  function cut(ink, inked, labels, chosen, edge) {
    const main = chosen.reduce((a, b) => (b.ink > a.ink ? b : a))
    const fill = main.ink / (main.height * main.width), size = longer(main)
    const mine = [main.label]
    let several = false
    for (const part of chosen) {
      if (part === main) continue
      const gap = gapOf(main, part), far = gap > 0.15 * size
      const alike =
        part.height > 0.5 * main.height || (part.width > 0.5 * main.width && gap > 0.1 * size)
      several ||= (gap > 0 && alike) || (far && part.ink > 0.25 * main.ink)
      if (!far) mine.push(part.label)
    }
    const blocks = make(labels, i => mine.includes(labels.data[i]))
    const isMine = toPixels(around(blocks, 1, 1), ink)
    const found = make(inked, i => inked.data[i] && isMine(i))
    if (several) return { fill, digit: new PictureError("several"), found }
    const reaches = part =>
      part.edge < 0.5 && part.ink > 0.25 * main.ink && !contains(part, main)
    if (edge.some(reaches)) return { fill, digit: new PictureError("edge"), found }
    const { width } = ink
    let top = Infinity, left = Infinity, bottom = 0, right = 0
    found.data.forEach((value, i) => {
      if (!value) return
      const x = i % width, y = floor(i / width)
      top = min(top, y)
      bottom = y + 1
      left = min(left, x)
      right = max(right, x + 1)
    })
    const digit = make({ width: right - left, height: bottom - top }, i => {
      const place = (top + floor(i / (right - left))) * width + left + (i % (right - left))
      return isMine(place) * max(0, min(1, (ink.data[place] - 0.15) / 0.7))
    })
    return { fill, digit, found }
  }

  function standsAlone(grey, full, found) {
    const near = longer(grey) < SMALL ? 1 : 2
    const inside = around(found, near, 1).data, outside = around(found, near + 2, 1).data
    const on = make(grey, i => (found.data[i] ? grey.data[i] : 255))
    const dark = around(on, near + 4, -1).data
    const ring = [...grey.data.keys()].filter(i => outside[i] && !inside[i])
    const lighter = ring.filter(i => grey.data[i] > dark[i] + 0.15 * full)
    return !ring.length || lighter.length > 0.9 * ring.length
  }

  globalThis.DigitDemo = { ...globalThis.DigitDemo, PictureError, prepare, resize }
})()
