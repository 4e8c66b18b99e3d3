// Helps for the search box. This runs before Material's script.
;(() => {
  const box = document.querySelector(".md-search__input")
  const opened = document.querySelector("#__search")

  // Material fetches the index of all words when a page opens. It waits until somebody searches,
  // or comes from a search: then the words that were found are marked.
  const { open, send } = XMLHttpRequest.prototype
  const wanted = new Promise(done => {
    if (/[?&][hq]=/.test(location.search) || document.activeElement === box) done()
    box.addEventListener("focus", done)
  })
  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    this.waits = new URL(url, location).pathname.endsWith("/search/search_index.json")
    return open.call(this, method, url, ...rest)
  }
  XMLHttpRequest.prototype.send = function (body) {
    if (this.waits) wanted.then(() => send.call(this, body))
    else send.call(this, body)
  }

  // Material looks when a key is let go. A paste by mouse or a dictated word has no key.
  box.addEventListener("input", () => box.dispatchEvent(new KeyboardEvent("keyup")))

  // What is found is said: how many pages, and the first of them.
  const result = document.querySelector(".md-search-result")
  const status = document.querySelector(".site-search-status")
  let soon
  new MutationObserver(() => {
    clearTimeout(soon)
    soon = setTimeout(() => {
      const parts = result.querySelectorAll(
        ".md-search-result__meta, li:first-child > a :is(h1, h2)",
      )
      status.textContent = box.value && [...parts].map(part => part.textContent.trim()).join(". ")
    }, 500)
  }).observe(result, { childList: true, subtree: true, characterData: true })

  // Escape leads back to where the reader was.
  let before
  box.addEventListener("focus", ({ relatedTarget }) => {
    if (!relatedTarget?.closest(".md-search")) before = relatedTarget
  })
  addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || !opened.checked) return
    setTimeout(() => (before ? before.focus() : document.activeElement.blur()))
  })

  // On a phone the box is out of sight until its button opens it.
  const phone = matchMedia("(max-width: 59.984375em)")
  const reach = () => (box.tabIndex = phone.matches ? -1 : 0)
  phone.addEventListener("change", reach)
  reach()
})()
