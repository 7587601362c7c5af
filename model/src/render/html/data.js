// The data of the page, and states made of it. A state is what the differences up to a step leave: nothing is computed.

const view = JSON.parse(document.getElementById("view").textContent);
let bundle = JSON.parse(document.getElementById("bundle").textContent);

// A cell of memory by its number.
function cellOf(number) {
  const [object, member, kind, ghost, zero] = bundle.cells[number];
  return { number, object, member, kind, ghost, zero: bundle.values[zero] };
}

// Writes a difference into a memory: a map from numbers of cells to values in words.
function apply(memory, effect) {
  const pairs = bundle.effects[effect];
  for (let at = 0; at < pairs.length; at += 2) {
    memory.set(pairs[at], bundle.values[pairs[at + 1]]);
  }
}

// The memory of a run after so many steps.
function memoryAfter(run, steps) {
  const memory = new Map(bundle.layouts[run.layout].map((number) => [number, cellOf(number).zero]));
  apply(memory, run.start);
  run.steps.slice(0, steps).forEach((step) => apply(memory, stepOf(step).effect));
  return memory;
}

// A step by its number.
function stepOf(number) {
  const [context, site, effect, telling] = bundle.steps[number];
  const [drawn, lines, state] = bundle.tellings[telling];
  const told = lines.map(([depth, text]) => ({ depth, text: bundle.texts[text] }));
  return { context, site, effect, drawn, lines: told, state: bundle.texts[state] };
}

// What a step changed: cell, value before, value after.
function changesOf(run, number) {
  if (number === 0) return [];
  const before = memoryAfter(run, number - 1);
  const after = memoryAfter(run, number);
  const changed = [...after].filter(([cell, value]) => before.get(cell) !== value);
  return changed.map(([cell, value]) => ({ cell: cellOf(cell), from: before.get(cell), to: value }));
}

// The places that lead to a step, outermost first: function, source, line.
function placesOf(site) {
  const [innermost, source, line] = bundle.sites[site];
  const places = [];
  let inside = { source, line };
  for (let frame = innermost; frame !== 0; ) {
    const [parent, name, callSource, callLine] = bundle.frames[frame - 1];
    places.unshift({ name: bundle.texts[name] + "()", ...inside });
    inside = { source: callSource, line: callLine };
    frame = parent;
  }
  places.unshift({ name: "context", ...inside });
  return places;
}

// A new element. Text is always set as text: no name can become markup.
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === undefined) continue;
    made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}
