// What the runs say: courses with bands, the sentence, the hill against a dial, counties and worlds as dots.

import { axisOf, label, reading } from "#axes";
import { drawCourses, drawDots, drawHill, table } from "#chart";
import { make, nameOf, rangeOf } from "#dials";
import { bands, meanInterval, tidy } from "#numbers";
import { inWorlds, movedMost, oneRun, result } from "#sentences";
import { runSeed, settingsOf, turned, uncertainFields, valueOf } from "#state";
import { amount, difference, duration, hundredths, month as monthInWords, number, unitInWords } from "#words";
import { plausibleWorlds } from "#worlds";

const QUICK = 50, ALL = 200;
/** Counties at each place on a dial, few first. */
const ALONG = [10, 40];
const WORLDS = 100, RUNS_OF_WORLD = 5;
const $ = (id) => document.getElementById(id);
const seedsOf = (seed, first, count) => Array.from({ length: count }, (_, i) => runSeed(seed, first + i));
const ends = (courses, length, month = length - 1) => Array.from({ length: courses.length / length }, (_, run) => courses[run * length + month]);

export class Results {
  /** `app` gives data, fields, pool, stage, and the state; `pick` shows another county. */
  constructor(app, pick) {
    this.app = app;
    this.pick = pick;
    this.shownCounties = ALL;
    this.sameLuck = true;
    this.small = new Map();
    for (const button of document.querySelectorAll("[data-counties]")) {
      button.addEventListener("click", () => { this.shownCounties = Number(button.dataset.counties); this.#press("counties", button); this.drawDots(); });
    }
    for (const button of document.querySelectorAll("[data-luck]")) {
      button.addEventListener("click", () => { this.sameLuck = button.dataset.luck === "same"; this.#press("luck", button); this.drawDots(); });
    }
    $("try-worlds").addEventListener("click", () => this.tryWorlds());
  }

  #press(group, pressed) {
    for (const button of document.querySelectorAll(`[data-${group}]`)) button.setAttribute("aria-pressed", String(button === pressed));
  }

  get world() { return this.app.data.worlds[this.app.state.world]; }

  measure(name) { return this.world.measures.find((each) => each.name === name); }

  /** Measures that are drawn: progress, what is chosen, the outcomes, and four that tell how. */
  #measures() {
    const outcomes = this.world.outcomes.slice(0, 3).map((outcome) => `indicator.${outcome.name}`);
    const names = ["progress", this.app.state.measure, ...outcomes, "commitment", "trust", "members", "practice_quality"];
    return [...new Set(names)];
  }

  /** Run both plans for a new state: the county above at once, then 50 counties, then 200. */
  async update({ before = null } = {}) {
    const { state, data, fields, pool } = this.app, turn = (this.turn = (this.turn ?? 0) + 1);
    pool.drop("shown");
    pool.drop("hill");
    const measures = this.#measures(), months = this.world.months;
    const last = this.ensembles;
    this.ghosts = before && last && last.world === state.world && last.months === months && String(last.shown) === String(state.shown) ? last : null;
    this.ensembles = null;
    this.draw();
    this.#sayOneRun();
    for (const count of [QUICK, ALL]) {
      const courses = await Promise.all(state.shown.map((plan) => pool.courses({
        world: state.world, settings: settingsOf(data, fields, state, plan), seeds: seedsOf(state.seed, 0, count), measures, purpose: "shown",
      })));
      if (turn !== this.turn || courses.includes(null)) return false;
      this.ensembles = { world: state.world, shown: state.shown, months, measures, courses, count, bands: this.#bands(courses, months) };
      this.draw();
      this.#say();
    }
    $("moved").textContent = this.ghosts ? this.#moved(this.ghosts) : "";
    return true;
  }

  #bands(courses, months) {
    return courses.map((plan) => plan.map((values) => bands(values, months + 1)));
  }

  // --- courses over time

  draw() {
    const { state } = this.app, names = this.#measures();
    this.charts = [this.#course($("course"), state.measure, 250, true)];
    const small = names.filter((name) => name !== state.measure);
    for (const name of [...this.small.keys()]) if (!small.includes(name)) { this.small.get(name).remove(); this.small.delete(name); }
    for (const name of small) {
      if (!this.small.has(name)) {
        const chart = document.createElementNS("http://www.w3.org/2000/svg", "svg");
        chart.setAttribute("class", "chart");
        chart.setAttribute("role", "img");
        const title = make("figcaption", { class: "small" }), measure = this.measure(name);
        title.textContent = this.#title(measure, reading(this.world, measure));
        this.small.set(name, make("figure", {}, title, chart));
      }
      const figure = this.small.get(name);
      $("small").append(figure);
      this.charts.push(this.#course(figure.lastChild, name, 130, false));
      figure.lastChild.setAttribute("aria-label", this.#heard(name));
    }
    this.#courseTable();
    this.drawDots();
  }

  #course(element, name, height, titled) {
    const { state, stage } = this.app, world = this.world, measure = this.measure(name), read = reading(world, measure), months = world.months;
    const place = this.ensembles?.measures.indexOf(name) ?? -1, old = this.ghosts?.measures.indexOf(name) ?? -1;
    const column = world.measures.indexOf(measure), width = world.measures.length;
    const series = state.shown.map((plan, i) => {
      const of = place >= 0 ? this.ensembles.bands[i][place] : null, ghost = old >= 0 ? this.ghosts.bands[i][old].mean : null;
      const run = Float64Array.from({ length: months + 1 }, (_, month) => read.of(stage.runs[i].records[month * width + column]));
      const moved = ghost && (!of || ghost.some((value, month) => Math.abs(value - of.mean[month]) > 1e-9));
      return { name: state.plans[plan].name, plan, run, mean: of?.mean.map(read.of), low: of?.low.map(read.of), high: of?.high.map(read.of), ghost: moved ? ghost.map(read.of) : null };
    });
    const axis = axisOf(world, measure), turned = read.of(axis.low) > read.of(axis.high);
    const shown = turned ? { low: read.of(axis.high), high: read.of(axis.low) } : { low: read.of(axis.low), high: read.of(axis.high) };
    return drawCourses(element, { series, months, month: stage.month, axis: shown, unit: read.unit, title: titled ? this.#title(measure, read) : "", height });
  }

  #title(measure, read) {
    if (measure.name === "progress") return "share of the gap closed, %";
    const unit = read.words ?? unitInWords(read.unit);
    return unit ? `${label(measure)}, ${unit}` : label(measure);
  }

  #heard(name) {
    const measure = this.measure(name), read = reading(this.world, measure), { state, stage } = this.app;
    const told = state.shown.map((plan, i) => `${state.plans[plan].name} ${amount(read.of(stage.value(i, name, this.world.months)), read.unit)}`);
    return `${label(measure)} at the end of the county above: ${told.join(", ")}`;
  }

  #courseTable() {
    if (!this.ensembles) return;
    const { state } = this.app, measure = this.measure(state.measure), read = reading(this.world, measure), place = this.ensembles.measures.indexOf(state.measure);
    if (place < 0) return;
    const header = ["when", ...state.shown.flatMap((plan) => [state.plans[plan].name, "nine in ten counties"])], rows = [];
    for (let month = 0; month <= this.world.months; month += 12) {
      const cells = this.ensembles.bands.flatMap((of) => {
        const { mean, low, high } = of[place];
        return [amount(read.of(mean[month]), read.unit), `${amount(read.of(low[month]), read.unit)} to ${amount(read.of(high[month]), read.unit)}`];
      });
      rows.push([monthInWords(month), ...cells]);
    }
    table($("course-table"), `${this.#title(measure, read)}, ${this.ensembles.count} counties`, header, rows);
  }

  /** Move the mark of the month in all charts. */
  showMonth(month) { for (const chart of this.charts ?? []) chart.show(month); }

  // --- sentences

  #named(i) { return this.app.state.plans[this.app.state.shown[i]].name; }

  #ends(i) { return ends(this.ensembles.courses[i][0], this.world.months + 1); }

  #sayOneRun() {
    const { stage } = this.app, months = this.world.months, end = (i) => stage.value(i, "progress", months);
    $("sentence").textContent = oneRun({ name: this.#named(0), end: end(0) }, { name: this.#named(1), end: end(1) }, months);
  }

  #say() {
    const both = [0, 1].map((i) => ({ name: this.#named(i), ends: this.#ends(i) }));
    this.result = result(both[0], both[1], this.world.months);
    $("sentence").textContent = this.result.words;
    const early = 12 * Math.max(1, Math.floor(this.world.months / 30));
    const [first, second] = this.ensembles.courses.map((courses) => ends(courses[0], this.world.months + 1, early));
    this.app.said?.(meanInterval(second.map((value, run) => value - first[run])), early);
  }

  #moved(before) {
    const length = this.world.months + 1;
    const parts = [0, 1].map((i) => {
      const measures = this.ensembles.measures.filter((name) => before.measures.includes(name)).map((name) => {
        const measure = this.measure(name), read = reading(this.world, measure);
        const now = ends(this.ensembles.courses[i][this.ensembles.measures.indexOf(name)], length);
        const then = ends(before.courses[i][before.measures.indexOf(name)], length);
        const n = Math.min(now.length, then.length);
        return { name, label: label(measure), unit: read.unit, before: then.slice(0, n).map(read.of), after: now.slice(0, n).map(read.of) };
      });
      return { i, measures, moves: measures.some((each) => each.before.some((value, run) => !Object.is(value, each.after[run]))) };
    });
    const moving = parts.filter((part) => part.moves);
    return moving.length ? moving.map((part) => movedMost(part.measures, this.#named(part.i))).join(" ") : "The change moves nothing in either plan.";
  }

  // --- luck

  drawDots() {
    if (!this.ensembles) return;
    const first = this.#ends(0), second = this.#ends(1), n = Math.min(this.shownCounties, first.length);
    const other = Math.floor(first.length / 2);
    const differences = first.slice(0, n).map((_, run) => second[run] - first[this.sameLuck ? run : (run + other) % first.length]);
    const of = meanInterval(differences), axis = { low: -0.2, high: 0.2 };
    drawDots($("dots"), {
      values: differences, axis, unit: "share of the gap", mark: of.mean, picked: this.app.state.county, onPick: this.pick,
      title: `${this.#named(1)} less ${this.#named(0)}, points of the gap`,
    });
    const spread = of.error * Math.sqrt(of.n);
    const share = differences.filter((value) => value > 0).length;
    const luck = this.sameLuck ? "on the same luck" : "each with its own luck";
    $("dots-said").textContent = n === 1
      ? `One county, ${luck}: ${difference(of.mean, "share")}. Another one may say something else.`
      : `${n} counties, ${luck}: ${this.#named(1)} is ahead in ${share}, by ${difference(of.mean, "share")} on average (95 % interval ${hundredths(of.low)} to ${hundredths(of.high)}); the differences spread by ${hundredths(spread)} points.`;
  }

  // --- the hill

  /** Draw the result against the dial that is turned. */
  async hill(path) {
    const { state, data, fields, pool } = this.app, field = fields.get(path);
    pool.drop("hill");
    if (!field || field.low === null) return;
    const turn = (this.hillTurn = (this.hillTurn ?? 0) + 1);
    const value = valueOf(data, fields, state, state.turned, path);
    const { low, high } = rangeOf(field, value), whole = field.type === "whole number";
    const points = whole && high - low < 9 ? high - low + 1 : 9;
    const xs = Array.from({ length: points }, (_, i) => { const x = low + ((high - low) * i) / (points - 1); return whole ? Math.round(x) : tidy(x); });
    const key = JSON.stringify([state.world, state.seed, state.measure, state.shown, path, low, high, state.shown.map((plan) => ({ ...settingsOf(data, fields, state, plan), [path]: 0 }))]);
    $("hill-name").textContent = nameOf(field, true);
    this.hillAt = { field, value, low, high };
    // What was dropped half way is taken up again: the runs that are done are known.
    if (this.hillKey !== key) {
      this.hillKey = key;
      this.hillSeries = null;
      $("hill-chart").replaceChildren();
      $("hill-said").textContent = "Running the counties along the dial …";
    }
    if (this.hillSeries) this.#drawHill();
    if (this.hillSeries?.[0].ends[0].length === ALONG.at(-1)) return;
    for (const count of ALONG) {
      const series = await Promise.all(state.shown.map(async (plan) => {
        const runs = await Promise.all(xs.map((x) => {
          const at = turned(state, path, x);
          return pool.courses({ world: state.world, settings: settingsOf(data, fields, at, plan), seeds: seedsOf(state.seed, 0, count), measures: [state.measure], purpose: "hill", order: 1 });
        }));
        return runs.includes(null) ? null : { plan, name: state.plans[plan].name, xs, ends: runs.map(([courses]) => ends(courses, this.world.months + 1)) };
      }));
      if (turn !== this.hillTurn || series.includes(null)) return;
      this.hillSeries = series;
      this.#drawHill();
    }
  }

  #drawHill() {
    const { state } = this.app, measure = this.measure(state.measure), read = reading(this.world, measure), { field, value, low, high } = this.hillAt;
    const series = this.hillSeries.map((each) => {
      const of = each.ends.map((values) => bands(Float64Array.from(values), 1));
      return { ...each, mean: of.map((one) => read.of(one.mean[0])), low: of.map((one) => read.of(one.low[0])), high: of.map((one) => read.of(one.high[0])) };
    });
    const axis = axisOf(this.world, measure), at = [read.of(axis.low), read.of(axis.high)].sort((a, b) => a - b);
    const unit = unitInWords(field.unit);
    drawHill($("hill-chart"), {
      series, value, axis: { low: at[0], high: at[1] }, unit: read.unit, height: 250,
      x: { low, high, unit: field.unit, title: `${nameOf(field, true)}${unit ? `, ${unit}` : ""}` },
      title: `${this.#title(measure, read)}, after ${duration(this.world.months)}`,
    });
    $("hill-said").textContent = this.#best(field, series.at(-1), measure, read);
    const header = [nameOf(field, true), ...series.flatMap((each) => [each.name, "nine in ten counties"])];
    const rows = series[0].xs.map((x, i) => [amount(x, field.unit), ...series.flatMap((each) => [amount(each.mean[i], read.unit), `${amount(each.low[i], read.unit)} to ${amount(each.high[i], read.unit)}`])]);
    table($("hill-table"), `${label(measure)} at the end, ${this.hillSeries[0].ends[0].length} counties each`, header, rows);
  }

  /** Say where the most is, and which other places cannot be told from it on the same luck. */
  #best(field, series, measure, read) {
    let best = 0;
    series.mean.forEach((mean, i) => { if (mean > series.mean[best]) best = i; });
    const near = series.xs.filter((_, i) => {
      const apart = meanInterval(series.ends[best].map((value, run) => value - series.ends[i][run]));
      return i === best || !(apart.low > 0);
    });
    const most = `Most ${label(measure)} ${series.name}: ${amount(series.mean[best], read.unit)}, at ${amount(series.xs[best], field.unit)}`;
    if (near.length === series.xs.length) return "These counties do not tell any place on this dial from another.";
    return near.length > 1 ? `${most}; ${near.map((x) => number(x)).join(", ")} cannot be told apart in these ${series.ends[0].length} counties.` : `${most}, clear of the places beside it.`;
  }

  // --- plausible worlds

  /** Compare both plans over the plausible ranges of what nobody knows. */
  async tryWorlds() {
    const { state, data, fields, pool } = this.app, button = $("try-worlds"), turn = (this.worldsTurn = (this.worldsTurn ?? 0) + 1);
    pool.drop("worlds");
    const uncertain = uncertainFields(data, fields, state, state.shown);
    const worlds = plausibleWorlds(this.world.roles.length, uncertain, data.design_stream, (path) => valueOf(data, fields, state, state.shown[1], path), WORLDS, state.seed);
    const found = [], progress = $("worlds-progress");
    button.disabled = true;
    progress.hidden = false;
    progress.value = 0;
    $("worlds-dots").removeAttribute("hidden");
    const show = () => {
      if (turn !== this.worldsTurn) return;
      const values = found.filter((value) => value !== undefined);
      progress.value = values.length;
      if (values.length < 2) return;
      drawDots($("worlds-dots"), { values, axis: { low: -0.2, high: 0.2 }, unit: "share of the gap", title: `${this.#named(1)} less ${this.#named(0)}, points of the gap`, mark: meanInterval(values).mean });
      if (values.length === WORLDS || values.length % 10 === 0) $("worlds-sentence").textContent = inWorlds(this.#named(1), this.#named(0), values, WORLDS);
    };
    await Promise.all(worlds.map(async (settings, world) => {
      const at = { ...state, shared: { ...state.shared, ...settings } };
      const both = await Promise.all(state.shown.map((plan) => pool.courses({
        world: state.world, settings: settingsOf(data, fields, at, plan), seeds: seedsOf(state.seed, world * RUNS_OF_WORLD, RUNS_OF_WORLD), measures: ["progress"], purpose: "worlds", order: 2,
      })));
      if (both.includes(null)) return;
      const means = both.map(([courses]) => meanInterval(ends(courses, this.world.months + 1)).mean);
      found[world] = means[1] - means[0];
      show();
    }));
    if (turn !== this.worldsTurn) return;
    button.disabled = false;
    progress.hidden = true;
    $("worlds-said").textContent = $("worlds-sentence").textContent;
  }

  /** What was said of other settings is no longer true. */
  forgetWorlds() {
    this.worldsTurn = (this.worldsTurn ?? 0) + 1;
    this.app.pool.drop("worlds");
    $("worlds-said").textContent = "";
    $("worlds-sentence").textContent = "";
    $("worlds-dots").setAttribute("hidden", "");
    $("worlds-progress").hidden = true;
    $("try-worlds").disabled = false;
  }
}
