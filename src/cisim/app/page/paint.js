// Values painted over years, as bars or as a curve: by finger, mouse or keys.

import { frame } from "#chart";
import { svg } from "#network";

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

export class Paint {
  /** `within(values, place, value)` gives what a place may have; `words` reads a value aloud; `line` draws a curve in place of bars. */
  constructor(element, { names, axis, step, unit, title, words, line = false, within = (_values, _place, value) => value, onChange }) {
    Object.assign(this, { element, names, axis, step, unit, title, words, line, within, onChange });
    this.values = names.map(() => null);
    element.addEventListener("pointerdown", (event) => { element.setPointerCapture(event.pointerId); this.#touch(event); });
    element.addEventListener("pointermove", (event) => { if (event.buttons) this.#touch(event); });
  }

  get whole() { return !this.values.includes(null); }

  set(values) { this.values = [...values]; this.draw(); }

  put(place, value) {
    const { low, high } = this.axis, rounded = Number((Math.round(value / this.step) * this.step).toFixed(6));
    this.values[place] = this.within(this.values, place, clamp(rounded, low, high));
    this.draw();
    this.onChange();
  }

  #touch(event) {
    if (this.off) return;
    event.preventDefault();
    const box = this.element.getBoundingClientRect(), { at } = this, scale = at.width / box.width;
    const across = ((event.clientX - box.left) * scale - at.left) / (at.right - at.left), up = (at.bottom - (event.clientY - box.top) * scale) / (at.bottom - at.top);
    const place = clamp(Math.floor(across * this.names.length), 0, this.names.length - 1), { low, high } = this.axis, value = low + clamp(up, 0, 1) * (high - low);
    // What was passed over between two events of a fast stroke is painted too.
    if (event.type === "pointermove" && this.last && Math.abs(this.last.place - place) > 1) {
      const way = Math.sign(place - this.last.place);
      for (let passed = this.last.place + way; passed !== place; passed += way) this.put(passed, this.last.value + (value - this.last.value) * (passed - this.last.place) / (place - this.last.place));
    }
    this.last = { place, value };
    this.put(place, value);
  }

  #key(event, place) {
    const by = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 4, PageDown: -4 }[event.key];
    if (by === undefined || this.off) return;
    event.preventDefault();
    this.put(place, (this.values[place] ?? 0) + by * this.step);
  }

  /** Draw what is painted, and `also`, a curve of the model to see it against: {plan, mean, low, high}. */
  draw(also = null) {
    const { names, axis, element } = this, count = names.length, focused = [...element.querySelectorAll("[role=slider]")].indexOf(document.activeElement);
    this.at = frame(element, { height: 210, x: { low: 0, high: count, step: 1, words: () => "", title: "year" }, y: { ...axis, unit: this.unit, title: this.title } });
    const { at } = this, middle = (place) => at.across(place + 0.5), wide = (at.right - at.left) / count, shapes = [], zero = at.up(Math.max(0, axis.low));
    const path = (values) => values.map((value, place) => (value === null ? "" : `${place && values[place - 1] !== null ? "L" : "M"}${middle(place).toFixed(1)},${at.up(value).toFixed(1)}`)).join("");
    if (also) {
      const around = [...also.low.map((value, place) => [place, value]), ...also.high.map((value, place) => [place, value]).reverse()];
      shapes.push(svg("polygon", { class: `band plan-${also.plan}`, points: around.map(([place, value]) => `${middle(place).toFixed(1)},${at.up(value).toFixed(1)}`).join(" ") }), svg("path", { class: `mean plan-${also.plan}`, fill: "none", d: path(also.mean) }));
    }
    if (this.line) shapes.push(svg("path", { class: "painted", fill: "none", d: path(this.values) }));
    names.forEach((name, place) => {
      const value = this.values[place], y = value === null ? zero : at.up(value), group = svg("g", { role: "slider", tabindex: 0, class: "paint", "aria-label": name, "aria-valuemin": axis.low, "aria-valuemax": axis.high, "aria-valuenow": value ?? 0, "aria-valuetext": value === null ? "nothing yet" : this.words(value) });
      group.append(svg("rect", { class: "hit", x: at.left + place * wide, width: wide, y: at.top, height: at.bottom - at.top }));
      if (this.line) { if (value !== null) group.append(svg("circle", { class: "painted-dot", r: 5, cx: middle(place), cy: y })); }
      else group.append(svg("rect", { class: "bar-painted", x: at.left + place * wide + 2, width: wide - 4, y: Math.min(y, zero), height: Math.abs(zero - y) }));
      const label = svg("text", { class: "tick", x: middle(place), y: at.bottom + 16, "text-anchor": "middle" });
      label.textContent = String(place + 1);
      group.append(label);
      group.addEventListener("keydown", (event) => this.#key(event, place));
      shapes.push(group);
    });
    element.replaceChildren(...at.marks, ...shapes);
    if (focused >= 0) element.querySelectorAll("[role=slider]")[focused].focus();
  }
}
