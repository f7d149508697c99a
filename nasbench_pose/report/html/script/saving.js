// What a reader takes along: commands and code to copy, CSV, SVG and PNG to save.
const quoted = word => "'" + word.replaceAll("'", `'"'"'`) + "'"
const command = (verb, row, more = "") => `nasbench-pose ${verb} ${quoted(text(row))}${more}`
const [HEIGHT, WIDTH] = facts.input
const AT = ` --input ${HEIGHT}x${WIDTH} --joints ${facts.joints}`
const recipes = row => ({
  "its genotype": text(row),
  "command: cost": command("cost", row, AT),
  "command: draw": command("draw", row, AT + " --out network.svg"),
  "Python: build": "import nasbench_pose as nbp\n" +
    `network = nbp.build(nbp.find(${JSON.stringify(text(row))}), input=(${facts.input}), joints=${facts.joints})`,
})

const copy = async (words, button) => {
  try {
    await navigator.clipboard.writeText(words)
  } catch { // a page opened as a file may not use the clipboard
    const field = document.body.appendChild(element("textarea", {value: words}))
    field.select()
    document.execCommand("copy")
    field.remove()
    button.focus()
  }
  const before = button.dataset.label ??= button.textContent
  button.textContent = "copied"
  setTimeout(() => { button.textContent = before }, 1200)
}
const copies = all => element("p", {className: "tools"}, "Copy ", ...Object.entries(all).flatMap(([what, words]) => {
  const onclick = event => copy(words, event.currentTarget)
  return [element("button", {type: "button", textContent: what, title: words, onclick}), " "]
}))

const save = (blob, file) => {
  const link = element("a", {href: URL.createObjectURL(blob), download: file})
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 5000)
}
const saveFigure = async (kind, figure) => {
  const view = Bokeh.index.find_one(bokeh.get_model_by_name(figure))
  save(await view.export(kind).to_blob(), `${figure}.${kind}`)
}
// A cell that begins like a formula is text to a spreadsheet if an apostrophe comes first.
const cell = value => {
  const plain = String(value).replace(/[\u0000-\u001f\u007f-\u009f]/g, " ")
  const safe = typeof value === "string" && /^\s*[=+\-@]/.test(plain) ? "'" + plain : plain
  return /[",]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe
}
const csv = () => {
  const units = objectives.map(one => one.unit ? `${one.column} (${one.unit})` : one.column)
  const head = ["key", "name", "genotype", ...units, "seeds", "proposed by"]
  const lines = rows.map(row => [
    facts.keys[row], facts.names[row] ?? "", text(row),
    ...objectives.map(one => data[one.column][row]), data.seeds[row], proposers(row),
  ])
  return [head, ...lines].map(line => line.map(cell).join(",")).join("\r\n") + "\r\n"
}
