// What one takes away: a link, a scenario, a picture, data, the same in Python and on the command line.

import { originalOf, settingsOf } from "#state";


const bare = (key) => (/^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key));
const isTable = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isTables = (value) => Array.isArray(value) && value.length > 0 && value.every(isTable);

function tomlValue(value) {
  if (Array.isArray(value)) return `[${value.map(tomlValue).join(", ")}]`;
  if (isTable(value)) return `{ ${Object.entries(value).map(([key, each]) => `${bare(key)} = ${tomlValue(each)}`).join(", ")} }`;
  return JSON.stringify(value);
}

/** Plain data as TOML. */
export function toToml(content, path = []) {
  const lines = [], tables = [];
  for (const [key, value] of Object.entries(content)) {
    const name = [...path, bare(key)];
    if (isTable(value)) tables.push("", `[${name.join(".")}]`, toToml(value, name));
    else if (isTables(value)) for (const each of value) tables.push("", `[[${name.join(".")}]]`, toToml(each, name));
    else lines.push(`${bare(key)} = ${tomlValue(value)}`);
  }
  return [...lines, ...tables].join("\n").replace(/\n{3,}/g, "\n\n");
}

/** The scenario of a plan as TOML: the world's file with what is changed on the page. */
export function scenarioToml(data, fields, state, plan) {
  const document = structuredClone(data.worlds[state.world].document);
  for (const [path, value] of Object.entries({ ...state.shared, ...state.plans[plan].settings })) {
    const keys = path.split("."), last = keys.pop();
    let table = document;
    for (const key of keys) table = table[key] ??= {};
    if (value === null) delete table[last];
    else table[last] = value;
  }
  document.scenario = { ...document.scenario, name: `${document.scenario?.name ?? state.world}, ${state.plans[plan].name}` };
  return `${toToml(document).trim()}\n`;
}

const pythonValue = (value) => (value === null ? "None" : JSON.stringify(value));
const pythonSettings = (settings) => Object.entries(settings).map(([path, value]) => `${JSON.stringify(path)}: ${pythonValue(value)}`).join(", ");

/** The comparison on the page in Python: the same bits. */
export function asPython(data, state, runs) {
  const lines = ["import cisim", "", `county = cisim.load(${JSON.stringify(state.world)})`];
  if (Object.keys(state.shared).length) lines[2] += `.replace(**{${pythonSettings(state.shared)}})`;
  lines.push("plans = {");
  for (const plan of state.shown.map((each) => state.plans[each])) {
    const changed = Object.keys(plan.settings).length ? `.replace(**{${pythonSettings(plan.settings)}})` : "";
    lines.push(`    ${JSON.stringify(plan.name)}: county${changed},`);
  }
  lines.push("}", `comparison = cisim.compare(plans, runs=${runs}, seed=${state.seed})`, "comparison.table()");
  return lines.join("\n");
}

const cell = (words) => (/^[=+\-@\t\r]/.test(words) ? `'${words}` : words);
const quoted = (words) => (/[",\n]/.test(words) ? `"${words.replaceAll('"', '""')}"` : words);

/** Courses as CSV: month by month mean and where nine counties in ten lie. */
export function asCsv(state, ensembles) {
  const lines = [["plan", "measure", "month", "mean", "low", "high", "counties"].join(",")];
  ensembles.bands.forEach((measures, i) => {
    const plan = quoted(cell(state.plans[state.shown[i]].name));
    measures.forEach(({ mean, low, high }, place) => {
      mean.forEach((value, month) => lines.push([plan, quoted(cell(ensembles.measures[place])), month, value, low[month], high[month], ensembles.count].join(",")));
    });
  });
  return `${lines.join("\n")}\n`;
}

/** Put a file into the user's downloads. */
export function save(name, content, type) {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** A chart with a sentence under it as a picture. */
export async function picture(chart, words) {
  const copy = chart.cloneNode(true), box = chart.viewBox.baseVal, lines = wrapped(words, Math.floor(box.width / 6.6));
  const style = getComputedStyle(document.documentElement), paper = style.getPropertyValue("--card").trim(), ink = style.getPropertyValue("--ink").trim();
  const originals = [...chart.querySelectorAll("*")];
  [...copy.querySelectorAll("*")].forEach((element, i) => {
    const shown = getComputedStyle(originals[i]);
    for (const name of ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "font-size", "font-weight", "paint-order"]) element.style.setProperty(name, shown.getPropertyValue(name));
    if (element.tagName === "text") element.style.setProperty("font-family", "sans-serif");
  });
  const height = box.height + 18 * lines.length + 14;
  lines.forEach((line, i) => {
    const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
    text.textContent = line;
    text.setAttribute("x", "8");
    text.setAttribute("y", String(box.height + 18 * (i + 1)));
    text.setAttribute("style", `font: 13px sans-serif; fill: ${ink}`);
    copy.append(text);
  });
  copy.setAttribute("viewBox", `0 0 ${box.width} ${height}`);
  copy.setAttribute("width", String(2 * box.width));
  copy.setAttribute("height", String(2 * height));
  const image = new Image();
  const loaded = new Promise((resolve, reject) => { image.onload = resolve; image.onerror = () => reject(new Error("The picture could not be drawn.")); });
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await loaded;
  const canvas = document.createElement("canvas");
  canvas.width = 2 * box.width;
  canvas.height = 2 * height;
  const pen = canvas.getContext("2d");
  pen.fillStyle = paper;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(image, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

function wrapped(words, width) {
  const lines = [""];
  for (const word of words.split(" ")) {
    if (lines.at(-1) && lines.at(-1).length + word.length >= width) lines.push(word);
    else lines[lines.length - 1] += (lines.at(-1) ? " " : "") + word;
  }
  return lines;
}

/** What is changed in a plan, in words: "backbone.staff = 1, was 3". */
export function changesInWords(data, fields, state, plan) {
  return Object.entries(settingsOf(data, fields, state, plan)).map(([path, value]) => `${path} = ${value}, was ${originalOf(data, fields, state.world, path)}`);
}

