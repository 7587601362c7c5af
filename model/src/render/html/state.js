// The state after a step: each page with its flags, its data, its ptes and its pins, then everything else.

// Members of a page that its picture shows elsewhere than among the flags.
const SHOWN_APART = ["allocated", "mapping", "index", "cached", "mem_newer"];
// Flags under the names that people use.
const FLAG_NAMES = { private: "buffers", buffer_dirty: "buffer dirty", locked: "locked" };
// What a write is doing, by the value of its `state`.
const WRITE_STATES = { 1: "submitted: the disk may read the page at any time", 2: "sampled: completes next" };

// Objects of a memory by name; each has its members by name.
function objectsOf(memory, changed) {
  const objects = new Map();
  for (const [number, value] of memory) {
    const cell = cellOf(number);
    if (!objects.has(cell.object)) objects.set(cell.object, new Map());
    objects.get(cell.object).set(cell.member, { ...cell, value, changed: changed.has(number) });
  }
  return objects;
}

function isOn(object, member) {
  return object?.get(member)?.value === "yes";
}

// Pages that are allocated at some time of the run.
function pagesOf(run) {
  const pages = new Set();
  for (const effect of [run.start, ...run.steps.map((step) => stepOf(step).effect)]) {
    const pairs = bundle.effects[effect];
    for (let at = 0; at < pairs.length; at += 2) {
      const cell = cellOf(pairs[at]);
      if (cell.object.startsWith("pages[") && cell.member === "allocated") pages.add(cell.object);
    }
  }
  return pages;
}

function drawState(into, run, number) {
  const changes = changesOf(run, number);
  const objects = objectsOf(memoryAfter(run, number), new Set(changes.map((change) => change.cell.number)));
  const cards = [...pagesOf(run)].map((name) => pageCard(name, objects));
  into.replaceChildren(...cards, changeList(changes), everything(objects));
}

function pageCard(name, objects) {
  const page = objects.get(name);
  const mapping = page.get("mapping")?.value;
  const where = !isOn(page, "allocated") ? "free"
    : mapping && mapping !== "NULL" ? `index ${page.get("index")?.value ?? "0"} of ${mapping}` : "not in the page cache";
  return element("article", { class: "page" },
    element("h3", {}, name, element("span", { class: "muted" }, ` ${where}`)),
    flags(page), data(name, page, objects), tags("ptes", ptes(name, objects)), tags("pins", pins(name, objects)));
}

function flags(page) {
  const list = element("ul", { class: "chips", "aria-label": "Flags and counts" });
  for (const cell of page.values()) {
    if (cell.ghost || SHOWN_APART.includes(cell.member) || cell.kind === "p") continue;
    const on = cell.kind === "f" ? cell.value === "yes" : cell.value !== "0";
    const plain = cell.member.replace(/\.counter$/, "");
    const label = FLAG_NAMES[plain] ?? plain;
    const text = cell.kind === "f" ? `${on ? "\u25cf" : "\u25cb"} ${label}` : `${label} ${cell.value}`;
    const said = cell.kind === "f" ? `${label}: ${cell.value}` : text;
    list.append(element("li", { class: `${on ? "on" : "off"}${cell.changed ? " changed" : ""}`, "aria-label": said }, text));
  }
  return list;
}

// Memory against disk.
function data(name, page, objects) {
  const newer = page.get("mem_newer");
  const write = objects.get(name.replace("pages", "writes"))?.get("state");
  const box = element("div", { class: "data" });
  if (newer) {
    const relation = newer.value === "yes" ? "memory is newer than the disk" : "nothing in memory that the disk lacks";
    box.append(
      element("span", { class: newer.value === "yes" ? "box newer" : "box" }, "memory"),
      element("span", { "aria-hidden": "true" }, newer.value === "yes" ? "\u2260" : "="),
      element("span", { class: "box" }, "disk"),
      element("span", { class: newer.changed ? "changed" : "" }, relation));
  }
  if (write && WRITE_STATES[write.value]) {
    box.append(element("span", { class: write.changed ? "io changed" : "io" }, `write ${WRITE_STATES[write.value]}`));
  }
  return box;
}

function ptes(page, objects) {
  const found = [];
  for (const [mm, members] of objects) {
    for (const [member, cell] of members) {
      const pte = member.match(/^(pte\[\d+\])\.page$/)?.[1];
      if (!pte || cell.value !== page) continue;
      const rights = isOn(members, `${pte}.write`) ? "writable" : "read-only";
      const parts = [members.get(`${pte}.write`), members.get(`${pte}.dirty`), cell];
      found.push({ text: `${mm}.${pte}: ${rights}${isOn(members, `${pte}.dirty`) ? ", dirty" : ""}`,
        changed: parts.some((part) => part?.changed) });
    }
  }
  return found;
}

function pins(page, objects) {
  const found = [];
  for (const [slot, members] of objects) {
    if (!slot.startsWith("slots[")) continue;
    const held = members.get("held")?.value === page;
    const owed = members.get("owed")?.value === page;
    if (!held && !owed) continue;
    const words = [held ? "held" : "release in progress"];
    if (isOn(members, "dma")) words.push("the device may write");
    if (isOn(members, "dma_mem")) words.push("its data is in memory only");
    if (isOn(members, "dma_io")) words.push("its data is in a sampled write");
    found.push({ text: `${slot}: ${words.join(", ")}`, changed: [...members.values()].some((cell) => cell.changed) });
  }
  return found;
}

function tags(title, items) {
  const list = element("ul", { class: "tags" });
  items.forEach((item) => list.append(element("li", { class: item.changed ? "changed" : "" }, item.text)));
  if (items.length === 0) list.append(element("li", { class: "muted" }, "none"));
  return element("div", { class: "row" }, element("h4", {}, title), list);
}

function changeList(changes) {
  const list = element("ul", { class: "changes" });
  changes.forEach((change) => list.append(element("li", { class: change.cell.ghost ? "muted" : "" },
    `${change.cell.object}.${change.cell.member}: ${change.from} \u2192 ${change.to}`)));
  if (changes.length === 0) list.append(element("li", { class: "muted" }, "nothing"));
  return element("div", { class: "row" }, element("h4", {}, "changed"), list);
}

let everythingOpen = false;

function everything(objects) {
  const body = element("tbody");
  for (const [name, members] of objects) {
    const words = [...members.values()].filter((cell) => cell.value !== cell.zero);
    const text = words.map((cell) => (cell.value === "yes" ? cell.member : `${cell.member} ${cell.value}`)).join(", ");
    body.append(element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, text || "all zero")));
  }
  const details = element("details", { open: everythingOpen },
    element("summary", {}, "All of memory"), element("table", { class: "memory" }, body));
  details.addEventListener("toggle", () => { everythingOpen = details.open; });
  return details;
}
