// The page's own script: filters, table, card and pins. Bokeh draws every plot.
"use strict"
window.report = (() => {
  const $ = id => document.getElementById(id)
  const facts = JSON.parse($("facts").textContent)
  const {objectives, genes, strategies, absent} = facts
  const PAGE = 20
  const state = {limits: {}, strategies: null, brush: null, colour: "by", top: 10, pins: [], page: 0, sort: null, down: true}
  let bokeh, data, source, rows = [], kept = []

  // what a row is called, made of and drawn as -------------------------------------------------------------------
  const count = () => facts.keys.length
  const gene = (row, place) => { const code = data["g" + place][row]; return code === absent ? null : genes[place].options[code] }
  const text = row => facts.texts[row] ?? facts.space + ":" + genes
    .map((one, place) => [one.name, gene(row, place)]).filter(([, value]) => value !== null).map(pair => pair.join("=")).join(",")
  const name = row => facts.names[row] ?? facts.keys[row]
  const shown = (one, value) => !Number.isFinite(value) ? "—" : one.digits === null ? String(Number(value.toPrecision(6))) : value.toFixed(one.digits)
  const metric = (row, one) => shown(one, data[one.column][row]) +
    (one === objectives[0] && data.spread && data.spread[row] >= 0 ? " ± " + shown(one, data.spread[row]) : "")
  const proposers = row => strategies.filter((_, bit) => data.proposed[row] >> bit & 1).join(", ")
  const element = (tag, attributes = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), attributes)
    made.append(...children)
    return made
  }
  const items = pairs => element("dl", {}, ...pairs.flatMap(([term, value]) => [element("dt", {textContent: term}), element("dd", {}, value), " "]))
  const SVG = "http://www.w3.org/2000/svg"
  const drawing = (row, other = null) => {
    const drawn = facts.pictures.drawn[row]
    if (!drawn) return element("p", {className: "note", textContent: "Not drawn in this file; the command below draws it."})
    const [width, height, places] = drawn
    const svg = document.createElementNS(SVG, "svg")
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`)
    svg.setAttribute("class", "network")
    svg.setAttribute("role", "img")
    svg.setAttribute("aria-label", "Architecture of " + name(row))
    const theirs = new Set(other ? triples(other[2]) : [])
    for (let i = 0; i < places.length; i += 3) {
      const part = document.createElementNS(SVG, "g")
      part.setAttribute("transform", `translate(${places[i + 1]} ${places[i + 2]})`)
      part.innerHTML = facts.pictures.symbols[places[i]]
      if (other && !theirs.has(places.slice(i, i + 3).join())) part.setAttribute("style", "stroke:#d55e00;stroke-width:.6px")
      svg.append(part)
    }
    return svg
  }
  const triples = places => Array.from({length: places.length / 3}, (_, i) => places.slice(3 * i, 3 * i + 3).join())
  const facts_of = row => items([
    ...objectives.map(one => [one.heading, metric(row, one)]), ["seeds", String(data.seeds[row])], ["proposed by", proposers(row)]])

  // copying and saving -------------------------------------------------------------------------------------------
  const quoted = word => "'" + word.replaceAll("'", `'"'"'`) + "'"
  const command = (verb, row, more = "") => `nasbench-pose ${verb} ${quoted(text(row))}${more}`
  const size = `${facts.input[0]}x${facts.input[1]}`
  const recipes = row => ({
    "its genotype": text(row),
    "command: cost": command("cost", row, ` --input ${size} --joints ${facts.joints}`),
    "command: draw": command("draw", row, ` --input ${size} --joints ${facts.joints} --out network.svg`),
    "Python: build": `import nasbench_pose as nbp\nnetwork = nbp.build(nbp.find(${JSON.stringify(text(row))}), input=(${facts.input}), joints=${facts.joints})`,
  })
  const copy = async (words, button) => {
    try { await navigator.clipboard.writeText(words) } catch {
      const field = document.body.appendChild(element("textarea", {value: words}))
      field.select(); document.execCommand("copy"); field.remove()
    }
    const before = button.textContent
    button.textContent = "copied"
    setTimeout(() => { button.textContent = before }, 1200)
  }
  const copies = all => element("p", {className: "tools"}, "Copy ", ...Object.entries(all).flatMap(([what, words]) =>
    [element("button", {type: "button", textContent: what, onclick: event => copy(words, event.target), title: words}), " "]))
  const save = (blob, file) => {
    const link = element("a", {href: URL.createObjectURL(blob), download: file})
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 5000)
  }
  // A cell that begins like a formula is text to a spreadsheet if an apostrophe comes first.
  const cell = value => {
    const plain = String(value).replace(/[\u0000-\u001f\u007f-\u009f]/g, " ")
    const safe = typeof value === "string" && /^\s*[=+\-@]/.test(plain) ? "'" + plain : plain
    return /[",]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe
  }
  const csv = () => [["key", "name", "genotype", ...objectives.map(one => one.unit ? `${one.column} (${one.unit})` : one.column), "seeds", "proposed by"],
    ...rows.map(row => [facts.keys[row], facts.names[row] ?? "", text(row), ...objectives.map(one => data[one.column][row]), data.seeds[row], proposers(row)])]
    .map(line => line.map(cell).join(",")).join("\r\n") + "\r\n"
  const saveFigure = async (kind, figure) => {
    const blob = await Bokeh.index.find_one(bokeh.get_model_by_name(figure)).export(kind).to_blob()
    save(blob, `${figure}.${kind}`)
  }

  // filters: limits and strategies keep rows, a brush chooses among them -------------------------------------------
  const better = (one, a, b) => one.maximise ? a > b : a < b
  const within = row => Object.entries(state.limits).every(([column, most]) => !(data[column][row] > most)) &&
    (state.strategies === null || (data.proposed[row] & state.strategies) !== 0)
  const update = () => {
    kept = Array.from({length: count()}, (_, row) => within(row))
    bokeh.get_model_by_name("kept").booleans = kept
    const brush = state.brush && new Set(state.brush)
    rows = []
    for (let row = 0; row < count(); row++) if (kept[row] && (!brush || brush.has(row))) rows.push(row)
    sortRows()
    state.page = 0
    $("shown").textContent = `${rows.length.toLocaleString("en")} of ${count().toLocaleString("en")} networks${brush ? ", brushed" : ""}`
    drawFront(); drawLines(); drawChoices(); drawLearning(); fillTable(); remember()
  }
  const drawFront = () => {
    const [quality, cost] = objectives
    const points = rows.filter(row => Number.isFinite(data[cost.column][row]) && Number.isFinite(data[quality.column][row]))
      .sort((a, b) => (cost.maximise ? -1 : 1) * (data[cost.column][a] - data[cost.column][b]) ||
        (quality.maximise ? -1 : 1) * (data[quality.column][a] - data[quality.column][b]))
    const best = []
    for (const row of points) if (!best.length || better(quality, data[quality.column][row], data[quality.column][best.at(-1)])) best.push(row)
    if (cost.maximise) best.reverse()
    bokeh.get_model_by_name("front").data = {x: best.map(row => data[cost.column][row]), y: best.map(row => data[quality.column][row])}
  }
  const scales = []
  const prepareScales = () => {
    genes.forEach((one, place) => scales.push({of: row => data["g" + place][row] === absent ? NaN : one.options.length > 1 ? data["g" + place][row] / (one.options.length - 1) : 0.5}))
    for (const one of objectives) {
      const values = data[one.column]
      let low = Infinity, high = -Infinity
      for (const value of values) if (Number.isFinite(value)) { low = Math.min(low, value); high = Math.max(high, value) }
      const turn = one.log && low > 0 ? Math.log : value => value
      scales.push({low, high, of: row => high > low ? (turn(values[row]) - turn(low)) / (turn(high) - turn(low)) : 0.5})
    }
    const ends = {x: [], y: [], text: []}
    const put = (x, y, words) => { ends.x.push(x); ends.y.push(y); ends.text.push(words) }
    genes.forEach((one, x) => one.options.forEach((option, place) => put(x, one.options.length > 1 ? place / (one.options.length - 1) : 0.5, option)))
    objectives.forEach((one, i) => { put(genes.length + i, 0, shown(one, scales[genes.length + i].low)); put(genes.length + i, 1, shown(one, scales[genes.length + i].high)) })
    bokeh.get_model_by_name("axis ends").data = ends
  }
  const MOST_LINES = 1500
  const colourOf = row => {
    if (state.colour === "by") return facts.colours[data.by[row]]
    const part = scales[genes.length + objectives.findIndex(one => one.column === state.colour)].of(row)
    return Number.isFinite(part) ? facts.palette[Math.min(facts.palette.length - 1, Math.floor(part * facts.palette.length))] : "#8a8a8a"
  }
  const drawLines = () => {
    const [quality] = objectives
    const order = rows.filter(row => Number.isFinite(data[quality.column][row])).sort((a, b) => better(quality, data[quality.column][a], data[quality.column][b]) ? -1 : 1)
    const wanted = Math.max(1, Math.ceil(order.length * state.top / 100))
    const best = order.slice(0, Math.min(wanted, MOST_LINES)).reverse()
    $("top-text").textContent = `${state.top} %: ${Math.min(best.length, order.length)} networks${wanted > MOST_LINES ? ` (the best ${MOST_LINES} of ${wanted})` : ""}`
    const xs = scales.map((_, place) => place)
    bokeh.get_model_by_name("lines").data = {
      xs: best.map(() => xs), ys: best.map(row => scales.map(scale => scale.of(row))), colour: best.map(colourOf), row: best}
  }
  const drawChoices = () => {
    const choices = bokeh.get_model_by_name("choices")
    if (!choices) return
    const times = genes.map(one => new Float64Array(one.options.length))
    const own = rows.filter(row => facts.texts[row] === undefined)
    for (const row of own) genes.forEach((_, place) => { const code = data["g" + place][row]; if (code !== absent) times[place][code]++ })
    const share = genes.flatMap((one, place) => one.options.length > 1 ? Array.from(times[place], number => own.length ? 100 * number / own.length : 0) : [])
    choices.data = {...choices.data, share}
  }
  const drawLearning = () => {
    const learning = bokeh.get_model_by_name("learning")
    if (!learning) return
    const wanted = new Set([...(state.brush ? rows : []), ...state.pins])
    const all = Array.from(learning.data.row, (_, i) => i)
    bokeh.get_model_by_name("learning shown").indices = wanted.size ? all.filter(i => wanted.has(learning.data.row[i])) : all.slice(0, 20)
  }
  const brushed = indices => { state.brush = indices && indices.length ? Array.from(indices) : null; update() }
  const brush = rows_ => { source.selected.indices = rows_ }

  // the table and the pins ---------------------------------------------------------------------------------------
  const columns = [["network", row => name(row)], ...objectives.map(one => [one.heading + (one.maximise ? " ↑" : " ↓"), row => data[one.column][row], row => metric(row, one)]),
    ["seeds", row => data.seeds[row]], ["proposed by", proposers]]
  const sortRows = () => {
    if (state.sort === null) return
    const of = columns[state.sort][1], sign = state.down ? -1 : 1
    rows.sort((a, b) => { const x = of(a), y = of(b); return sign * (typeof x === "string" ? x.localeCompare(y) : (x - y) || 0) || a - b })
  }
  const fillTable = () => {
    const table = $("table"), from = state.page * PAGE, part = rows.slice(from, from + PAGE)
    table.tHead.replaceChildren(element("tr", {}, ...columns.map(([heading], place) => {
      const head = element("th", {scope: "col"}, element("button", {type: "button", textContent: heading, onclick: () => {
        state.down = state.sort === place ? !state.down : true; state.sort = place; state.page = 0
        sortRows(); fillTable(); table.tHead.querySelectorAll("button")[place].focus()
      }}))
      if (state.sort === place) head.setAttribute("aria-sort", state.down ? "descending" : "ascending")
      return head
    }), element("th", {scope: "col", textContent: "pin"})))
    table.tBodies[0].replaceChildren(...part.map(row => {
      const pinned = state.pins.includes(row)
      const pin = element("button", {type: "button", textContent: pinned ? "unpin" : "pin", onclick: () => {
        toggle(row); table.querySelector(`[data-row="${row}"] button`)?.focus()
      }})
      pin.setAttribute("aria-label", `${pin.textContent} ${name(row)}`)
      const line = element("tr", {className: pinned ? "pinned" : ""}, element("th", {scope: "row", textContent: name(row), title: text(row)}),
        ...columns.slice(1).map(([, of, print]) => element("td", {textContent: (print ?? of)(row)})), element("td", {}, pin))
      line.dataset.row = row
      return line
    }))
    $("span").textContent = rows.length ? `${from + 1} to ${from + part.length} of ${rows.length}` : "none"
    $("before").disabled = !state.page
    $("after").disabled = from + PAGE >= rows.length
  }
  const toggle = row => {
    state.pins = state.pins.includes(row) ? state.pins.filter(other => other !== row) : [...state.pins.slice(-1), row]
    fillTable(); fillPins(); drawLearning(); remember()
  }
  const fillPins = () => {
    const [a, b] = state.pins
    $("pin-help").hidden = a !== undefined
    $("pinned").replaceChildren(...state.pins.map(row => element("article", {}, element("h4", {textContent: name(row)}), facts_of(row),
      drawing(row, state.pins.length === 2 ? facts.pictures.drawn[row === a ? b : a] ?? null : null), copies(recipes(row)),
      element("button", {type: "button", textContent: "unpin", onclick: () => toggle(row)}))))
    $("difference").replaceChildren(...(b === undefined ? [] : difference(a, b)))
  }
  const difference = (a, b) => {
    const line = (what, x, y) => element("tr", {}, element("th", {scope: "row", textContent: what}), ...[x, y].map(value => element("td", {}, x === y ? value : element("mark", {textContent: value}))))
    const change = objectives.map(one => [one.heading, metric(a, one), metric(b, one)])
    const own = genes.map((one, place) => [one.name, gene(a, place) ?? "–", gene(b, place) ?? "–"])
    const differ = own.filter(([, x, y]) => x !== y)
    const table = element("table", {}, element("caption", {textContent: `${differ.length} of ${genes.length} genes differ; in the drawings what differs has an orange line`}),
      element("thead", {}, element("tr", {}, ...["", name(a), name(b)].map(words => element("th", {scope: "col", textContent: words})))),
      element("tbody", {}, ...[...change, ...differ].map(parts => line(...parts))))
    return [element("div", {className: "scroll", tabIndex: 0}, table), copies({"command: draw both, differences marked":
      command("draw", a, ` --against ${quoted(text(b))} --input ${size} --joints ${facts.joints} --out both.svg`)})]
  }

  // the card beside the pointer ----------------------------------------------------------------------------------
  let pointer = [0, 0]
  const card = row => {
    const box = $("card")
    box.replaceChildren(element("strong", {textContent: name(row)}), facts_of(row), drawing(row), element("span", {className: "note", textContent: text(row)}))
    box.hidden = false
    const [x, y] = pointer, right = x + 16 + box.offsetWidth > innerWidth
    box.style.left = Math.max(4, right ? x - 16 - box.offsetWidth : x + 16) + "px"
    box.style.top = Math.max(4, Math.min(y + 16, innerHeight - box.offsetHeight - 8)) + "px"
  }
  let over = null
  const hovered = ({index}) => {
    const row = index.indices.at(-1) ?? null
    if (row === over) return
    over = row
    if (row === null) $("card").hidden = true; else card(row)
  }

  // looks --------------------------------------------------------------------------------------------------------
  const dark = matchMedia("(prefers-color-scheme: dark)")
  const dress = () => {
    const ink = dark.matches && !matchMedia("print").matches ? "#e6eaf0" : "#1c2430"
    for (const figure of bokeh.roots().filter(root => root.type === "Figure")) {
      for (const axis of [...figure.below, ...figure.left, ...figure.above, ...figure.right]) {
        if (axis.type?.endsWith("Axis")) Object.assign(axis, {axis_label_text_color: ink, major_label_text_color: ink, group_text_color: ink})
        if (axis.type === "Legend") axis.label_text_color = ink
      }
      figure.title.text_color = ink
      for (const renderer of figure.renderers) if (renderer.name === "options") renderer.glyph.text_color = {value: ink}
    }
  }
  const recolour = () => {
    const mapper = bokeh.get_model_by_name("colour:" + state.colour)
    const paint = {field: state.colour, transform: mapper}
    for (const figure of bokeh.roots().filter(root => root.type === "Figure"))
      for (const renderer of figure.renderers) if (renderer.name === "marks") { renderer.glyph.fill_color = paint; renderer.selection_glyph.fill_color = paint }
    $("scale").hidden = state.colour === "by"
    const one = objectives.find(known => known.column === state.colour)
    if (one) {
      $("low").textContent = shown(one, mapper.low); $("high").textContent = shown(one, mapper.high)
      $("gradient").style.background = `linear-gradient(to right, ${facts.palette.join()})`
    }
    drawLines(); remember()
  }

  // a served page is loaded anew as trials come, and keeps what its reader chose -------------------------------------
  const KEY = "nasbench-pose report"
  const remember = () => {
    if (!facts.live) return
    const keys = rows_ => rows_ && rows_.map(row => facts.keys[row])
    sessionStorage.setItem(KEY, JSON.stringify({...state, brush: keys(state.brush), pins: keys(state.pins)}))
  }
  const recall = () => {
    const saved = facts.live && JSON.parse(sessionStorage.getItem(KEY) ?? "null")
    if (!saved) return
    const place = new Map(facts.keys.map((key, row) => [key, row]))
    const found = keys => keys && keys.map(key => place.get(key)).filter(row => row !== undefined)
    Object.assign(state, saved, {brush: null, pins: found(saved.pins)})
    for (const input of document.querySelectorAll("[name=strategy]")) input.checked = state.strategies === null || Boolean(state.strategies >> input.value & 1)
    for (const input of document.querySelectorAll("#limits input")) if (input.dataset.column in state.limits) input.setTo(state.limits[input.dataset.column])
    $("colour").value = state.colour; $("top").value = state.top
    if (saved.brush) brush(found(saved.brush))
  }
  const watch = () => setInterval(async () => {
    try {
      const {trials} = await (await fetch("trials", {cache: "no-store"})).json()
      $("live").hidden = false
      $("live").textContent = trials > facts.trials ? `${trials - facts.trials} new trials; the page is loaded anew.` : `Up to date: ${trials} trials.`
      if (trials > facts.trials && !document.querySelector("input:active, select:focus")) location.reload()
    } catch { $("live").hidden = false; $("live").textContent = "The server has ended; this is its last state." }
  }, 3000)

  // wiring -------------------------------------------------------------------------------------------------------
  const sliders = () => objectives.filter(one => !one.maximise).forEach(one => {
    const values = Array.from(data[one.column]).filter(Number.isFinite).sort((a, b) => a - b)
    if (!values.length || values[0] === values.at(-1)) return
    const words = element("output"), input = element("input", {type: "range", min: 0, max: 1000, value: 1000})
    const apply = () => {
      const most = input.value === "1000" ? Infinity : values[Math.floor(input.value / 1000 * (values.length - 1))]
      words.textContent = most === Infinity ? " no limit" : ` ≤ ${shown(one, most)} ${one.unit}`
      if (most === Infinity) delete state.limits[one.column]; else state.limits[one.column] = most
      input.setAttribute("aria-valuetext", words.textContent)
    }
    input.dataset.column = one.column
    input.setTo = most => { input.value = 1000 * values.filter(value => value <= most).length / values.length; apply() }
    input.addEventListener("input", () => { apply(); update() })
    apply()
    $("limits").append(element("label", {}, `${one.heading} `, input, words))
  })
  const wire = () => {
    document.addEventListener("pointermove", event => { pointer = [event.clientX, event.clientY] }, {passive: true})
    document.addEventListener("keydown", event => { if (event.key === "Escape") { $("card").hidden = true; brush([]) } })
    $("controls").addEventListener("change", event => {
      if (event.target.name === "strategy") {
        const boxes = [...document.querySelectorAll("[name=strategy]")]
        state.strategies = boxes.every(box => box.checked) ? null : boxes.reduce((bits, box) => bits | (box.checked << box.value), 0)
        update()
      } else if (event.target.id === "colour") { state.colour = event.target.value; recolour() }
    })
    $("controls").addEventListener("reset", () => setTimeout(() => {
      Object.assign(state, {limits: {}, strategies: null, colour: "by"})
      document.querySelectorAll("#limits input").forEach(input => { input.value = 1000; input.setTo(Infinity) })
      brush([]); recolour(); update()
    }))
    $("clear").onclick = () => brush([])
    $("top").addEventListener("input", event => { state.top = Number(event.target.value); drawLines(); remember() })
    $("before").onclick = () => { state.page--; fillTable() }
    $("after").onclick = () => { state.page++; fillTable() }
    $("csv").onclick = () => save(new Blob([csv()], {type: "text/csv"}), "networks.csv")
    document.querySelectorAll("[data-save]").forEach(button => { button.onclick = () => saveFigure(button.dataset.save, button.dataset.of) })
    document.querySelectorAll("[name=published]").forEach(input => input.addEventListener("change", () => {
      for (const figure of bokeh.roots().filter(root => root.name?.startsWith("published_")))
        for (const renderer of figure.renderers) if (renderer.name === "published") {
          const all = renderer.data_source.data
          renderer.data_source.data = {...all, plotted: all[input.value]}
        }
    }))
    source.selected.change.connect(() => {
      const chosen = source.selected.indices
      if (chosen.length === 1 && !state.pins.includes(chosen[0])) toggle(chosen[0])
      brushed(chosen)
    })
    const choices = bokeh.get_model_by_name("choices")
    choices?.selected.change.connect(() => {
      const [cell_] = choices.selected.indices
      if (cell_ === undefined) return
      const place = genes.findIndex(one => one.name === choices.data.gene[cell_])
      brush(kept.flatMap((keep, row) => keep && gene(row, place) === choices.data.option[cell_] ? [row] : []))
    })
    bokeh.get_model_by_name("parallel_coordinates").on_event("selectiongeometry", event => {
      const {x0, x1, y0, y1} = event.geometry, axes = scales.map((_, place) => place).filter(place => x0 <= place && place <= x1)
      if (event.final !== false && axes.length) brush(kept.flatMap((keep, row) => keep && axes.every(place => { const at = scales[place].of(row); return y0 <= at && at <= y1 }) ? [row] : []))
    })
    dark.addEventListener("change", dress)
    addEventListener("beforeprint", dress); addEventListener("afterprint", dress)
  }
  const start = async () => {
    const docs = JSON.parse($("documents").textContent)
    const [id] = Object.keys(docs)
    const roots = Object.fromEntries([...document.querySelectorAll(".plot")].map(plot => [plot.dataset.root, plot.id]))
    await Bokeh.embed.embed_items(docs, [{docid: id, roots, root_ids: Object.keys(roots)}])
    bokeh = Bokeh.documents[0]
    source = bokeh.get_model_by_name("networks")
    data = source.data
    prepareScales(); sliders(); wire(); recall(); dress()
    if (state.colour !== "by") recolour()
    update(); fillPins()
    if (facts.live) watch()
    document.documentElement.dataset.ready = "true"
  }
  return {start, hovered, state, csv, toggle, brush, text, rows: () => rows}
})()
window.report.start()
