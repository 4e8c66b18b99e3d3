// What a query finds, and in which order. Material's worker follows in the same file: it cuts
// pages and queries into words, asks `lunr.Index.search`, and marks what is found.
;(() => {
  const prose = new Set(["title", "terms", "text"]) // where words stand in their order
  let fields, synonyms, ignored, sections, sizes, index, vocabulary, asked

  addEventListener("message", ({ data: message }) => {
    if (message.type === 0) setUp(message.data)
    if (message.type === 2) {
      asked = phrase(message.data)
      message.data = telling(message.data).join(" ")
    }
  })

  function setUp({ config, docs }) {
    fields = Object.entries(config.fields)
    synonyms = new Map(Object.entries(config.synonyms))
    ignored = new Set(config.ignored)
    for (const section of docs) section.name = section.location.replace(/^.*#(?=.)/, "")
    sections = new Map(docs.map(section => [section.location, section]))
    sizes = {} // of a field, on average
    for (const [field] of fields) {
      const texts = docs.map(section => section[field]).filter(Boolean)
      sizes[field] = texts.join("").length / texts.length
    }
    lunr.Index.prototype.search = search
    const { build } = lunr.Builder.prototype
    lunr.Builder.prototype.build = function () {
      const built = build.call(this)
      index = built.invertedIndex
      vocabulary = Object.keys(index)
      return built
    }
  }

  // The box takes - : + * ^ ~ and quotes for commands. In what a reader pastes they are
  // punctuation, and numbers are the reader's own: `dense_3`.
  const plain = text => text.replace(/[^\p{L}\p{N}_.,]+|[.,](?!\d)|_\d+\b/gu, " ").trim()
  const phrase = text => {
    const words = text.replace(/<[^>]+>/g, "").replace(/['"`‘’“”]/g, " ' ")
    return ` ${words.toLowerCase().match(/[\p{L}_]+|'/gu)?.join(" ")} `
  }

  // The words of a query that tell something, as the pages have them.
  function telling(text) {
    const all = plain(text).toLowerCase().split(lunr.tokenizer.separator).filter(Boolean)
    const some = all.filter(word => lunr.stopWordFilter(word) && !ignored.has(word))
    return [...new Set((some.length ? some : all).flatMap(parts))].slice(0, 100)
  }

  // `lunr.Index.search`: for each section how well it fits, and which of its words do.
  function search(query) {
    const words = query.split(" ").map(word => word.replace(/\*$/, ""))
    const hits = new Map()
    let all = 0
    let before
    for (const word of words) {
      const found = look(word)
      if (!found.size) continue
      const rarity = Math.log(1 + sections.size / found.size)
      all += rarity
      for (const [ref, { scores, places, metadata }] of found) {
        const hit = hits.get(ref) ?? { ref, score: 0, share: 0, matchData: { metadata: {} } }
        hits.set(ref, hit)
        for (const field in scores) {
          const beside = prose.has(field) && follows(places[field], before?.get(ref)?.places[field])
          hit.score += rarity * scores[field] * (beside ? 2 : 1)
        }
        hit.share += rarity
        hit.matchData.metadata = { [word]: {}, ...hit.matchData.metadata, ...metadata }
      }
      before = found
    }
    for (const hit of hits.values())
      hit.score *= (hit.share / all) * weight(sections.get(hit.ref))
    const best = Math.max(...[...hits.values()].map(hit => hit.score))
    return [...hits.values()].filter(hit => hit.score > best / 10)
  }

  // Where a word stands: for each section its score by field, and the places.
  function look(word) {
    const found = new Map()
    for (const [token, likeness] of alike(word))
      for (const [field, { boost }] of fields) {
        for (const [ref, { position }] of Object.entries(index[token][field])) {
          const hit = found.get(ref) ?? { scores: {}, places: {}, metadata: {} }
          found.set(ref, hit)
          const size = sections.get(ref)[field].length / sizes[field]
          const score = (likeness * boost * position.length) / (position.length + 0.5 + 0.5 * size)
          hit.scores[field] = Math.max(hit.scores[field] ?? 0, score)
          hit.places[field] = [...(hit.places[field] ?? []), ...position]
          hit.metadata[token] = { ...hit.metadata[token], [field]: { position } }
        }
      }
    return found
  }

  const follows = (places, before = []) =>
    before.some(one => places.some(other => other > one && other < one + 4))

  // Words of the pages that a word may stand for: those that it is a part of, with the longer
  // parts first, and its synonyms; without any, those that a slip of a finger is away.
  function alike(word) {
    const found = [...containing(word), ...(synonyms.get(word) ?? []).flatMap(containing)]
    if (found.length || !/[가-힣]{4}|[a-z]{5}/.test(word)) return found
    for (const [other, names] of synonyms)
      if (near(other, word)) found.push(...names.flatMap(containing))
    return [...found, ...vocabulary.filter(token => near(token, word)).map(token => [token, 0.5])]
  }

  function containing(word) {
    const inside = /[가-힣]{2}|.{3}/.test(word)
    const most = word in index ? 0.5 : 0.8
    return vocabulary.flatMap(token => {
      if (token === word) return [[token, 1]]
      const begins = word.length > 1 && token.startsWith(word)
      if (!begins && !(inside && token.includes(word))) return []
      return [[token, (most * word.length) / token.length / (begins ? 1 : 2)]]
    })
  }

  // One letter is wrong, missing or too many, or two have changed places.
  function near(a, b) {
    let same = 0
    while (same < a.length && a[same] === b[same]) same++
    const [x, y] = [a.slice(same), b.slice(same)]
    const swapped = x[0] === y[1] && x[1] === y[0] && x.slice(2) === y.slice(2)
    return x.slice(1) === y || x === y.slice(1) || x.slice(1) === y.slice(1) || swapped
  }

  // A compound that no page has, cut into words that the pages have.
  function parts(word) {
    const known = synonyms.has(word) || vocabulary.some(token => token.includes(word))
    return (known ? undefined : cut(word)) ?? [word]
  }

  function cut(word) {
    if (word in index || vocabulary.some(token => token.startsWith(word))) return [word]
    for (let end = /^[가-힣]+$/.test(word) ? word.length - 1 : 0; end > 1; end--) {
      const rest = word.slice(0, end) in index && cut(word.slice(end))
      if (rest) return [word.slice(0, end), ...rest]
    }
  }

  // Material counts a page's first section more than others: not for us. Who pastes a message
  // has its heading in it.
  function weight({ location, title, boost = 1 }) {
    const heading = phrase(title)
    const whole = heading.split(" ").length > 4 && asked.includes(heading)
    return boost * (whole ? 3 : 1) * (location.includes("#") ? 1 : 0.3)
  }
})()
