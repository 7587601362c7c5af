// The page: one race, or the matrix of a review whose cells open races.

const SYMBOLS = { violated: "X", holds: ".", vacuous: "v", undecided: "?", "n/a": "-" };
let opener = null;

function drawMatrix() {
  const { claims, readings } = view.review;
  const head = element("tr", {}, element("th", { scope: "col" }, "proposal"));
  claims.forEach(([id, sentence]) => head.append(element("th", { scope: "col", title: sentence }, id)));
  const body = element("tbody");
  for (const reading of readings) {
    const row = element("tr", {}, element("th", { scope: "row" }, reading.title));
    reading.cells.forEach((cell, at) => row.append(element("td", {}, cellButton(reading, claims[at], cell))));
    body.append(row);
  }
  part("matrix").replaceChildren(element("table", { class: "matrix" }, element("thead", {}, head), body));
  part("legend").textContent = Object.entries(SYMBOLS).map(([word, symbol]) => `${symbol} ${word}`).join("   ");
  part("covered").querySelector("pre").textContent = view.review.covered;
}

function cellButton(reading, claim, [verdict, behind, race]) {
  const [id, sentence] = claim;
  const button = element("button", { type: "button", class: `cell ${verdict === "n/a" ? "na" : verdict}`,
    title: `${reading.title}, ${id}: ${verdict}`, "aria-label": `${reading.title}, ${id}, ${sentence}: ${verdict}` },
  SYMBOLS[verdict]);
  button.addEventListener("click", () => {
    opener = button;
    tellCell(reading, claim, verdict, behind);
    if (race === null) part("race").hidden = true;
    else {
      openRace(race);
      part("race-title").focus();
    }
  });
  return button;
}

function tellCell(reading, [id, sentence, consequence, source], verdict, behind) {
  part("cell").replaceChildren(
    element("p", {}, element("strong", {}, `${reading.title}, ${id}: ${sentence}: ${verdict}`), behind ? `. ${behind}` : ""),
    element("p", { class: "muted" }, [consequence && `When it breaks: ${consequence}.`, source && `Source: ${source}.`]
      .filter(Boolean).join(" ")));
}

function backToMatrix() {
  if (!view.review || opener === null) return;
  part("race").hidden = true;
  opener.focus();
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  part("theme").textContent = theme === "dark" ? "Light" : "Dark";
  part("theme").setAttribute("aria-label", `Switch to ${theme === "dark" ? "light" : "dark"} colours`);
}

part("theme").addEventListener("click", () => setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
document.addEventListener("keydown", (event) => { if (event.key === "Escape") backToMatrix(); });
setTheme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
part("title").textContent = document.title;
part("lead").textContent = view.lead;
part("escape").hidden = !view.review;
if (view.review) {
  part("review").hidden = false;
  drawMatrix();
} else if (bundle.races.length > 0) {
  openRace(0);
}
