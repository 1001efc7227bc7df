// What plans cost and who gains; and a number of post-months painted on a timeline, against the best that is known.

import { table } from "#chart";
import { make } from "#dials";
import { bands, meanInterval } from "#numbers";
import { Paint } from "#paint";
import { plain, runSeed, settingsOf, valueOf } from "#state";
import { difference, duration, hundredths, number, percent, plural } from "#words";

const COUNTIES = 50, NEEDED = ["staff_at_work", "levy", "overhead", "alive"], FIT = { agenda_fit_large: "large organisations", agenda_fit_small: "small organisations" };
const POST = 0.5, YEAR = 12;
const $ = (id) => document.getElementById(id);
const zero = (value) => (Number.isNaN(value) ? 0 : value);
const money = (amount, currency) => {
  const text = Math.round(Number(amount.toPrecision(3))).toLocaleString("en-GB");
  return currency === "USD" ? `$${text}` : `${text} ${currency}`;
};

/** Money of all months by item, as cisim/plan/costs.py has it: `mean` gives courses of means by measure, `sharing` and `services` the fields by month. */
export function spending(costs, mean, sharing, services) {
  const backbone = costs.backbone_post * (1 + costs.overhead) / YEAR, service = costs.service_post * (1 + costs.overhead) / YEAR, items = [0, 0, 0, 0, 0];
  let begun = false;
  for (let month = 1; month < mean.levy.length; month++) {
    const levy = zero(mean.levy[month]), shares = zero(mean.alive[month]) * (sharing[month - 1] > 0 ? 1 : 0);
    items[0] += (zero(mean.staff_at_work[month]) - levy) * backbone;
    items[1] += levy * backbone;
    items[2] += services[month - 1] * service;
    items[3] += shares * costs.data_yearly / YEAR;
    if (shares && !begun) { begun = true; items[3] += costs.data_once * Math.max(...Array.from(mean.alive, (alive, at) => (at && sharing[at - 1] > 0 ? zero(alive) : 0))); }
    items[4] += zero(mean.overhead[month]) * costs.hours * costs.meeting_hour / YEAR;
  }
  return items;
}

/** A field over the months, as a world's own events of given months set it. */
export function byMonth(value, path, events, months) {
  const values = new Array(months).fill(value);
  for (const event of events) if (event.month !== undefined && path in (event.set ?? {})) values.fill(event.set[path], event.month - 1);
  return values;
}

/** Posts of each year as settings. */
export function painted(posts) {
  const events = posts.flatMap((post, year) => (year && post !== posts[year - 1] ? [{ month: YEAR * year + 1, path: "backbone.staff", value: post }] : []));
  return events.length ? { "backbone.staff": posts[0], events } : { "backbone.staff": posts[0] };
}

export class Spend {
  constructor(app) {
    this.app = app;
    const { costs, painting } = app.data;
    this.costs = Object.fromEntries(costs.fields.map((field) => [field.name, field.default]));
    $("costs").append(...costs.fields.map((field) => {
      const input = make("input", { type: "number", min: field.minimum, max: field.maximum, step: "any", value: field.default });
      input.addEventListener("change", () => {
        const value = Number(input.value);
        if (input.value !== "" && value >= field.minimum && value <= field.maximum) this.costs[field.name] = value;
        input.value = this.costs[field.name];
        this.show();
      });
      return make("label", {}, `${field.meaning}, ${field.unit.replace("money", costs.currency)} `, input);
    }));
    $("money").addEventListener("toggle", () => this.show());
    const left = (values, place) => painting.months / YEAR - values.reduce((sum, value, other) => sum + (other === place ? 0 : value), 0);
    this.paint = new Paint($("paint"), {
      names: painting.posts.map((_, year) => `Posts in year ${year + 1}`), axis: { low: 0, high: 6 }, step: POST, unit: "FTE", title: "posts of the backbone",
      words: (value) => `${plural(value, "post")}, ${number(YEAR * left(this.paint.values, -1))} post-months left`, within: (values, place, value) => Math.min(value, left(values, place)),
      onChange: () => this.#left(),
    });
    this.paint.values = painting.posts.map(() => 0);
    this.left = () => YEAR * left(this.paint.values, -1);
    $("painting").addEventListener("toggle", () => { this.paint.draw(); this.#left(); });
    $("paint-run").addEventListener("click", () => this.run());
    $("paint-even").addEventListener("click", () => { this.paint.set(painting.posts.map((_, year) => (year % 5 ? 1 : 2))); this.#left(); });
  }

  #left() { $("paint-left").textContent = `${number(this.left())} of ${this.app.data.painting.months} post-months left.`; }

  async #courses(settings, measures) {
    const { state, pool } = this.app, seeds = Array.from({ length: COUNTIES }, (_, county) => runSeed(state.seed, county));
    return pool.courses({ world: state.world, settings, seeds, measures, purpose: "money", order: 2 });
  }

  /** Show what the plans cost and who gains. */
  async show() {
    const { app } = this, { state, data, fields, world } = app, turn = (this.turn = (this.turn ?? 0) + 1);
    $("painting").hidden = state.world !== data.painting.world;
    if (!$("money").open) return;
    app.pool.drop("money");
    const groups = world.groups.map((group) => `progress.${group.name}`), measures = ["progress", ...NEEDED, ...Object.keys(FIT), ...groups], length = world.months + 1;
    const all = await Promise.all(state.plans.map((_, plan) => this.#courses(settingsOf(data, fields, state, plan), measures)));
    if (turn !== this.turn || all.includes(null)) return;
    const end = (plan, measure) => Array.from({ length: COUNTIES }, (_, run) => all[plan][measures.indexOf(measure)][(run + 1) * length - 1]);
    const events = world.document.events ?? [], currency = data.costs.currency, first = state.plans[0].name;
    const spent = state.plans.map((_, plan) => {
      const mean = Object.fromEntries(NEEDED.map((name) => [name, bands(all[plan][measures.indexOf(name)], length).mean])), by = (path) => byMonth(valueOf(data, fields, state, plan, path), path, events, world.months);
      return spending(this.costs, mean, by("measurement.sharing"), by("funder.services"));
    });
    const cash = (items) => items.slice(0, 4).reduce((sum, item) => sum + item, 0);
    const rows = state.plans.map((plan, place) => {
      const added = meanInterval(end(place, "progress").map((value, run) => value - end(0, "progress")[run])), more = cash(spent[place]) - cash(spent[0]);
      const each = place && added.low > 0 && more > 0 ? `${money(more / added.mean / 100, currency)} (${money(more / added.high / 100, currency)} to ${money(more / added.low / 100, currency)})` : "–";
      return [plan.name, money(cash(spent[place]), currency), money(spent[place][4], currency), place ? difference(added.mean, "share") : "–", each];
    });
    table($("money-table"), `Money over ${duration(world.months)}, mean of ${COUNTIES} counties`, ["plan", "cash", "partners’ time", `more than ${first}`, "cash for a point"], rows);
    const gains = [...groups.map((name) => [`residents ${name.slice("progress.".length)}: gap closed`, name, percent]), ...Object.entries(FIT).map(([name, words]) => [`${words}: agenda fits their mission (0 to 1)`, name, number])];
    table($("gains-table"), `Who gains, after ${duration(world.months)}`, ["who", ...state.plans.map((plan) => plan.name)], gains.map(([words, name, write]) => [words, ...state.plans.map((_, plan) => write(meanInterval(end(plan, name)).mean))]));
  }

  /** Run what is painted beside the same posts spread evenly, and the best known. */
  async run() {
    const { data, state, world } = this.app, { posts, months } = data.painting, length = world.months + 1, own = { ...plain(data, state.world), shared: state.shared };
    $("paint-said").textContent = `Running ${COUNTIES} counties three times …`;
    const base = settingsOf(data, this.app.fields, own, 1), even = posts.map(() => months / YEAR / posts.length);
    const ends = await Promise.all([this.paint.values, even, posts].map(async (each) => {
      const courses = await this.#courses({ ...base, ...painted(each) }, ["progress"]);
      return courses && Array.from({ length: COUNTIES }, (_, run) => courses[0][(run + 1) * length - 1]);
    }));
    if (ends.includes(null)) return;
    const against = (other) => { const of = meanInterval(ends[0].map((value, run) => value - ends[other][run])); return `${difference(of.mean, "share")} (95 % interval ${hundredths(of.low)} to ${hundredths(of.high)})`; };
    $("paint-said").textContent = `Your painting closes ${percent(meanInterval(ends[0]).mean)} of the gap. Against the same ${months} post-months spread evenly: ${against(1)}. Against the best known, ${posts.map(number).join(", ")} posts year by year: ${against(2)}. The best known was found by trying; a better one may be there.`;
  }
}
