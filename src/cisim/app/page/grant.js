// The grant ends: the last month of the backbone on a timeline, what drains and how fast, and what an evaluation would report then.

import { make } from "#dials";
import { meanInterval } from "#numbers";
import { originalOf, valueOf } from "#state";
import { duration, hundredths, month as monthInWords } from "#words";

const END = "backbone.end";
/** What drains when the backbone goes, each at its own speed. */
export const TANKS = { staff_at_work: "backbone staff at work", "achieved.communication": "meetings that come about", trust: "trust", capacity: "capacity built" };
const $ = (id) => document.getElementById(id);

export class Grant {
  constructor(app) {
    this.app = app;
    this.range = $("grant-end");
    const turn = (dragging) => {
      const month = Number(this.range.value);
      app.turn(END, month >= app.world.months ? undefined : month, dragging);
    };
    this.range.addEventListener("input", () => turn(true));
    this.range.addEventListener("change", () => turn(false));
    this.tanks = Object.entries(TANKS).map(([measure, words]) => {
      const value = make("span", { class: "value" }), name = make("span", { class: "words" }, words), level = make("i");
      const element = make("div", { class: "fill plan-1" }, name, value, make("span", { class: "tube", "aria-hidden": "true" }, level));
      return { measure, value, level, element };
    });
    $("tanks").append(...this.tanks.map((tank) => tank.element));
  }

  get end() {
    const { data, fields, state } = this.app;
    return valueOf(data, fields, state, state.turned, END) ?? originalOf(data, fields, state.world, END);
  }

  show() {
    const { months } = this.app.world, end = this.end;
    this.range.max = months;
    this.range.step = 1;
    this.range.min = 1;
    this.range.value = end ?? months;
    const words = end === null || end === undefined ? "the grant does not end" : `ends after ${monthInWords(end)}`;
    this.range.setAttribute("aria-valuetext", words);
    $("grant-words").textContent = words;
    this.showMonth();
  }

  /** Fill the tanks as they are in the month shown, of what they were at the end of the grant, or at their fullest. */
  showMonth() {
    const { stage, world, state } = this.app, i = state.shown.indexOf(state.turned);
    if (i < 0 || !stage.runs) return;
    const end = Math.min(this.end ?? world.months, world.months);
    for (const tank of this.tanks) {
      const course = Array.from({ length: world.months + 1 }, (_, month) => stage.value(i, tank.measure, month));
      const floor = tank.measure === "capacity" ? 1 : 0;
      const full = Math.max(course[end] - floor, 1e-9), now = Math.max(0, Math.min(1, (course[stage.month] - floor) / full));
      tank.value.textContent = `${hundredths(now, 0)} %`;
      tank.level.style.width = `${100 * now}%`;
    }
  }

  /** Say what an evaluation at the end of the grant would report, and what there is at the end. */
  say(ensembles) {
    const { world, state } = this.app, end = this.end, length = world.months + 1;
    if (!end || end >= world.months) { $("grant-said").textContent = "Drag the end to the left: what is left years later?"; return; }
    const at = (month) => {
      const [first, second] = ensembles.courses.map(([courses]) => Array.from({ length: courses.length / length }, (_, run) => courses[run * length + month]));
      return meanInterval(second.map((value, run) => value - first[run]));
    };
    const then = at(end), last = at(world.months), [first, second] = state.shown.map((plan) => state.plans[plan].name);
    const words = (of) => `${of.mean > 0 ? "+" : ""}${hundredths(of.mean)} points (${hundredths(of.low)} to ${hundredths(of.high)})`;
    $("grant-said").textContent = `⚑ An evaluation when the grant ends, after ${duration(end)}, would report ${words(then)} for ${second} against ${first}. After ${duration(world.months)} it is ${words(last)}.`;
  }
}
