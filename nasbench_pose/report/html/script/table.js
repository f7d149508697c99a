// The table of networks, which does by keyboard what the plots do by pointer, and the pinned networks under it.
const PAGE = 20
const columns = [
  ["network", name],
  ...objectives.map(one =>
    [one.heading + (one.maximise ? " ↑" : " ↓"), row => data[one.column][row], row => metric(row, one)]),
  ["seeds", row => data.seeds[row]],
  ["proposed by", proposers],
]
const sortRows = () => {
  if (state.sort === null) return
  const of = columns[state.sort][1], sign = state.down ? -1 : 1
  const compare = (x, y) => typeof x === "string" ? x.localeCompare(y) : (x - y) || 0
  rows.sort((a, b) => sign * compare(of(a), of(b)) || a - b)
}
const sortBy = place => {
  state.down = state.sort === place ? !state.down : true
  state.sort = place
  state.page = 0
  sortRows()
  fillTable()
  $("table").tHead.querySelectorAll("button")[place].focus()
}
const headOf = ([heading], place) => {
  const head = element("th", {scope: "col"}, element("button", {
    type: "button", textContent: heading, onclick: () => sortBy(place),
  }))
  if (state.sort === place) head.setAttribute("aria-sort", state.down ? "descending" : "ascending")
  return head
}
const lineOf = row => {
  const pinned = state.pins.includes(row)
  const pin = element("button", {type: "button", textContent: pinned ? "unpin" : "pin"})
  pin.onclick = () => {
    toggle(row)
    document.querySelector(`#table [data-row="${row}"] button`)?.focus()
  }
  pin.setAttribute("aria-label", `${pin.textContent} ${name(row)}`)
  const cells = columns.slice(1).map(([, of, print]) => element("td", {textContent: (print ?? of)(row)}))
  const head = element("th", {scope: "row", textContent: name(row), title: text(row)})
  const line = element("tr", {className: pinned ? "pinned" : ""}, head, ...cells, element("td", {}, pin))
  line.dataset.row = row
  return line
}
const fillTable = () => {
  const from = state.page * PAGE, part = rows.slice(from, from + PAGE)
  const heads = [...columns.map(headOf), element("th", {scope: "col", textContent: "pin"})]
  $("table").tHead.replaceChildren(element("tr", {}, ...heads))
  $("table").tBodies[0].replaceChildren(...part.map(lineOf))
  $("span").textContent = rows.length ? `${from + 1} to ${from + part.length} of ${rows.length}` : "none"
  $("before").disabled = !state.page
  $("after").disabled = from + PAGE >= rows.length
}

const toggle = row => {
  state.pins = state.pins.includes(row) ? state.pins.filter(other => other !== row) : [...state.pins.slice(-1), row]
  for (const draw of [fillTable, fillPins, drawLearning, remember]) draw()
}
const fillPins = () => {
  const [a, b] = state.pins
  const other = row => b === undefined ? null : drawingOf(row === a ? b : a)
  $("pin-help").hidden = a !== undefined
  $("pinned").replaceChildren(...state.pins.map(row => element("article", {},
    element("h4", {textContent: name(row)}), description(row), drawing(row, other(row)), copies(recipes(row)),
    element("button", {type: "button", textContent: "unpin", onclick: () => toggle(row)}))))
  $("difference").replaceChildren(...(b === undefined ? [] : difference(a, b)))
}
const difference = (a, b) => {
  const line = ([what, ...values]) => element("tr", {}, element("th", {scope: "row", textContent: what}),
    ...values.map(value => element("td", {}, values[0] === values[1] ? value : element("mark", {textContent: value}))))
  const metrics = objectives.map(one => [one.heading, metric(a, one), metric(b, one)])
  const own = genes.map((one, place) => [one.name, gene(a, place) ?? "–", gene(b, place) ?? "–"])
  const differ = own.filter(([, x, y]) => x !== y)
  const drawn = [a, b].every(drawingOf) ? "; in the drawings what differs is orange" : ""
  const caption = `${differ.length} of ${genes.length} genes differ${drawn}`
  const heads = ["", name(a), name(b)].map(words => element("th", {scope: "col", textContent: words}))
  const table = element("table", {}, element("caption", {textContent: caption}),
    element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...[...metrics, ...differ].map(line)))
  const draw = command("draw", a, ` --against ${quoted(text(b))}${AT} --out both.svg`)
  const recipe = copies({"command: draw both, differences marked": draw})
  return [element("div", {className: "scroll", tabIndex: 0}, table), recipe]
}
