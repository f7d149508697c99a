// What the page knows, and how a network, a row of the data, is called, described and drawn.
const $ = id => document.getElementById(id)
const facts = JSON.parse($("facts").textContent)
const {objectives, genes, strategies, absent} = facts
const [quality, cost] = objectives
const state = {
  limits: {}, strategies: null, brush: null, models: [], colour: "by", top: 10, pins: [], page: 0, sort: null, down: true,
}
let bokeh, source, data // Bokeh's document, the source of the networks, and its columns
let rows = [], kept = [] // the networks that are shown, and for each network whether it is within the limits

const element = (tag, attributes = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), attributes)
  made.append(...children)
  return made
}
const count = () => facts.keys.length
const every = () => Array.from({length: count()}, (_, row) => row)
const name = row => facts.names[row] ?? facts.keys[row]
const gene = (row, place) => {
  const code = data["g" + place][row]
  return code === absent ? null : genes[place].options[code]
}
const text = row => {
  if (facts.texts[row] !== undefined) return facts.texts[row]
  const choices = genes.map((one, place) => [one.name, gene(row, place)]).filter(([, value]) => value !== null)
  return facts.space + ":" + choices.map(pair => pair.join("=")).join(",")
}
const shown = (one, value) => {
  if (!Number.isFinite(value)) return "—"
  return one.digits === null ? String(Number(value.toPrecision(6))) : value.toFixed(one.digits)
}
const metric = (row, one) => {
  const spread = one === quality && data.spread?.[row] >= 0 ? " ± " + shown(one, data.spread[row]) : ""
  return shown(one, data[one.column][row]) + spread
}
const proposers = row => strategies.filter((_, bit) => data.proposed[row] >> bit & 1).join(", ")
const listed = pairs => element("dl", {}, ...pairs.flatMap(([term, value]) =>
  [element("dt", {textContent: term}), element("dd", {textContent: value}), " "]))
const description = row => listed([
  ...objectives.map(one => [one.heading, metric(row, one)]),
  ["seeds", String(data.seeds[row])], ["proposed by", proposers(row)],
])

// A drawing has a width, a height, and patterns at their places; a pattern has elements at theirs. That of a network of
// the searched space is made of stencils: its genes say which ones, and which pattern is in each of their slots.
const triples = places => Array.from({length: places.length / 3}, (_, i) => places.slice(3 * i, 3 * i + 3))
const filled = (row, [place, x, y, menu, ...edges]) => {
  const pattern = facts.pictures.menus[menu][data["g" + place][row]]
  const [colour, dashed] = facts.pictures.inks[pattern] ?? []
  const ink = half => `color:${colour}${dashed && half === 0 ? ";stroke-dasharray:4 3" : ""}`
  return [...triples(edges).map((edge, half) => [...edge, ink(half)]), [pattern, x, y]]
}
const stencilled = row => {
  const {parts, margin} = facts.pictures
  let width = 0, height = margin
  const places = []
  for (const {marks, stencils} of parts) {
    const key = marks.map(([place, known]) => known[data["g" + place][row]] ?? -1).join()
    const [wide, high, frame, slots] = stencils[key] ?? []
    if (!slots) return null
    for (const [pattern, x, y, ink] of [...slots.flatMap(slot => filled(row, slot)), ...triples(frame)]) {
      places.push([pattern, x, y + height, ink])
    }
    width = Math.max(width, wide)
    height += high + margin
  }
  return parts.length ? {width, height, places} : null
}
const drawingOf = row => {
  if (facts.pictures.drawn[row] === undefined) return facts.texts[row] === undefined ? stencilled(row) : null
  const [width, height, steps] = facts.pictures.drawn[row]
  let x = 0, y = 0
  return {width, height, places: triples(steps).map(([pattern, dx, dy]) => [pattern, x += dx, y += dy])}
}
const elements = ({places}) => places.flatMap(([pattern, x, y, ink = ""]) =>
  triples(facts.pictures.patterns[pattern]).map(([symbol, left, top]) => [symbol, x + left, y + top, ink]))

const SVG = "http://www.w3.org/2000/svg"
const DIFFERS = {text: "fill:#a33c00;font-weight:bold", other: "stroke:#d55e00;stroke-width:2px"}
// The drawing of a network; what another drawing does not have at the same place is orange, and its words are bold.
const drawing = (row, other = null) => {
  const drawn = drawingOf(row)
  if (!drawn) return element("p", {className: "note", textContent: "Not drawn in this file; once pinned, it has the command that draws it."})
  const svg = document.createElementNS(SVG, "svg")
  const attributes = {
    viewBox: `0 0 ${drawn.width} ${drawn.height}`, class: "network", role: "img",
    "aria-label": "Architecture of " + name(row),
  }
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value)
  const theirs = other && new Set(elements(other).map(String))
  for (const [symbol, x, y, ink] of elements(drawn)) {
    const part = document.createElementNS(SVG, "g")
    part.setAttribute("transform", `translate(${x} ${y})`)
    part.innerHTML = facts.pictures.symbols[symbol]
    part.setAttribute("style", ink)
    const differs = theirs && !theirs.has(String([symbol, x, y, ink]))
    if (differs) for (const one of part.querySelectorAll("rect, circle, path, text")) {
      one.setAttribute("style", DIFFERS[one.tagName] ?? DIFFERS.other)
    }
    svg.append(part)
  }
  return svg
}
