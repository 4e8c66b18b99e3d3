// Small helps that HTML and CSS alone cannot give. Everything works without.
;(() => {
  const label = document.querySelector("meta[name=scroll-label]")?.content ?? ""

  // A section that has moved to another page is followed there.
  const id = decodeURIComponent(location.hash.slice(1))
  for (const { content, dataset } of document.querySelectorAll("meta[name=moved]"))
    if (id && content.split(" ").includes(id) && !document.getElementById(id))
      location.replace(new URL(`${dataset.to}#${id}`, location))

  // What scrolls can be reached by keyboard, and says so.
  function reach() {
    const boxes = ".md-typeset pre, .md-typeset pre > code, .md-typeset__scrollwrap"
    for (const box of document.querySelectorAll(boxes)) {
      const style = getComputedStyle(box)
      const wide = box.scrollWidth > box.clientWidth && style.overflowX !== "visible"
      const high = box.scrollHeight > box.clientHeight && style.overflowY !== "visible"
      if (!wide && !high) continue
      box.tabIndex = 0
      box.setAttribute("role", "group")
      box.setAttribute("aria-label", label)
    }
    // Material gives each block's copy button a landmark of its own: too many.
    for (const buttons of document.querySelectorAll("nav.md-code__nav"))
      buttons.setAttribute("role", "presentation")
  }
  addEventListener("load", reach)
  addEventListener("resize", reach)
  document.addEventListener("change", () => setTimeout(reach)) // another tab is shown
  document.addEventListener("toggle", reach, true) // a box is opened

  // The search box takes - : + * ^ ~ and quotes for commands. In a message that somebody pastes
  // they are punctuation, its numbers are the reader's own, and its words are whole (`^1` keeps
  // Material from looking for all words that begin so).
  function plain(query) {
    const all = query.replace(/[^\p{L}\p{N}_.,]+|[.,](?!\d)/gu, " ").split(" ").filter(Boolean)
    const names = all.filter(word => !/^[\d.,]+$/.test(word)).map(word => word.replace(/_\d+$/, ""))
    const words = [...new Set(names)].slice(0, 150)
    // lunr 2.3.9 fails on some short numbers if it looks for all that begin so.
    if (words.length < 4) return all.map(word => word.replace(/^\d\d?$/, "$&^1")).join(" ")
    const whole = words.length > 4 && !/[가-힣]/.test(query)
    return words.map(word => (whole ? `${word}^1` : word)).join(" ")
  }
  const post = Worker.prototype.postMessage
  Worker.prototype.postMessage = function (message, ...rest) {
    const query = typeof message?.data === "string"
    return post.call(this, query ? { ...message, data: plain(message.data) } : message, ...rest)
  }
  // Material looks when a key is let go. A paste by mouse or a dictated word has no key.
  document.addEventListener("input", ({ target }) => {
    if (target.matches(".md-search__input")) target.dispatchEvent(new KeyboardEvent("keyup"))
  })

  // The field to draw a digit in is fetched when the page is at rest and it is near the window.
  const demo = document.querySelector("digit-demo")
  const folder = new URL("digit-demo/", document.currentScript.src)
  const add = (tag, name, more) =>
    document.head.append(Object.assign(document.createElement(tag), more(`${folder}${name}`)))
  const watch = new IntersectionObserver(([{ isIntersecting }]) => {
    if (!isIntersecting) return
    watch.disconnect()
    if (location.protocol !== "file:")
      add("link", "mnist_int8.tflite", href => ({ rel: "preload", as: "fetch", crossOrigin: "", href }))
    for (const name of ["interpreter", "prepare", "element"])
      add("script", `${name}.js`, src => ({ async: false, src }))
  }, { rootMargin: "300px" })
  if (demo)
    addEventListener("load", () => (window.requestIdleCallback ?? setTimeout)(() => watch.observe(demo)))

  // The other language opens at the same heading: ids are the same in both.
  for (const link of document.querySelectorAll(".site-languages__link"))
    link.addEventListener("click", () => {
      if (location.hash) link.hash = location.hash
    })

  // The sentence of a word stands at the word, above it at the foot of the window.
  function place({ target }) {
    if (!target.matches?.(".term")) return
    const word = [...target.getClientRects()].pop()
    let around = target
    do around = around.parentElement
    while (around.parentElement && getComputedStyle(around).position === "static")
    target.style.setProperty("--x", `${word.left - around.getBoundingClientRect().left}px`)
    target.classList.toggle("term--above", innerHeight - word.bottom < 140)
  }
  const open = ({ target }) => target.classList?.remove("term--closed")
  for (const type of ["mouseover", "focusin"]) document.addEventListener(type, place)
  for (const type of ["mouseout", "focusout"]) document.addEventListener(type, open)
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return
    for (const term of document.querySelectorAll(".term:is(:hover, :focus)"))
      term.classList.add("term--closed")
  })
})()
