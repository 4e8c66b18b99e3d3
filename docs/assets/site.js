// Small helps that HTML and CSS alone cannot give. Everything works without.
;(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)]
  const label = document.querySelector("meta[name=scroll-label]")?.content ?? ""

  // A section that has moved to another page is followed there.
  const id = decodeURIComponent(location.hash.slice(1))
  for (const { content, dataset } of all("meta[name=moved]"))
    if (id && content.split(" ").includes(id) && !document.getElementById(id))
      location.replace(new URL(`${dataset.to}#${id}`, location))

  // On the page for a wrong address, the language of the address comes first.
  for (const part of all(".site-missing [data-language]"))
    if (location.pathname.includes(`/${part.dataset.language}/`)) part.parentNode.prepend(part)

  // What scrolls can be reached by keyboard, and says so. All boxes are measured before one is
  // changed, or each would cost a layout; so would what is folded.
  function scrolls(box) {
    if (box.closest("details:not([open])")) return false
    const { overflowX, overflowY } = getComputedStyle(box)
    const wide = box.scrollWidth > box.clientWidth && overflowX !== "visible"
    return wide || (box.scrollHeight > box.clientHeight && overflowY !== "visible")
  }
  function reach() {
    const boxes = all(".md-typeset pre, .md-typeset pre > code, .md-typeset__scrollwrap")
    for (const box of boxes.filter(scrolls))
      Object.assign(box, { tabIndex: 0, role: "group", ariaLabel: label })
  }
  addEventListener("load", reach)
  addEventListener("resize", reach)
  document.addEventListener("change", () => setTimeout(reach)) // another tab is shown
  document.addEventListener("toggle", reach, true) // a box is opened

  // When a block is first seen, Material gives its copy button a landmark (too many),
  // and without a mouse takes the block from the keyboard.
  new MutationObserver(changes => {
    for (const { target } of changes) {
      target.querySelector(":scope > .md-code__nav")?.setAttribute("role", "presentation")
      if (target.matches("[role=group]:not([tabindex])")) target.tabIndex = 0
    }
  }).observe(document.body, { attributeFilter: ["tabindex"], childList: true, subtree: true })

  // What opens the menu, its parts and the search box is a label: by key it is a button too. A
  // label itself may have no role, so what is in it becomes the button.
  const menu = document.querySelector("#__drawer")
  const labels = "label.md-header__button:is([for=__drawer], [for=__search])"
  const named = { __drawer: ".md-nav--primary", __search: ".md-search" }
  function buttonIn(label) {
    const toggle = document.getElementById(label.htmlFor)
    const name = document.querySelector(named[label.htmlFor])?.getAttribute("aria-label")
    let button = label.querySelector(".md-ellipsis")
    if (!button) {
      button = document.createElement("span")
      button.append(...label.childNodes)
      label.append(button)
    }
    const say = () => (button.ariaExpanded = toggle.checked)
    Object.assign(button, { tabIndex: 0, role: "button", ariaLabel: name })
    say()
    toggle.addEventListener("change", say)
    button.addEventListener("keydown", event => {
      if (event.key !== " " && event.key !== "Enter") return
      event.preventDefault()
      label.click()
    })
    return button
  }
  if (menu) {
    const side = document.querySelector(".md-sidebar--primary") ?? menu
    const [button] = all(labels).map(buttonIn)
    all(".md-nav--primary label:not([for=__drawer])").forEach(buttonIn)
    // The menu takes the focus, and gives it back.
    menu.addEventListener("change", () => {
      const first = all("a, [tabindex]", side).find(one =>
        one.checkVisibility({ visibilityProperty: true }))
      if (menu.checked && document.activeElement === button) first?.focus()
      if (!menu.checked && side.contains(document.activeElement)) button.focus()
    })
    side.addEventListener("focusout", ({ relatedTarget }) => {
      if (menu.checked && relatedTarget && !side.contains(relatedTarget)) menu.click()
    })
    addEventListener("keydown", ({ key }) => {
      if (key === "Escape" && menu.checked) menu.click()
    })
  }

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
  for (const link of all(".site-languages__link"))
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
    for (const term of all(".term:is(:hover, :focus)"))
      term.classList.add("term--closed")
  })

  // Which pages have been read to their end. Kept in this browser alone, and shown on the home page.
  const kept = () => __md_get("read") ?? []
  const keep = names => __md_set("read", names)
  const end = document.querySelector(".page-turn[data-step]:not([data-step=''])")
  if (end)
    new IntersectionObserver((seen, observer) => {
      if (!seen.some(one => one.isIntersecting)) return
      observer.disconnect()
      keep([...new Set([...kept(), end.dataset.step])])
    }).observe(end)

  const path = document.querySelector(".path")
  function markPath() {
    const names = kept()
    const steps = all("[data-step]", path)
    const read = steps.map(({ dataset }) => names.includes(dataset.step))
    const count = read.filter(Boolean).length
    const after = read.lastIndexOf(true) + 1
    const next = count && (steps.slice(after).find((_, i) => !read[after + i]) ?? steps[read.indexOf(false)])
    steps.forEach((step, i) => {
      step.querySelector(".path__read").hidden = !read[i]
      step.classList.toggle("path__step--next", step === next)
    })
    const been = path.querySelector(".path__been")
    const words = [count, steps.length]
    been.textContent = count ? path.dataset.been.replace(/{}/g, () => words.shift()) : ""
    if (next) {
      const link = next.querySelector("a").cloneNode(true)
      been.append(` ${path.dataset.next} `, link)
    }
    path.querySelector(".path__forget").hidden = !count
  }
  if (path) {
    addEventListener("pageshow", markPath) // also when one comes back to it
    path.querySelector(".path__forget").addEventListener("click", () => {
      keep([])
      markPath()
      path.querySelector("a").focus()
    })
  }
})()
