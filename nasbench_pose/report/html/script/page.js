// The page starts here: plots are embedded, and every control is connected.

// A served page is loaded anew as trials come, and keeps what its reader chose and where they are.
const KEY = "nasbench-pose report"
const served = facts.served !== null
const remember = () => {
  if (!served) return
  const keys = chosen => chosen && chosen.map(row => facts.keys[row])
  sessionStorage.setItem(KEY, JSON.stringify({...state, scroll: scrollY, brush: keys(state.brush), pins: keys(state.pins)}))
}
const recall = () => {
  const saved = served && JSON.parse(sessionStorage.getItem(KEY) ?? "null")
  if (!saved) return
  const place = new Map(facts.keys.map((key, row) => [key, row]))
  const found = keys => keys.map(key => place.get(key)).filter(row => row !== undefined)
  Object.assign(state, saved, {brush: null, pins: found(saved.pins)})
  for (const box of document.querySelectorAll("[name=strategy]")) {
    box.checked = state.strategies === null || Boolean(state.strategies >> box.value & 1)
  }
  for (const input of document.querySelectorAll("#limits input")) {
    if (input.dataset.column in state.limits) input.setTo(state.limits[input.dataset.column])
  }
  $("colour").value = state.colour
  $("top").value = state.top
  if (saved.brush) brush(found(saved.brush))
  scrollTo({top: saved.scroll, behavior: "instant"})
}
const watch = () => setInterval(async () => {
  const live = $("live")
  live.hidden = false
  try {
    const {trials} = await (await fetch("trials", {cache: "no-store"})).json()
    const busy = document.querySelector("input:active, select:focus") || document.querySelector("#card:not([hidden])")
    live.textContent = `Live: ${facts.served} trials shown of ${trials}.`
    if (trials !== facts.served && !busy) {
      remember()
      location.reload()
    }
  } catch {
    live.textContent = "The server has ended; this is its last state."
  }
}, facts.seconds * 1000)

const connectForm = () => {
  $("controls").addEventListener("change", ({target}) => {
    if (target.name === "strategy") chooseStrategies()
    if (target.id === "colour") { state.colour = target.value; recolour() }
  })
  $("controls").addEventListener("reset", () => setTimeout(reset))
  $("clear").onclick = clear
  $("top").addEventListener("input", ({target}) => { state.top = Number(target.value); drawLines(); remember() })
  $("before").onclick = () => { state.page--; fillTable() }
  $("after").onclick = () => { state.page++; fillTable() }
  $("csv").onclick = () => save(new Blob([csv()], {type: "text/csv"}), "networks.csv")
  for (const button of document.querySelectorAll("[data-save]")) {
    button.onclick = () => saveFigure(button.dataset.save, button.dataset.of)
  }
  for (const input of document.querySelectorAll("[name=published]")) input.onchange = () => published(input.value)
}
const published = column => {
  for (const marks of planes().flatMap(publishedMarks)) marks.data = {...marks.data, plotted: marks.data[column]}
}
const connectPlots = () => {
  source.inspect.connect(() => hovered(source.inspected.indices))
  source.selected.change.connect(() => {
    const chosen = source.selected.indices
    if (chosen.length === 1 && !state.pins.includes(chosen[0])) toggle(chosen[0])
    state.brush = chosen.length ? Array.from(chosen) : null
    update()
  })
  const choices = bokeh.get_model_by_name("choices")
  choices?.selected.change.connect(() => {
    const [tapped] = choices.selected.indices
    if (tapped === undefined) return
    const place = genes.findIndex(one => one.name === choices.data.gene[tapped])
    brush(every().filter(row => kept[row] && gene(row, place) === choices.data.option[tapped]))
  })
  const trials = bokeh.get_model_by_name("trials")
  trials?.selected.change.connect(() => {
    const chosen = new Set(trials.selected.indices.map(i => trials.data.row[i]))
    if (!following) brush([...chosen].filter(row => kept[row]))
  })
  const learning = bokeh.get_model_by_name("learning")
  learning?.selected.change.connect(() => {
    const chosen = new Set(learning.selected.indices.map(i => learning.data.row[i]))
    if (chosen.size) brush([...chosen])
  })
  for (const plane of planes()) {
    plane.on_event("selectiongeometry", ({geometry: {x0, x1, y0, y1}, final}) => {
      if (final === false) return
      const inside = ({plotted, value}, i) => x0 <= plotted[i] && plotted[i] <= x1 && y0 <= value[i] && value[i] <= y1
      const chosen = publishedMarks(plane).flatMap(({data}) =>
        chosenOf(data, inside).map(i => ({model: data.model[i], row: data.row[i]})))
      state.models = chosen.map(({model}) => model)
      brush([...new Set(chosen.map(({row}) => row))].filter(row => kept[row]))
      drawPublished()
    })
  }
  bokeh.get_model_by_name("parallel_coordinates").on_event("selectiongeometry", ({geometry, final}) => {
    const {x0, x1, y0, y1} = geometry
    const over = axes.filter((_, place) => x0 <= place && place <= x1)
    const inside = row => over.every(axis => { const at = axis.of(row); return y0 <= at && at <= y1 })
    if (final !== false && over.length) brush(every().filter(row => kept[row] && inside(row)))
  })
}
const connectWindow = () => {
  addEventListener("pointermove", event => { pointer = [event.clientX, event.clientY] }, {passive: true})
  addEventListener("keydown", event => {
    if (event.key === "Escape") { $("card").hidden = true; clear() }
  })
  for (const query of [dark, wide]) query.addEventListener("change", dress)
  addEventListener("beforeprint", () => print(true))
  addEventListener("afterprint", () => print(false))
}

const unpacked = async text => {
  const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0))
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json()
}
const start = async () => {
  facts.pictures = await unpacked(facts.pictures)
  const documents = JSON.parse($("documents").textContent)
  const [docid] = Object.keys(documents)
  const roots = Object.fromEntries([...document.querySelectorAll(".plot")].map(plot => [plot.dataset.root, plot.id]))
  await Bokeh.embed.embed_items(documents, [{docid, roots, root_ids: Object.keys(roots)}])
  bokeh = Bokeh.documents[0]
  source = bokeh.get_model_by_name("networks")
  data = source.data
  for (const step of [prepareAxes, sliders, connectForm, connectPlots, connectTicks, connectWindow, recall, dress]) step()
  if (state.colour !== "by") recolour()
  update()
  fillPins()
  if (served) watch()
  document.documentElement.dataset.ready = "true"
}
window.report = {state, brush, toggle, csv, text, drawing, rows: () => rows}
start()
