// Controls of fields: a slider over the plausible range, a typed number within the bounds, and what there is to know.

import { niceStep, tidy } from "#numbers";
import { amount, number, unitInWords } from "#words";

const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};

/** Ends and step of a slider: the plausible range, and the value itself where that lies beyond. */
export function rangeOf(field, value) {
  const low = Math.min(field.low, value ?? field.low), high = Math.max(field.high, value ?? field.high);
  const step = field.type === "whole number" ? 1 : niceStep(field.high - field.low, 100);
  return { low, high, step };
}

/** The name of a field in words, with its section where it stands alone. */
export function nameOf(field, long = false) {
  const words = field.path.split(".").slice(1).join(" ").replaceAll("_", " ");
  return long ? `${field.section}: ${words}` : words;
}

/** What there is to know of a field, in a line or two. */
export function aboutField(field) {
  const parts = [`${field.meaning}.`];
  if (field.low !== null) parts.push(`Plausible: ${amount(field.low, field.unit)} to ${amount(field.high, field.unit)}.`);
  const [move] = field.moves;
  if (move) parts.push(`Over that range it moves progress by ${number(move.points)} points (in ${move.scenario}).`);
  return parts.join(" ");
}

/** One dial. `turn(path, value, dragging)` is called while it is turned and, with dragging false, when it is let go. */
export class Dial {
  constructor(field, turn, long = false) {
    this.field = field;
    const id = `dial-${field.path.replaceAll(".", "-")}${long ? "-large" : ""}`;
    this.range = make("input", { type: "range", id, "aria-describedby": `${id}-about` });
    this.typed = make("input", { type: "number", step: "any", "aria-label": `${nameOf(field, true)}, as a number` });
    if (field.minimum !== null) this.typed.min = field.minimum;
    if (field.maximum !== null) this.typed.max = field.maximum;
    this.output = make("output", { for: id });
    this.reset = make("button", { type: "button", class: "reset", "aria-label": `Set ${nameOf(field, true)} back` }, "back");
    const about = make("p", { class: "about", id: `${id}-about` });
    about.textContent = aboutField(field);
    const label = make("label", { for: id });
    label.textContent = nameOf(field, long);
    this.element = make("div", { class: "dial" },
      make("div", { class: "top" }, label, this.output),
      make("div", { class: "row" }, this.range, this.typed, this.reset), about);
    this.range.addEventListener("input", () => turn(field.path, tidy(Number(this.range.value)), true));
    this.range.addEventListener("change", () => turn(field.path, tidy(Number(this.range.value)), false));
    this.typed.addEventListener("change", () => turn(field.path, this.typed.value === "" ? NaN : Number(this.typed.value), false));
    this.reset.addEventListener("click", () => turn(field.path, undefined, false));
  }

  /** Show a value; `dead` tells which field keeps this one from mattering, or null. */
  show(value, original, dead) {
    const { low, high, step } = rangeOf(this.field, value);
    this.range.min = low; this.range.max = high; this.range.step = step === 1 ? 1 : "any";
    if (step !== 1) this.range.step = tidy(step);
    if (document.activeElement !== this.range || Number(this.range.value) !== value) this.range.value = value;
    this.typed.value = value;
    const words = amount(value, this.field.unit);
    this.output.textContent = words;
    const scale = this.field.unit.startsWith("[") ? ` (${unitInWords(this.field.unit)})` : "";
    const why = dead ? `, without effect while ${dead} is off` : "";
    this.range.setAttribute("aria-valuetext", words + scale + why);
    this.element.classList.toggle("changed", value !== original);
    this.element.classList.toggle("dead", Boolean(dead));
    this.reset.hidden = value === original;
    if (dead) this.output.textContent = `${words} – without effect while ${dead} is off`;
  }
}

/** A switch of a condition. */
export class Switch {
  constructor(condition, flip) {
    this.input = make("input", { type: "checkbox", role: "switch" });
    const words = make("span");
    words.textContent = condition.title;
    this.element = make("label", { class: "switch" }, this.input, words);
    this.input.addEventListener("change", () => flip(condition.switch, this.input.checked));
  }

  show(on) { this.input.checked = on; }
}

export { make };
