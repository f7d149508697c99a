// Limits and strategies say which networks are kept; a brush chooses among them. Everything shows what is left.
const within = row =>
  Object.entries(state.limits).every(([column, most]) => data[column][row] <= most) && // never what was not measured
  (state.strategies === null || (data.proposed[row] & state.strategies) !== 0)

const update = () => {
  const all = every()
  kept = all.map(within)
  bokeh.get_model_by_name("kept").booleans = kept
  const brushed = state.brush && new Set(state.brush)
  rows = all.filter(row => kept[row] && (!brushed || brushed.has(row)))
  sortRows()
  state.page = 0
  const [some, total] = [rows.length, count()].map(number => number.toLocaleString("en"))
  $("shown").textContent = `${some} of ${total} network${total === "1" ? "" : "s"}${brushed ? ", brushed" : ""}`
  for (const draw of [drawFront, drawLines, drawChoices, drawLearning, drawTrials, drawPublished, fillTable, remember]) draw()
}
const brush = chosen => { source.selected.indices = chosen }
const clear = () => { state.models = []; brush([]); drawPublished() }

const sliders = () => objectives.filter(one => !one.maximise).forEach(one => {
  const values = Array.from(data[one.column]).filter(Number.isFinite).sort((a, b) => a - b)
  if (!values.length || values[0] === values.at(-1)) return
  const words = element("output"), input = element("input", {type: "range", min: 0, max: 1000, value: 1000})
  const apply = () => {
    const place = Math.floor(input.value / 1000 * (values.length - 1))
    const most = input.value === "1000" ? Infinity : values[place]
    if (most === Infinity) delete state.limits[one.column]
    else state.limits[one.column] = most
    words.textContent = most === Infinity ? "no limit" : `≤ ${shown(one, most)} ${one.unit}`
    input.setAttribute("aria-valuetext", words.textContent)
  }
  input.dataset.column = one.column
  input.setTo = most => {
    input.value = 1000 * values.filter(value => value <= most).length / values.length
    apply()
  }
  input.addEventListener("input", () => { apply(); update() })
  apply()
  $("limits").append(element("label", {}, element("span", {textContent: one.heading}), input, words))
})
const chooseStrategies = () => {
  const boxes = [...document.querySelectorAll("[name=strategy]")]
  const bits = boxes.reduce((sum, box) => sum | box.checked << box.value, 0)
  state.strategies = boxes.every(box => box.checked) ? null : bits
  update()
}
const reset = () => {
  Object.assign(state, {limits: {}, strategies: null, colour: "by"})
  document.querySelectorAll("#limits input").forEach(input => input.setTo(Infinity))
  recolour()
  clear()
  update()
}
