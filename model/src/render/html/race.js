// One race: the diagram, where it stands, and how to move in it.

const part = (id) => document.getElementById(id);
const viewer = { race: null, run: null, number: 0, frame: null, hidden: new Set() };

function openRace(number) {
  viewer.race = bundle.races[number];
  viewer.hidden.clear();
  const { proposal, reading, claim, sentence, scenario } = viewer.race;
  const title = `${proposal}${reading ? ` (${reading})` : ""}, ${claim}: ${sentence}, in ${scenario}`;
  part("race-title").textContent = view.heading ?? title;
  const edges = viewer.race.runs.map((run, at) => element("option", { value: at }, run.heading[0] ?? `run ${at + 1}`));
  part("edge").replaceChildren(...edges);
  part("edge-label").hidden = edges.length < 2;
  part("race").hidden = false;
  openRun(0);
}

function openRun(number) {
  viewer.run = viewer.race.runs[number];
  part("slider").max = viewer.run.steps.length;
  drawFilters();
  drawDiagram();
  drawEnding();
  goTo(0);
}

function drawFilters() {
  const acting = new Set(viewer.run.steps.map((step) => stepOf(step).context));
  const boxes = [...acting].map((context) => {
    const box = element("input", { type: "checkbox", checked: !viewer.hidden.has(context) });
    box.addEventListener("change", () => {
      if (box.checked) viewer.hidden.delete(context);
      else viewer.hidden.add(context);
      markRows();
    });
    const [name, kind] = viewer.race.contexts[context];
    return element("label", {}, box, ` ${name} `, element("span", { class: "muted" }, kind));
  });
  part("contexts").replaceChildren(...boxes);
}

function drawDiagram() {
  const { run, race } = viewer;
  const events = race.events ?? [];
  const head = element("tr", {}, element("th", { scope: "col", class: "number" }, "step"));
  if (events.length > 0) head.append(element("th", { scope: "col" }, "running kernel"));
  for (const lane of run.lanes) {
    const names = lane.map((context) => element("span", {}, race.contexts[context][0],
      element("span", { class: "muted" }, ` ${race.contexts[context][1]}`)));
    head.append(element("th", { scope: "col" }, ...names));
  }
  head.append(element("th", { scope: "col" }, "page"));
  const body = element("tbody", {}, startRow(run), ...eventRows(run, 0));
  const speaks = run.lanes.map((lane) => lane[0]);
  run.steps.forEach((step, at) => {
    if (run.mark && run.mark[0] === at) body.append(markRow(run));
    body.append(stepRow(run, stepOf(step), at + 1, speaks), ...eventRows(run, at + 1));
  });
  if (run.mark && run.mark[0] === run.steps.length) body.append(markRow(run));
  part("diagram").replaceChildren(element("table", { class: "race" }, element("thead", {}, head), body));
  // Many columns need the whole width.
  part("panels").classList.toggle("wide", run.lanes.length > 3);
}

function startRow(run) {
  const row = element("tr", { id: "step-0" }, element("td", { class: "number" }, "0"));
  if (viewer.race.events) row.append(element("td"));
  run.lanes.forEach(() => row.append(element("td", { class: "lane" })));
  row.append(element("td", { class: "words" }, run.page));
  row.addEventListener("click", () => goTo(0));
  return row;
}

// What the running kernel did behind so many steps and before the next one.
function eventsBehind(number) {
  return (viewer.race.events ?? []).filter((event) => event.behind === number);
}

function eventRows(run, number) {
  return eventsBehind(number).map((event) => {
    const row = element("tr", { class: "event", "data-behind": number }, element("td", { class: "number" }),
      element("td", {}, element("span", { class: "muted" }, `${event.number}. `), element("code", {}, event.what),
        element("span", { class: "muted" }, ` ${event.who}`), element("span", { class: "seen" }, event.page)));
    run.lanes.forEach(() => row.append(element("td", { class: "lane" })));
    row.append(element("td", { class: "words" }));
    row.addEventListener("click", () => goTo(number));
    return row;
  });
}

function markRow(run) {
  return element("tr", { class: "mark" }, element("td", { colspan: run.lanes.length + 2 + (viewer.race.events ? 1 : 0) }, run.mark[1]));
}

// A row; a lane that several contexts share says who goes on, where that changes.
function stepRow(run, step, number, speaks) {
  const row = element("tr", { id: `step-${number}`, class: step.drawn ? "" : "folded", "data-context": step.context },
    element("td", { class: "number" }, String(number)));
  if (viewer.race.events) row.append(element("td"));
  const name = viewer.race.contexts[step.context][0];
  run.lanes.forEach((lane, at) => {
    const cell = element("td", { class: "lane" });
    if (lane.includes(step.context)) {
      cell.append(element("span", { class: "who" }, name));
      if (step.drawn && speaks[at] !== step.context) cell.append(element("span", { class: "turn" }, `${name}:`));
      if (step.drawn) speaks[at] = step.context;
      step.lines.forEach((line) => cell.append(
        element("code", { style: `padding-left: ${0.8 * line.depth}em` }, line.text)));
    }
    row.append(cell);
  });
  const violated = run.violated.filter(([at]) => at === number).flatMap(([, ids]) => ids);
  const words = element("td", { class: "words" }, step.state);
  if (violated.length > 0) words.append(element("strong", { class: "violated" }, ` violates ${violated.join(", ")}`));
  row.append(words);
  row.addEventListener("click", () => goTo(number));
  return row;
}

function drawEnding() {
  const sentences = [...viewer.run.ending, ...viewer.race.ending];
  const last = sentences.pop();
  part("ending").replaceChildren(...sentences.map((text) => element("p", {}, text)),
    element("p", { class: "verdict" }, last));
}

// Shows the state after so many steps.
function goTo(number) {
  viewer.number = Math.max(0, Math.min(number, viewer.run.steps.length));
  viewer.frame = null;
  part("slider").value = viewer.number;
  part("count").textContent = `${viewer.number} of ${viewer.run.steps.length}`;
  part("first").disabled = part("back").disabled = viewer.number === 0;
  part("last").disabled = part("next").disabled = viewer.number === viewer.run.steps.length;
  markRows();
  drawState(part("state"), viewer.run, viewer.number);
  drawSource();
  const words = describe();
  part("now").textContent = words;
  part("slider").setAttribute("aria-valuetext", words);
}

// The step in a sentence, for the live region.
function describe() {
  const { run, race, number } = viewer;
  if (number === 0) return [`Before the first of ${run.steps.length} steps. Page: ${run.page}.`, ...told(0)].join(" ");
  const step = stepOf(run.steps[number - 1]);
  const text = step.lines.at(-1)?.text || "a step without a statement of its own";
  const words = [`Step ${number} of ${run.steps.length}: ${race.contexts[step.context][0]}, ${text}.`];
  if (step.state) words.push(`Page: ${step.state}.`);
  const violated = run.violated.filter(([at]) => at === number).flatMap(([, ids]) => ids);
  if (violated.length > 0) words.push(`Violates ${violated.join(", ")}.`);
  words.push(...told(number));
  if (number === run.steps.length) words.push(`End: ${race.ending.at(-1)}`);
  return words.join(" ");
}

// The events behind a step, each in a sentence.
function told(number) {
  return eventsBehind(number).map((event) => `Kernel, event ${event.number}: ${event.who} ${event.what}.`);
}

function markRows() {
  part("diagram").querySelector("table").classList.toggle("all", part("all").checked);
  for (const row of part("diagram").querySelectorAll("tbody tr")) {
    if (row.classList.contains("event")) {
      row.classList.toggle("future", Number(row.dataset.behind) > viewer.number);
      continue;
    }
    const current = row.id === `step-${viewer.number}`;
    row.hidden = !current && viewer.hidden.has(Number(row.dataset.context ?? -1));
    row.classList.toggle("future", !row.classList.contains("mark") && Number(row.id.slice(5)) > viewer.number);
    if (current) row.setAttribute("aria-current", "step");
    else row.removeAttribute("aria-current");
  }
  reveal(part("diagram"), part(`step-${viewer.number}`));
}

// Scrolls a box, and never the page, so that a line of it can be seen.
function reveal(box, line) {
  const top = line.offsetTop - box.clientHeight / 2;
  box.scrollTop = Math.max(0, top);
}

function drawSource() {
  const { run, number } = viewer;
  const site = run.steps[Math.max(0, number - 1)];
  if (site === undefined) return;
  const places = placesOf(stepOf(site).site);
  const known = (place) => !bundle.sources[place.source][0].startsWith("include/");
  const chosen = viewer.frame ?? Math.max(0, places.findLastIndex(known));
  part("calls").replaceChildren(...places.map((place, at) => {
    const button = element("button", { type: "button", "aria-current": at === chosen ? "true" : undefined }, place.name);
    button.addEventListener("click", () => { viewer.frame = at; drawSource(); part("calls").children[at].focus(); });
    return button;
  }));
  drawLines(places[chosen]);
}

function drawLines({ source, line }) {
  const [name, text] = bundle.sources[source];
  const lines = text.replace(/\n$/, "").split("\n").map((words, at) => element("li",
    { "aria-current": at + 1 === line ? "true" : undefined }, words === "" ? " " : words));
  const list = element("ol", {}, ...lines);
  part("source").replaceChildren(element("p", { class: "file" }, `${name}:${line}`), list);
  reveal(part("source"), list.children[line - 1] ?? list);
}

// The next step in a direction whose context is not filtered out.
function neighbour(direction) {
  let number = viewer.number + direction;
  while (number > 0 && number < viewer.run.steps.length
    && viewer.hidden.has(stepOf(viewer.run.steps[number - 1]).context)) number += direction;
  return number;
}

const KEYS = {
  ArrowLeft: () => goTo(neighbour(-1)),
  ArrowRight: () => goTo(neighbour(1)),
  Home: () => goTo(0),
  End: () => goTo(viewer.run.steps.length),
  PageUp: () => goTo(viewer.number - 10),
  PageDown: () => goTo(viewer.number + 10),
};

document.addEventListener("keydown", (event) => {
  if (part("race").hidden || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.target.tagName === "SELECT" || !(event.key in KEYS)) return;
  event.preventDefault();
  KEYS[event.key]();
});
part("first").addEventListener("click", KEYS.Home);
part("back").addEventListener("click", KEYS.ArrowLeft);
part("next").addEventListener("click", KEYS.ArrowRight);
part("last").addEventListener("click", KEYS.End);
part("slider").addEventListener("input", () => goTo(Number(part("slider").value)));
part("edge").addEventListener("change", () => openRun(Number(part("edge").value)));
part("all").addEventListener("change", markRows);
