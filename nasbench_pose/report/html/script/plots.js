// What follows the filters: the numbers of what is shown, and the data of front, parallel coordinates, map of choices, learning curves.
const better = (one, a, b) => one.maximise ? a > b : a < b
const best_first = one => (a, b) => (one.maximise ? -1 : 1) * (data[one.column][a] - data[one.column][b])
const measured = one => rows.filter(row => Number.isFinite(data[one.column][row]))

const drawFront = () => {
  const cheapest_first = best_first(cost), then_best = best_first(quality)
  const points = measured(cost).filter(row => Number.isFinite(data[quality.column][row]))
  points.sort((a, b) => cheapest_first(a, b) || then_best(a, b))
  const front = []
  for (const row of points) {
    if (!front.length || better(quality, data[quality.column][row], data[quality.column][front.at(-1)])) front.push(row)
  }
  if (cost.maximise) front.reverse()
  const column = one => front.map(row => data[one.column][row])
  bokeh.get_model_by_name("front").data = {x: column(cost), y: column(quality)}
  drawNumbers(front.length)
}
const ends = values => values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity])
const drawNumbers = onFront => {
  const range = one => ends(measured(one).map(row => data[one.column][row])).map(value => shown(one, value))
  const ranges = objectives.map(one => [one.heading, [...new Set(range(one))].join(" to ")])
  $("numbers").replaceChildren(listed([...ranges, ["on their front", onFront.toLocaleString("en")]]))
  for (const place of document.querySelectorAll("[data-strategy]")) {
    const times = rows.filter(row => data.proposed[row] >> place.dataset.strategy & 1).length
    place.textContent = times.toLocaleString("en")
  }
}

// An axis of the parallel coordinates: the place of a row between 0 and 1, and the words beside the axis.
const geneAxis = (one, place) => {
  const last = one.options.length - 1, codes = data["g" + place]
  const at = code => last > 0 ? code / last : 0.5
  return {of: row => codes[row] === absent ? NaN : at(codes[row]), words: one.options.map((name, code) => [at(code), name])}
}
const metricAxis = one => {
  const values = data[one.column], [low, high] = ends(Array.from(values).filter(Number.isFinite))
  const turn = one.log && low > 0 ? Math.log : value => value
  const of = row => high > low ? (turn(values[row]) - turn(low)) / (turn(high) - turn(low)) : 0.5
  return {of, words: [[0, shown(one, low)], [1, shown(one, high)]]}
}
let axes = []
const prepareAxes = () => {
  axes = [...genes.map(geneAxis), ...objectives.map(metricAxis)]
  const ends = axes.flatMap((axis, x) => axis.words.map(([y, words]) => [x, y, words]))
  const [x, y, text] = [0, 1, 2].map(part => ends.map(end => end[part]))
  bokeh.get_model_by_name("axis ends").data = {x, y, text}
}
const MOST_LINES = 1500
const colourOf = row => {
  if (state.colour === "by") return facts.colours[data.by[row]]
  const {palette} = facts
  const part = axes[genes.length + objectives.findIndex(one => one.column === state.colour)].of(row)
  return Number.isFinite(part) ? palette[Math.min(palette.length - 1, Math.floor(part * palette.length))] : "#8a8a8a"
}
const drawLines = () => {
  const order = measured(quality).sort(best_first(quality))
  const wanted = Math.max(1, Math.ceil(order.length * state.top / 100))
  const best = order.slice(0, Math.min(wanted, MOST_LINES)).reverse()
  const part = wanted > MOST_LINES ? ` (the best ${MOST_LINES} of ${wanted})` : ""
  $("top-text").textContent = `${state.top} %: ${best.length} network${best.length === 1 ? "" : "s"}${part}`
  const xs = axes.map((_, place) => place)
  bokeh.get_model_by_name("lines").data = {
    xs: best.map(() => xs), ys: best.map(row => axes.map(axis => axis.of(row))), colour: best.map(colourOf), row: best,
  }
}
const drawChoices = () => {
  const choices = bokeh.get_model_by_name("choices")
  if (!choices) return
  const own = rows.filter(row => facts.texts[row] === undefined)
  const share = genes.flatMap((one, place) => {
    const times = new Float64Array(one.options.length), codes = data["g" + place]
    for (const row of own) if (codes[row] !== absent) times[codes[row]]++
    return one.options.length > 1 ? Array.from(times, number => own.length ? 100 * number / own.length : 0) : []
  })
  const text = share.map(part => part.toFixed(0)), ink = share.map(part => part > 55 ? "#ffffff" : "#1c2430")
  choices.data = {...choices.data, share, text, ink}
}
const drawLearning = () => {
  const learning = bokeh.get_model_by_name("learning")
  if (!learning) return
  const wanted = new Set([...(state.brush ? rows : []), ...state.pins])
  const all = Array.from(learning.data.row, (_, i) => i)
  const chosen = wanted.size ? all.filter(i => wanted.has(learning.data.row[i])) : all.slice(0, 20)
  bokeh.get_model_by_name("learning shown").indices = chosen
  learning.selected.indices = []
}

// Brushed networks are marks on the curves of the strategies, at the trials in which they were measured, and on the
// published planes, if they are published networks. There, models are brushed, too.
const chosenOf = (columns, wanted) => Array.from(columns.row, (_, i) => i).filter(i => wanted(columns, i))
let following = false // while the page, and not the reader, selects trials
const drawTrials = () => {
  const trials = bokeh.get_model_by_name("trials"), brushed = new Set(state.brush ? rows : [])
  if (!trials) return
  following = true
  trials.selected.indices = brushed.size ? chosenOf(trials.data, ({row}, i) => brushed.has(row[i])) : []
  following = false
}
const planes = () => figures().filter(figure => figure.name?.startsWith("published_"))
const publishedMarks = plane => plane.renderers.filter(({name}) => name === "published").map(one => one.data_source)
const drawPublished = () => {
  const brushed = new Set(state.brush ? rows : []), models = new Set(state.models)
  for (const marks of planes().flatMap(publishedMarks)) {
    marks.selected.indices = chosenOf(marks.data, ({row, model}, i) => brushed.has(row[i]) || models.has(model[i]))
  }
}
