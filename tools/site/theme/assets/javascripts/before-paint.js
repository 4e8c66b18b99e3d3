// What Material writes into its pages as scripts, as a file: a strict Content-Security-Policy
// forbids those. It is loaded in the head and acts as soon as the part of the page is there that
// it needs, so nothing is painted twice. These are the classes that Material's script gives the
// page: given later, they would make the browser compute the style of each element again.
document.documentElement.className = "js js-focus-visible"
var __md_scope = new URL(document.currentScript.dataset.scope, location)
var __md_hash = text => [...text].reduce((sum, letter) => (sum << 5) - sum + letter.charCodeAt(0), 0)
var __md_get = (key, storage, scope = __md_scope) => {
  try {
    return JSON.parse((storage ?? localStorage).getItem(`${scope.pathname}.${key}`))
  } catch {
    return null // the browser keeps nothing
  }
}
var __md_set = (key, value, storage, scope = __md_scope) => {
  try {
    ;(storage ?? localStorage).setItem(`${scope.pathname}.${key}`, JSON.stringify(value))
  } catch {}
}
;(() => {
  // The colors that the reader has chosen, or else those of the system, and the switch for them.
  function palette() {
    const form = document.querySelector("[data-palette]")
    const options = [...form.querySelectorAll("input")]
    const light = matchMedia("(prefers-color-scheme: light)")
    const find = media => options.find(({ dataset }) => dataset.mdColorMedia === media)
    let chosen = options[__md_get("__palette")?.index] ?? options[0]
    function show() {
      const system = find(`(prefers-color-scheme: ${light.matches ? "light" : "dark"})`)
      const media = chosen.dataset.mdColorMedia
      const { dataset } = media === "(prefers-color-scheme)" ? system : chosen
      Object.assign(document.body.dataset, dataset)
      document.documentElement.style.colorScheme = dataset.mdColorScheme === "slate" ? "dark" : "light"
      chosen.checked = true
      for (const option of options) option.nextElementSibling.hidden = option !== chosen
    }
    form.addEventListener("change", ({ target }) => {
      chosen = target
      __md_set("__palette", { index: options.indexOf(chosen) })
      show()
    })
    form.addEventListener("keydown", ({ key }) => {
      if (key !== "Enter") return
      const next = options[(options.indexOf(chosen) + 1) % options.length]
      next.click()
      next.focus()
    })
    light.addEventListener("change", show)
    show()
  }

  // The tabs that the reader has chosen, and the one that the address names.
  function tabs() {
    const chosen = __md_get("__tabs") ?? []
    for (const set of document.querySelectorAll(".tabbed-labels")) {
      const labels = [...set.querySelectorAll("label")]
      const found = chosen.map(text => labels.find(label => label.innerText.trim() === text))
      const label = found.find(Boolean)
      if (label) label.control.checked = true
    }
    const target = document.getElementById(location.hash.slice(1))
    if (target?.name?.startsWith("__tabbed_")) target.checked = true
  }

  const waiting = [
    ["[data-palette] + *", palette], // what follows it: the whole of it is there
    ["#__config", tabs],
  ]
  const observer = new MutationObserver(() => {
    while (waiting.length && document.querySelector(waiting[0][0])) waiting.shift()[1]()
    if (!waiting.length) observer.disconnect()
  })
  observer.observe(document, { childList: true, subtree: true })
})()
