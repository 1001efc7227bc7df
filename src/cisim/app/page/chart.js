// Charts as SVG: courses over time, a result against a dial, differences of many counties as dots. Axes are fixed by the caller.

import { svg } from "#network";
import { niceStep, tidy } from "#numbers";
import { hundredths, isShare, number } from "#words";

/** How plans look: a colour and a dash each, so that they can be told apart in grey. */
export const DASHES = ["7 4", "none", "2 3", "10 3 2 3"];

const scale = (low, high, from, to) => (value) => from + ((value - low) / (high - low)) * (to - from);
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

function text(words, attributes) {
  const element = svg("text", attributes);
  element.textContent = words;
  return element;
}

const tick = (value, unit) => (isShare(unit) ? hundredths(value, 0) : number(tidy(value)));

/** Frame of a chart: a box of the element's own width, ticks on both axes, and the functions that place values. */
export function frame(element, { height, x, y }) {
  const width = Math.max(240, element.clientWidth || 480), left = y.ticks === false ? 8 : 44, right = width - 12, top = y.title ? 24 : 10, bottom = height - 34;
  element.setAttribute("viewBox", `0 0 ${width} ${height}`);
  element.setAttribute("height", String(height));
  const across = scale(x.low, x.high, left, right), up = scale(y.low, y.high, bottom, top), marks = [];
  const stepY = y.ticks === false ? Infinity : niceStep(y.high - y.low, 4), stepX = x.step ?? niceStep(x.high - x.low, Math.max(3, Math.min(8, width / 90)));
  for (let value = Math.ceil(y.low / stepY - 1e-9) * stepY; value <= y.high + stepY / 1e6; value += stepY) {
    const zero = Math.abs(value) < stepY / 1e6;
    marks.push(svg("line", { class: zero ? "zero" : "grid", x1: left, x2: right, y1: up(value), y2: up(value) }));
    marks.push(text(tick(zero ? 0 : value, y.unit), { class: "tick", x: left - 6, y: up(value) + 4, "text-anchor": "end" }));
  }
  for (let value = Math.ceil(x.low / stepX - 1e-9) * stepX; value <= x.high + stepX / 1e6; value += stepX) {
    marks.push(svg("line", { class: "grid", x1: across(value), x2: across(value), y1: bottom, y2: bottom + 4 }));
    const words = x.words ? x.words(value) : tick(value, x.unit);
    marks.push(text(words, { class: "tick", x: across(value), y: bottom + 16, "text-anchor": "middle" }));
  }
  marks.push(text(x.title, { class: "title", x: (left + right) / 2, y: height - 4, "text-anchor": "middle" }));
  if (y.title) marks.push(text(y.title, { class: "title", x: 4, y: 13 }));
  const inside = (value) => clamp(up(value), top - 6, bottom);
  return { marks, across, up: inside, left, right, top, bottom, width };
}

function line(at, values, xs, attributes) {
  let path = "", pen = "M";
  values.forEach((value, i) => {
    if (Number.isNaN(value)) { pen = "M"; return; }
    path += `${pen}${at.across(xs(i)).toFixed(1)},${at.up(value).toFixed(1)}`;
    pen = "L";
  });
  return svg("path", { d: path, fill: "none", ...attributes });
}

function band(at, low, high, xs, attributes) {
  const points = [];
  low.forEach((value, i) => { if (!Number.isNaN(value)) points.push(`${at.across(xs(i)).toFixed(1)},${at.up(value).toFixed(1)}`); });
  for (let i = high.length - 1; i >= 0; i--) {
    if (!Number.isNaN(high[i])) points.push(`${at.across(xs(i)).toFixed(1)},${at.up(high[i]).toFixed(1)}`);
  }
  return svg("polygon", { points: points.join(" "), ...attributes });
}

/** Names at the right ends of lines, moved apart so that none covers another. */
function ends(at, series, last) {
  const placed = series.filter((each) => !Number.isNaN(last(each))).map((each) => ({ each, y: at.up(last(each)) - 5 }));
  placed.sort((a, b) => a.y - b.y);
  placed.forEach((label, i) => { if (i && label.y - placed[i - 1].y < 14) label.y = placed[i - 1].y + 14; });
  return placed.map(({ each, y }) => text(each.name, { class: `end plan-${each.plan}`, x: at.right - 2, y: clamp(y, 12, at.bottom - 2), "text-anchor": "end" }));
}

/** Courses over time. `series`: [{name, plan, mean, low, high, run, ghost}]; what is missing but the run is not drawn.
 *
 * Returns a function that moves the mark to a month, and one that tells the month under the pointer.
 */
export function drawCourses(element, { series, months, month, axis, unit, title, height = 230 }) {
  const years = months > 36;
  const at = frame(element, {
    height,
    x: { low: 0, high: months, step: years ? 12 * Math.max(1, Math.round(months / 120)) : 6, title: years ? "year" : "month", words: years ? (value) => String(value / 12) : String },
    y: { ...axis, unit, title },
  });
  const same = (i) => i, shapes = [];
  for (const each of series) if (each.low) shapes.push(band(at, each.low, each.high, same, { class: `band plan-${each.plan}` }));
  for (const each of series) {
    const dash = { "stroke-dasharray": DASHES[each.plan] };
    if (each.ghost) shapes.push(line(at, each.ghost, same, { class: "ghost" }));
    if (each.run) shapes.push(line(at, each.run, same, { class: `run plan-${each.plan}` }));
    if (each.mean) shapes.push(line(at, each.mean, same, { class: `mean plan-${each.plan}`, ...dash }));
    else if (each.run) shapes.push(line(at, each.run, same, { class: `mean plan-${each.plan}`, ...dash }));
  }
  const head = svg("line", { class: "head", y1: at.top, y2: at.bottom });
  const dots = series.map((each) => svg("circle", { class: `now plan-${each.plan}`, r: 4 }));
  const names = ends(at, series.filter((each) => each.mean ?? each.run), (each) => (each.mean ?? each.run)[months]);
  element.replaceChildren(...at.marks, ...shapes, head, ...dots, ...names);
  const show = (now) => {
    const x = at.across(now).toFixed(1);
    head.setAttribute("x1", x);
    head.setAttribute("x2", x);
    dots.forEach((dot, i) => {
      const value = series[i].run[now];
      dot.toggleAttribute("hidden", Number.isNaN(value));
      if (Number.isNaN(value)) return;
      dot.setAttribute("cx", x);
      dot.setAttribute("cy", at.up(value).toFixed(1));
    });
  };
  show(month);
  const monthAt = (clientX) => {
    const box = element.getBoundingClientRect();
    return clamp(Math.round(((clientX - box.left) * at.width / box.width - at.left) / (at.right - at.left) * months), 0, months);
  };
  return { show, monthAt };
}

/** Result against a dial. `series`: [{name, plan, xs, mean, low, high}]. */
export function drawHill(element, { series, x, axis, unit, title, value, height = 230 }) {
  const at = frame(element, { height, x, y: { ...axis, unit, title } }), shapes = [];
  for (const each of series) {
    const xs = (i) => each.xs[i];
    shapes.push(band(at, each.low, each.high, xs, { class: `band plan-${each.plan}` }));
    shapes.push(line(at, each.mean, xs, { class: `mean plan-${each.plan}`, "stroke-dasharray": DASHES[each.plan] }));
    each.mean.forEach((mean, i) => shapes.push(svg("circle", { class: `now plan-${each.plan}`, r: 2.5, cx: at.across(each.xs[i]), cy: at.up(mean) })));
  }
  const now = at.across(clamp(value, x.low, x.high));
  shapes.push(svg("line", { class: "head", x1: now, x2: now, y1: at.top, y2: at.bottom }));
  element.replaceChildren(...at.marks, ...shapes, ...ends(at, series, (each) => each.mean[each.mean.length - 1]));
}

/** Differences as stacked dots: how many counties, or worlds, lie where. */
export function drawDots(element, { values, axis, unit, title, mark, height = 200, onPick, picked }) {
  const parts = 100, width = (axis.high - axis.low) / parts, stacks = new Map();
  const places = Array.from(values, (value) => {
    const bin = clamp(Math.floor((value - axis.low) / width), 0, parts - 1), high = stacks.get(bin) ?? 0;
    stacks.set(bin, high + 1);
    return [axis.low + (bin + 0.5) * width, high];
  });
  const tallest = Math.max(8, ...stacks.values());
  const at = frame(element, { height, x: { ...axis, unit, title }, y: { low: 0, high: tallest, unit: "count", title: "counties" } });
  const radius = Math.max(1.6, Math.min(5, (at.bottom - at.top) / tallest / 2, (at.right - at.left) / parts / 2));
  const dots = places.map(([x, high], i) => {
    const side = values[i] > 0 ? "ahead" : values[i] < 0 ? "behind" : "tie";
    const dot = svg("circle", { class: `county ${side}${picked === i ? " picked" : ""}`, r: radius, cx: at.across(x), cy: at.bottom - radius - high * ((at.bottom - at.top - radius) / tallest) });
    if (onPick) dot.addEventListener("click", () => onPick(i));
    return dot;
  });
  const zero = svg("line", { class: "zero", x1: at.across(0), x2: at.across(0), y1: at.top, y2: at.bottom });
  const extra = [];
  if (mark !== undefined && !Number.isNaN(mark)) {
    const x = at.across(clamp(mark, axis.low, axis.high));
    extra.push(svg("line", { class: "head", x1: x, x2: x, y1: at.top, y2: at.bottom }), text("mean", { class: "tick", x: x + 4, y: at.top + 8 }));
  }
  element.replaceChildren(...at.marks, zero, ...dots, ...extra);
}

/** Differences with their intervals, a row each under its name. `rows`: [{words, mean, low, high, lead}]. */
export function drawRows(element, { rows, axis, unit, title }) {
  const step = 34, at = frame(element, { height: 44 + step * rows.length, x: { ...axis, unit, title }, y: { low: 0, high: 1, ticks: false } });
  const across = (value) => at.across(clamp(value, axis.low, axis.high)).toFixed(1), shapes = [];
  rows.forEach((row, i) => {
    const y = at.top + step * (i + 0.72), plan = row.lead ? 1 : 0;
    shapes.push(text(row.words, { class: "row", x: at.left, y: y - 11 }));
    shapes.push(svg("line", { class: `mean plan-${plan}`, x1: across(row.low), x2: across(row.high), y1: y, y2: y }));
    shapes.push(svg("circle", { class: `now plan-${plan}`, r: row.lead ? 5.5 : 4, cx: across(row.mean), cy: y }));
  });
  const zero = svg("line", { class: "zero", x1: across(0), x2: across(0), y1: at.top, y2: at.bottom });
  element.replaceChildren(...at.marks, zero, ...shapes);
}

/** A table behind a chart, for those who hear it. */
export function table(element, caption, header, rows) {
  const make = (tag, words, attributes = {}) => {
    const cell = document.createElement(tag);
    cell.textContent = words;
    for (const [key, value] of Object.entries(attributes)) cell.setAttribute(key, value);
    return cell;
  };
  const head = document.createElement("tr");
  head.append(...header.map((words) => make("th", words, { scope: "col" })));
  const body = rows.map(([first, ...others]) => {
    const row = document.createElement("tr");
    row.append(make("th", first, { scope: "row" }), ...others.map((words) => make("td", words)));
    return row;
  });
  const top = document.createElement("thead"), rest = document.createElement("tbody");
  top.append(head);
  rest.append(...body);
  element.replaceChildren(make("caption", caption), top, rest);
}
