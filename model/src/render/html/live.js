// Stepping in a running system. The path is all there is to know: the server replays it for every question.

let path = [];

const query = () => path.slice(0, viewer.number).map((step) => step.join(".")).join(",");

async function ask(what) {
  const reply = await fetch(what);
  const text = await reply.text();
  if (!reply.ok) throw new Error(text);
  return JSON.parse(text);
}

function answer(text) {
  part("answer").textContent = text;
}

// Shows a path and stands at one of its steps.
async function follow(steps, number) {
  try {
    const run = await ask(`/run?path=${steps.map((step) => step.join(".")).join(",")}`);
    path = steps;
    bundle = run.bundle;
    openRace(0);
    part("race-title").textContent = "The path so far";
    goTo(number);
    location.hash = steps.map((step) => step.join(".")).join(",");
  } catch (error) {
    answer(error.message);
  }
}

// The steps that can be taken where the viewer stands. To take one forks the path here.
async function drawChoices() {
  const at = viewer.number;
  part("at").textContent = at === path.length ? "at the end of the path" : `after step ${at}: taking another step forks here`;
  try {
    const { next } = await ask(`/next?path=${query()}`);
    if (at !== viewer.number) return;
    part("choices").replaceChildren(...next.map((step) => choice(step, at)));
    if (next.length === 0) part("choices").replaceChildren(element("li", {}, "nobody can step"));
  } catch (error) {
    answer(error.message);
  }
}

function choice(step, at) {
  const taken = path[at] && path[at][0] === step.context && path[at][1] === step.choice;
  const button = element("button", { type: "button", title: step.changes.join("\n") || "changes nothing" },
    element("strong", {}, step.name), ` ${step.text}${step.choice ? ` (choice ${step.choice})` : ""}`,
    taken ? element("span", { class: "muted" }, " (taken)") : "",
    step.violated.length ? element("span", { class: "violated" }, ` violates ${step.violated.join(", ")}`) : "");
  button.addEventListener("click", () => follow([...path.slice(0, at), [step.context, step.choice]], at + 1));
  return element("li", {}, button);
}

async function search() {
  const claim = part("claim").value;
  const at = viewer.number;
  answer(`Searching from step ${at} ...`);
  try {
    const found = await ask(`/search?claim=${encodeURIComponent(claim)}&path=${query()}`);
    if (found.steps) {
      await follow([...path.slice(0, at), ...found.steps], at);
      answer(`Yes: ${claim} can be violated ${found.steps.length} steps from here. The path goes on that way now; step on, or choose another way.`);
    } else if (found.complete) answer(`No: of all ${found.states} states that can follow, no step violates ${claim}.`);
    else answer(`Not known: ${found.states} states were seen, and a bound ended the search.`);
  } catch (error) {
    answer(error.message);
  }
}

async function exportPath() {
  try {
    const trace = await ask(`/trace?path=${query()}`);
    const link = element("a", { download: `${trace.claim}.json`,
      href: URL.createObjectURL(new Blob([JSON.stringify(trace, null, 2), "\n"], { type: "application/json" })) });
    link.click();
    answer(`Exported ${trace.steps.length} steps that end with ${trace.claim}. Go along them: explore replay ${trace.claim}.json`);
  } catch (error) {
    answer(error.message);
  }
}

part("live").hidden = false;
part("claim").replaceChildren(...view.live.claims.map(([id, sentence]) => element("option", { value: id }, `${id}: ${sentence}`)));
part("search").addEventListener("click", search);
part("export").addEventListener("click", exportPath);
// What can happen next is asked for wherever the viewer goes.
new MutationObserver(drawChoices).observe(part("count"), { childList: true });
const wanted = location.hash.slice(1).split(",").filter(Boolean).map((step) => step.split(".").map(Number));
follow(wanted, wanted.length).then(() => { if (viewer.race === null) follow([], 0); });
