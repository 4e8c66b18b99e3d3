// <digit-demo>: draw a digit, and the model of examples/models answers, in the browser alone.
//
// In a page of this site, within a block of HTML:
//
//   <div>
//   <digit-demo><noscript>Drawing here needs JavaScript.</noscript></digit-demo>
//   </div>
//
// Attributes: `compact` leaves the field, the picture, the bars, undo and clear; `lang` is "en" or
// "ko", else it is that of the page. assets/site.js loads this folder once the element comes near
// the window of a page at rest. Elsewhere: load interpreter.js, prepare.js and this file, in this
// order, as classic scripts (a browser loads no modules from a folder), with element.css and
// mnist_int8.tflite beside them, and mnist_int8.js for `file:`, where there is no fetch
// (tools/site/digit_demo.py writes both).
;(() => {
  const { PictureError, open, prepare, resize } = DigitDemo
  const FOLDER = new URL(".", document.currentScript.src)
  const FIELD = 112, PEN = 7 // units, of which 4 are a pixel of 28x28
  const SHEET = 128, DRAWN = 80, DRAWN_PEN = 8 // pixels: what the preparation gets
  const STEP = 4 // of the pen, by key
  const SURE = 0.7 // as in examples/predict.py

  const TEXT = {
    en: {
      field: "Field to draw a digit in",
      role: "drawing field",
      keys: "Keys: arrows move the pen, Space puts it down and lifts it, Backspace takes back, Delete clears.",
      down: "Pen down.",
      up: "Pen up.",
      seen: "What the model sees",
      bars: "Probability of each digit",
      undo: "Undo",
      clear: "Clear",
      loading: "The model is being loaded.",
      failed: "The model could not be loaded: reload the page.",
      empty: "Draw a digit from 0 to 9.",
      sure: (a, p) => `The model says ${a} (${p}).`,
      torn: (a, p, b, q) => `The model is torn between ${a} (${p}) and ${b} (${q}).`,
      unsure: (a, p) => `The model is unsure. Its best guess is ${a} (${p}).`,
      nothing: "Nothing here looks like a digit yet: go on, or draw a larger one.",
      edge: "The digit reaches the edge: leave some paper around it.",
      several: "There is more than one thing here: draw a single digit.",
      skip: "Skip the preparation: only squeeze the field to 28×28",
      hard: "Hard ones:",
      between: (a, b) => `${a} or ${b}?`,
      layer: "What the first layer sees",
      maps: (n, h, w, name) => `The first layer (${name}) makes ${n} pictures of ${h}×${w} from it. The lighter a pixel, the more of its pattern the filter has found there.`,
      units: (n, name) => `The first layer (${name}) makes ${n} numbers from it, one square each. The lighter, the larger.`,
      own: "Try a model of your own (.tflite)",
      private: "The file stays on this device.",
      back: "Back to the site's model",
      unread: file => `${file} could not be read: choose it again.`,
      site: "mnist_int8.tflite answers. It counts in steps of 1/256, so the most it can say is 255/256, or 99.6%.",
    },
    ko: {
      field: "숫자를 그리는 칸",
      role: "그리기 칸",
      keys: "키보드: 화살표로 펜을 움직이고, 스페이스로 펜을 대거나 떼고, 백스페이스로 되돌리고, Delete로 모두 지웁니다.",
      down: "펜을 댔습니다.",
      up: "펜을 뗐습니다.",
      seen: "모델이 보는 그림",
      bars: "숫자마다의 확률",
      undo: "되돌리기",
      clear: "지우기",
      loading: "모델을 불러오고 있습니다.",
      failed: "모델을 불러오지 못했습니다. 페이지를 새로 고쳐 보세요.",
      empty: "0부터 9까지 숫자 하나를 그려 보세요.",
      sure: (a, p) => `모델의 답은 ${a}입니다(${p}).`,
      torn: (a, p, b, q) => `모델이 ${a}(${p})${"2459".includes(a) ? "와" : "과"} ${b}(${q}) 사이에서 망설입니다.`,
      unsure: (a, p) => `모델이 자신 없어 합니다. 그나마 가까운 답은 ${a}입니다(${p}).`,
      nothing: "아직 숫자처럼 보이지 않습니다. 이어서 그리거나 더 크게 그려 보세요.",
      edge: "숫자가 가장자리에 닿았습니다. 둘레를 조금 비워 두세요.",
      several: "두 개 이상이 보입니다. 숫자 하나만 그려 보세요.",
      skip: "준비하지 않고 28×28로 줄이기만 하기",
      hard: "어려운 숫자:",
      between: (a, b) => `${a}? ${b}?`,
      layer: "첫 층이 보는 것",
      maps: (n, h, w, name) => `첫 층(${name})은 이 그림으로 ${h}×${w} 그림 ${n}장을 만듭니다. 필터가 찾는 무늬와 닮은 곳일수록 밝습니다.`,
      units: (n, name) => `첫 층(${name})은 이 그림으로 수 ${n}개를 만듭니다. 네모 하나가 수 하나이고, 클수록 밝습니다.`,
      own: "내 모델(.tflite)로 해 보기",
      private: "파일은 이 기기를 떠나지 않습니다.",
      back: "원래 모델로 돌아가기",
      unread: file => `${file}: 파일을 읽지 못했습니다. 다시 골라 보세요.`,
      site: "지금 답하는 모델은 mnist_int8.tflite입니다. 1/256 단위로 세므로, 말할 수 있는 가장 큰 확률은 255/256, 곧 99.6%입니다.",
    },
  }

  // ---------- Ink: strokes are lists of points, x and y in turn, in units of the field.

  const points = text => text.split(" ").map(Number)

  // The ink in each pixel of a square, 0 to 1.
  function inkOf(strokes, side, pen) {
    const data = new Float32Array(side * side), reach = pen / 2 + 1
    for (const line of strokes)
      for (let i = 0; i < line.length; i += 2) {
        const [ax, ay, bx = ax, by = ay] = line.slice(i, i + 4)
        const [dx, dy] = [bx - ax, by - ay]
        const from = (a, b) => Math.max(0, Math.floor(Math.min(a, b) - reach))
        const to = (a, b) => Math.min(side, Math.ceil(Math.max(a, b) + reach))
        for (let y = from(ay, by); y < to(ay, by); y++)
          for (let x = from(ax, bx); x < to(ax, bx); x++) {
            const [px, py] = [x + 0.5 - ax, y + 0.5 - ay]
            const t = Math.max(0, Math.min(1, (px * dx + py * dy) / (dx * dx + dy * dy || 1)))
            const ink = pen / 2 + 0.5 - Math.hypot(px - t * dx, py - t * dy)
            const at = y * side + x
            if (ink > data[at]) data[at] = Math.min(1, ink)
          }
      }
    return { data, width: side, height: side }
  }

  // Drawn again on a sheet of its own, as long as a pen of this width needs to give MNIST's strokes:
  // a small digit would be a blot. Then it goes the way of a photo.
  function prepared(strokes) {
    const along = axis => strokes.flatMap(line => line.filter((_, i) => i % 2 === axis))
    const ends = [0, 1].map(axis => [Math.min(...along(axis)), Math.max(...along(axis))])
    const [width, height] = ends.map(([low, high]) => high - low)
    const scale = DRAWN / Math.max(width, height, DRAWN / 4) // a dot stays a dot
    const middle = ends.map(([low, high]) => (low + high) / 2)
    const again = strokes.map(line => line.map((at, i) => (at - middle[i % 2]) * scale + SHEET / 2))
    const ink = inkOf(again, SHEET, DRAWN_PEN)
    return prepare({ ...ink, data: ink.data.map(value => 255 * (1 - value)) })
  }

  // What the shortest recipes do: the whole field, squeezed.
  function squeezed(strokes) {
    return Uint8Array.from(resize(inkOf(strokes, FIELD, PEN), 28, 28).data, value => Math.round(255 * value))
  }

  // ---------- The model: from pixels, 0 to 255, to ten probabilities.

  function softmax(row) {
    const powers = row.map(value => Math.exp(value - Math.max(...row)))
    return powers.map(power => power / powers.reduce((a, b) => a + b))
  }

  function answer(model, [low, high], pixels) {
    const { type, scale, zero } = model.input
    const values = Float32Array.from(pixels, value => low + (value / 255) * (high - low))
    const limits = type === "int8" ? [-128, 127] : [0, 255]
    const whole = value => Math.max(limits[0], Math.min(limits[1], Math.round(value / scale[0]) + zero))
    const row = [...model.run(type === "float32" ? values : values.map(whole))]
    const out = model.output
    return out.type === "float32" ? row : row.map(value => (value - out.zero) * out.scale[0])
  }

  const scripts = new Map()
  function load(name) {
    if (!scripts.has(name))
      scripts.set(name, new Promise((onload, onerror) => {
        const src = new URL(name, FOLDER)
        document.head.append(Object.assign(document.createElement("script"), { src, onload, onerror }))
      }))
    return scripts.get(name)
  }

  // The model of the site, asked for once.
  let loading
  function siteModel() {
    loading ??= bytes().then(buffer => ({ model: open(buffer), pixels: [0, 255], logits: false }))
    return loading
  }

  async function bytes() {
    const address = new URL("mnist_int8.tflite", FOLDER)
    if (FOLDER.protocol !== "file:") {
      const response = await fetch(address)
      if (!response.ok) throw new Error(`${response.status} for ${address}`)
      return response.arrayBuffer()
    }
    await load("mnist_int8.js")
    return Uint8Array.from(atob(DigitDemo.model), letter => letter.charCodeAt(0)).buffer
  }

  // Halfway between two digits: the model of the site gives .4 and more to each.
  const HARD = [
    [4, 9, "56 15 49 21 41 26 34 38 37 44 48 48 61 52 68 51 69 43 76 29 78 27 76 43 73 59 70 74 67 90 64 106"],
    [1, 7, "43 8 47 12 52 15 57 18 61 22 66 25 67 31 65 39 64 48 62 56 60 64 58 73 56 81 55 89 53 98 51 106"],
  ]

  // ---------- The element.

  const NAMES = "field svg ink keys pen picture bars answer undo clear skip hard layer maps about own back model"

  const html = (text, compact) => `
    <link rel="stylesheet" href="${new URL("element.css", FOLDER)}">
    <div class="demo" hidden>
      <div class="field" tabindex="0" role="application" aria-roledescription="${text.role}"
        aria-label="${text.field}" aria-describedby="keys">
        <svg class="svg" viewBox="0 0 ${FIELD} ${FIELD}" aria-hidden="true"><path class="grid"
          d="${Array.from({ length: 27 }, (_, i) => `M0 ${4 * i + 4}h112M${4 * i + 4} 0v112`).join("")}"/>
          <g class="ink"></g></svg>
      </div>
      <figure>
        <canvas class="picture" width="28" height="28" role="img" aria-label="${text.seen}"></canvas>
        <figcaption aria-hidden="true">${text.seen}</figcaption>
      </figure>
      <p class="answer" role="status"></p>
      <p class="tools">
        <button type="button" class="undo">${text.undo}</button>
        <button type="button" class="clear">${text.clear}</button>
        ${compact ? "" : `<span class="hard">${text.hard}</span>`}
      </p>
      <ul class="bars" aria-label="${text.bars}">${[...Array(10).keys()].map(digit =>
        `<li><b>${digit}</b> <i></i> <span></span></li>`).join("")}</ul>
      <p class="keys" id="keys">${text.keys}</p>
      <p class="pen" role="status"></p>
      ${compact ? "" : `
        <p><label><input type="checkbox" class="skip"> ${text.skip}</label></p>
        <details class="layer"><summary>${text.layer}</summary>
          <canvas class="maps" role="img"></canvas><p class="about"></p></details>
        <p class="tools"><label class="button"><input type="file" class="own" accept=".tflite">
          ${text.own}</label> <span>${text.private}</span>
          <button type="button" class="back" hidden>${text.back}</button></p>
        <p class="model" role="status"></p>`}
    </div>`

  class DigitDemoElement extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return
      const language = this.closest("[lang]")?.lang.slice(0, 2)
      this.lang ||= language in TEXT ? language : "en"
      this.text = TEXT[this.lang] ?? TEXT.en
      this.strokes = []
      this.past = [] // what undo brings back
      this.attachShadow({ mode: "open" }).innerHTML = html(this.text, this.hasAttribute("compact"))
      this.parts = Object.fromEntries(NAMES.split(" ").map(name =>
        [name, this.shadowRoot.querySelector(`.${name}`)]))
      const demo = this.shadowRoot.querySelector(".demo")
      this.shadowRoot.querySelector("link").onload = () => (demo.hidden = false)
      this.listen()
      this.say(this.text.loading)
      siteModel().then(found => this.use(found), () => this.say(this.text.failed))
    }

    listen() {
      const { field, undo, clear, skip, hard, layer, own, back } = this.parts
      field.addEventListener("pointerdown", event => this.begin(event))
      field.addEventListener("pointermove", event => this.move(event))
      for (const type of ["pointerup", "pointercancel"])
        field.addEventListener(type, event => this.end(event))
      field.addEventListener("keydown", event => this.key(event))
      field.addEventListener("blur", () => this.lift())
      undo.onclick = () => this.undo()
      clear.onclick = () => this.change([])
      if (!skip) return
      skip.onchange = () => this.look(true)
      layer.ontoggle = () => this.look()
      own.onchange = () => this.choose(own.files[0])
      back.onclick = () => siteModel().then(found => this.use(found))
      for (const [one, other, line] of HARD) {
        const button = document.createElement("button")
        button.type = "button"
        button.textContent = this.text.between(one, other)
        button.onclick = () => this.change([points(line)])
        hard.append(" ", button)
      }
    }

    // ----- Drawing

    begin(event) {
      if (!event.isPrimary || event.button) return
      this.parts.field.setPointerCapture(event.pointerId)
      this.cursor = null
      this.past.push([...this.strokes])
      this.pointer = event.pointerId
      this.strokes = [...this.strokes, [...this.place(event)]]
      this.look()
    }

    move(event) {
      if (event.pointerId !== this.pointer) return
      const events = event.getCoalescedEvents?.() ?? []
      for (const each of events.length ? events : [event]) this.strokes.at(-1).push(...this.place(each))
      this.look()
    }

    end(event) {
      if (event.pointerId !== this.pointer) return
      this.pointer = null
      this.look(true)
    }

    place({ clientX, clientY }) {
      const box = this.parts.svg.getBoundingClientRect()
      const inside = share => Math.round(Math.max(0, Math.min(1, share)) * FIELD * 10) / 10
      return [inside((clientX - box.left) / box.width), inside((clientY - box.top) / box.height)]
    }

    key(event) {
      const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
      const way = ways[event.key]
      const undoes = event.key === "Backspace" || (event.key === "z" && (event.ctrlKey || event.metaKey))
      if (event.altKey || ((event.ctrlKey || event.metaKey) && !undoes)) return
      if (way) this.steer(way.map(step => step * (event.shiftKey ? 1 : STEP)))
      else if (event.key === " ") this.penDown ? this.lift() : this.put()
      else if (undoes) this.undo()
      else if (event.key === "Delete") this.change([])
      else return
      event.preventDefault()
    }

    steer([dx, dy]) {
      const inside = at => Math.max(0, Math.min(FIELD, at))
      const [x, y] = this.cursor ?? [FIELD / 2, FIELD / 4]
      this.cursor = [inside(x + dx), inside(y + dy)]
      if (this.penDown) this.strokes.at(-1).push(...this.cursor)
      this.look()
    }

    put() {
      this.cursor ??= [FIELD / 2, FIELD / 4]
      this.past.push([...this.strokes])
      this.strokes = [...this.strokes, [...this.cursor]]
      this.penDown = true
      this.parts.pen.textContent = this.text.down
      this.look()
    }

    lift() {
      if (!this.penDown) return
      this.penDown = false
      this.parts.pen.textContent = this.text.up
      this.look(true)
    }

    undo() {
      this.penDown = false
      if (this.past.length) this.strokes = this.past.pop()
      this.look(true)
    }

    change(strokes) {
      this.penDown = false
      this.past.push([...this.strokes])
      this.strokes = strokes
      this.look(true)
    }

    // ----- Looking

    // Show what is drawn, and soon what the model says; in words only once a stroke is done.
    look(done = false) {
      const paint = (name, attributes) => {
        const shape = document.createElementNS("http://www.w3.org/2000/svg", name)
        for (const [key, value] of Object.entries(attributes)) shape.setAttribute(key, value)
        return shape
      }
      const lines = this.strokes.map(line =>
        paint("polyline", { points: [...line, ...line.slice(-2)].join(" "), "stroke-width": PEN }))
      const pen = { r: PEN / 2, class: this.penDown ? "down" : "up" }
      if (this.cursor) lines.push(paint("circle", { cx: this.cursor[0], cy: this.cursor[1], ...pen }))
      this.parts.ink.replaceChildren(...lines)
      this.done ||= done
      this.timer ??= setTimeout(() => this.ask(), done ? 0 : 80)
    }

    ask() {
      this.timer = null
      const done = this.done
      this.done = false
      const { text, chosen } = this
      if (!chosen) return
      try {
        if (!this.strokes.length) return this.show(null, text.empty)
        const pixels = (this.parts.skip?.checked ? squeezed : prepared)(this.strokes)
        let row = answer(chosen.model, chosen.pixels, pixels)
        if (chosen.logits) row = softmax(row)
        this.show({ pixels, row }, done && this.sentence(row))
      } catch (error) {
        if (!(error instanceof PictureError)) throw error
        this.show(null, done && text[error.kind])
      }
    }

    sentence(row) {
      const [a, b] = [...row.keys()].sort((i, k) => row[k] - row[i])
      const [p, q] = [percent(row[a]), percent(row[b])]
      if (row[a] >= SURE) return this.text.sure(a, p)
      return row[b] > 0.25 ? this.text.torn(a, p, b, q) : this.text.unsure(a, p)
    }

    show(result, sentence) {
      const { picture, bars, layer } = this.parts
      paintGrey(picture, 28, 28, i => result?.pixels[i] ?? 0)
      const best = result && Math.max(...result.row)
      ;[...bars.children].forEach((item, digit) => {
        const share = result?.row[digit] ?? 0
        item.className = result && share === best ? "best" : ""
        item.children[1].style.setProperty("--share", share)
        item.children[2].textContent = result ? percent(share) : ""
      })
      if (sentence) this.say(sentence)
      if (layer?.open) this.showLayer(result)
    }

    showLayer(result) {
      const { maps, about } = this.parts
      const step = this.chosen.model.steps.find(({ name }) => /CONV|FULLY/.test(name))
      if (!step) return
      const { data, zero, shape, type } = step.output
      const [height, width, count] = shape.length === 4 ? shape.slice(1) : [1, 1, shape.at(-1)]
      const columns = Math.min(count, height > 1 ? 8 : 16), gap = height > 1 ? 1 : 0
      const rows = Math.ceil(count / columns)
      const values = Float32Array.from(data, value => (type === "float32" ? value : value - zero))
      const low = Math.min(0, values.reduce((a, b) => Math.min(a, b)))
      const high = values.reduce((a, b) => Math.max(a, b))
      const [w, h] = [columns * (width + gap) - gap, rows * (height + gap) - gap]
      paintGrey(maps, w, h, i => {
        const x = i % w, y = Math.floor(i / w)
        const [column, row] = [Math.floor(x / (width + gap)), Math.floor(y / (height + gap))]
        const [inX, inY] = [x % (width + gap), y % (height + gap)], map = row * columns + column
        if (!result || inX === width || inY === height || map >= count) return 0
        return (255 * (values[(inY * width + inX) * count + map] - low)) / (high - low || 1)
      })
      about.textContent = height > 1
        ? this.text.maps(count, height, width, step.name) : this.text.units(count, step.name)
      maps.setAttribute("aria-label", this.text.layer)
    }

    say(sentence) {
      if (this.parts.answer.textContent !== sentence) this.parts.answer.textContent = sentence
    }

    // ----- The reader's own model

    use(chosen, about = this.text.site) {
      this.chosen = chosen
      if (this.parts.model) {
        this.parts.model.textContent = about
        this.parts.back.hidden = !chosen.found
      }
      this.look(true)
    }

    async choose(file) {
      if (!file) return
      const { own, model } = this.parts
      try {
        await Promise.all(["operators.js", "own.js"].map(load)) // one of them needs nothing of the other
        const { chosen, about } = DigitDemo.examine(file.name, await file.arrayBuffer(), this.lang)
        if (chosen) this.use(chosen, about)
        else model.textContent = about
      } catch {
        model.textContent = this.text.unread(file.name)
      }
      own.value = "" // the same name can be chosen again
    }
  }

  const percent = share => `${(100 * share).toFixed(1)}%`

  function paintGrey(canvas, width, height, grey) {
    Object.assign(canvas, { width, height })
    const picture = new ImageData(width, height)
    for (let i = 0; i < width * height; i++) picture.data.set([...Array(3).fill(grey(i)), 255], 4 * i)
    canvas.getContext("2d").putImageData(picture, 0, 0)
  }

  Object.assign(DigitDemo, { answer, points, prepared, softmax, squeezed })
  customElements.define("digit-demo", DigitDemoElement)
})()
