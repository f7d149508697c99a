// The card beside the pointer, the colours of light, dark and print, and the size of the text in plots.
let pointer = [0, 0], over = null
const showCard = row => {
  const box = $("card")
  const genotype = element("span", {className: "note", textContent: text(row)})
  box.replaceChildren(element("strong", {textContent: name(row)}), description(row), drawing(row), genotype)
  box.hidden = false
  const [x, y] = pointer, room = x + 16 + box.offsetWidth <= innerWidth
  box.style.left = Math.max(4, room ? x + 16 : x - 16 - box.offsetWidth) + "px"
  box.style.top = Math.max(4, Math.min(y + 16, innerHeight - box.offsetHeight - 8)) + "px"
}
const hovered = indices => {
  const row = indices.at(-1) ?? null
  if (row === over) return
  over = row
  if (row === null) $("card").hidden = true
  else showCard(row)
}

// Ticks of a logarithmic axis: all digits, or, where these would leave no room for the powers of ten, some of them.
const logTicks = ({start, end}) => {
  const [low, high] = [Math.min(start, end), Math.max(start, end)], decades = Math.log10(high / low)
  const digits = decades > 4 ? [1] : decades > 1 ? [1, 2, 5] : [1, 2, 3, 4, 5, 6, 7, 8, 9]
  const powers = Array.from({length: Math.ceil(decades) + 2}, (_, i) => 10 ** (Math.floor(Math.log10(low)) + i))
  return powers.flatMap(power => digits.map(digit => digit * power)).filter(tick => low <= tick && tick <= high)
}
const connectTicks = () => {
  for (const {below, left, x_range, y_range} of figures()) {
    for (const [axes, range] of [[below, x_range], [left, y_range]]) {
      const ticker = axes.find(axis => axis.type === "LogAxis")?.ticker
      const mark = () => { if (ticker && Number.isFinite(range.start)) ticker.ticks = logTicks(range) }
      range.change.connect(mark)
      mark()
    }
  }
}

const dark = matchMedia("(prefers-color-scheme: dark)")
const wide = matchMedia("(min-width: 2600px)") // as in report.css, which enlarges the text of the page there
const paper = document.documentElement.classList // has "paper" while the page is printed
const TEXTS = ["axis_label_text_color", "major_label_text_color", "group_text_color"]
const SIZES = {axis_label_text_font_size: 12, major_label_text_font_size: 11, group_text_font_size: 11}
const figures = () => bokeh.roots().filter(root => root.type === "Figure")
const dress = () => {
  const ink = dark.matches && !paper.contains("paper") ? "#e6eaf0" : "#1c2430"
  facts.colours[strategies.length] = ink // of what several strategies proposed
  bokeh.get_model_by_name("colour:by").palette = [...facts.colours]
  const root = paper.contains("paper") ? 16 : parseFloat(getComputedStyle(document.documentElement).fontSize)
  const sized = pixels => pixels * root / 16 + "px"
  for (const figure of figures()) {
    for (const part of [...figure.below, ...figure.left, ...figure.above, ...figure.right]) {
      if (part.type.endsWith("Axis")) {
        for (const text of TEXTS) part[text] = ink
        for (const [text, pixels] of Object.entries(SIZES)) if (text in part) part[text] = sized(pixels)
      }
      if (part.type === "Legend") Object.assign(part, {label_text_color: ink, label_text_font_size: sized(11)})
    }
    Object.assign(figure.title, {text_color: ink, text_font_size: sized(13)})
    for (const {name, glyph} of figure.renderers) {
      if (glyph?.type === "Text") glyph.text_font_size = {value: sized(name === "options" ? 10 : 11)}
      if (name === "options") glyph.text_color = {value: ink}
    }
  }
  drawLines()
}
// Plots follow the width of the page some time after it has changed, but what is printed is the page right after
// `beforeprint`: then each plot is drawn in the width of a sheet, on a canvas that is printed in its place.
const print = on => {
  paper.toggle("paper", on)
  dress()
  document.querySelectorAll(".printed").forEach(canvas => canvas.remove())
  for (const figure of on ? figures() : []) {
    const view = Bokeh.index.find_one(figure)
    view.after_resize()
    const {canvas} = view.export("png")
    canvas.className = "printed"
    $("plot-" + figure.name).after(canvas)
  }
}
const recolour = () => {
  const mapper = bokeh.get_model_by_name("colour:" + state.colour)
  const fill_color = {field: state.colour, transform: mapper}
  for (const {name, glyph, selection_glyph} of figures().flatMap(figure => figure.renderers)) {
    if (name === "marks") for (const part of [glyph, selection_glyph]) part.fill_color = fill_color
  }
  const one = objectives.find(known => known.column === state.colour)
  $("scale").hidden = !one
  if (one) {
    $("low").textContent = shown(one, mapper.low)
    $("high").textContent = shown(one, mapper.high)
    $("gradient").style.background = `linear-gradient(to right, ${facts.palette.join()})`
  }
  drawLines()
  remember()
}
