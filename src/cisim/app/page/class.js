// A class: plans out of many links, on one luck and in plausible worlds, in order, with ties as ties; and the room in which they are handed in.

import { drawRows, table } from "#chart";
import { make } from "#dials";
import { meanInterval, places, shareAhead } from "#numbers";
import { Refusal, checkRules, fromFragment, initial, isPlanned, originalOf, runSeed, settingsOf, toFragment, uncertainFields, valueOf } from "#state";
import { difference, duration, hundredths, number, percent, plural } from "#words";
import { plausibleWorlds } from "#worlds";

/** Counties of each plan on one luck; worlds, and counties of each plan in each of them. */
export const SIZES = { runs: 100, worlds: 40, runsOfWorld: 5 };
const POINT = 0.01, MOST = 200, LONGEST_NAME = 60, MOST_SHARED = 6, MOST_NAMED = 6, LARGEST = 4e6, EVERY = 3000;
const ALONE = "alone", USUAL = [ALONE, "together"];
const LINK = /[^\s,;|"'<>]*(#s=[A-Za-z0-9_-]+)=*/g;
const $ = (id) => document.getElementById(id);

/** What somebody typed as a name: one line, without signs around it; "" if none is left. */
export function clean(name) {
  const line = name.replaceAll("#s=", " ").replace(/[\p{C}\p{Z}\s]+/gu, " ");
  return line.replace(/^[ ,;:|\-–—"'*]+|[ ,;:|\-–—"'*]+$/g, "").slice(0, LONGEST_NAME).trim();
}

/** Plans of a text of links for a world: {plans: [{name, settings, ignored}], left: [{name, reason}]}. */
export function gather(data, fields, world, text) {
  const plans = [], left = [];
  if (text.length > LARGEST) return { plans, left: [{ name: "the text", reason: "is more than the links of a class" }] };
  let links = 0;
  for (const line of text.split(/\r?\n/)) {
    let before = 0;
    for (const link of line.matchAll(LINK)) {
      links++;
      const said = clean(line.slice(before, link.index)), label = said || `link ${links}`;
      before = link.index + link[0].length;
      if (plans.length + left.length >= MOST) { left.push({ name: label, reason: `a class has at most ${MOST} plans` }); return { plans, left }; }
      try {
        plans.push(planOf(data, fields, world, link[1], said, label));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        left.push({ name: label, reason: error.message });
      }
    }
  }
  const taken = new Set([ALONE]);
  for (const plan of plans) {
    const name = plan.name;
    for (let again = 2; taken.has(plan.name); again++) plan.name = `${name} (${again})`;
    taken.add(plan.name);
  }
  return { plans, left };
}

function planOf(data, fields, world, fragment, said, label) {
  const state = fromFragment(data, fields, fragment);
  if (state.world !== world) throw new Refusal(`The link is of another county than ${data.worlds[world].name}.`);
  const { name, settings } = state.plans[state.turned], all = Object.entries({ ...state.shared, ...settings }).filter(([path, value]) => value !== originalOf(data, fields, world, path));
  const own = Object.fromEntries(all.filter(([path]) => isPlanned(path)));
  const alone = { ...initial(data, world), plans: [{ name, settings: own }] };
  checkRules((path) => valueOf(data, fields, alone, 0, path), data.worlds[world]);
  return { name: said || (USUAL.includes(name) ? "" : clean(name)) || label, settings: own, ignored: all.filter(([path]) => !isPlanned(path)).map(([path]) => path).sort() };
}

/** Run plans on one luck and in plausible worlds. Returns {plans: [{name, ends, worlds, lead, here, inWorlds, ...}]} best first, or null if it was dropped. */
export async function rank({ data, fields, pool, world, seed, plans, sizes = SIZES, onDone = () => {} }) {
  const state = { ...initial(data, world), seed, plans: [{ name: ALONE, settings: { "coalition.start": "never" } }, ...plans] };
  const { runs, worlds, runsOfWorld } = sizes, every = [...state.plans.keys()], length = data.worlds[world].months + 1;
  const end = async (at, plan, first, count) => {
    const seeds = Array.from({ length: count }, (_, i) => runSeed(seed, first + i));
    const courses = await pool.courses({ world, settings: settingsOf(data, fields, at, plan), seeds, measures: ["progress"], purpose: "class", order: 3 });
    onDone(count);
    return courses && seeds.map((_, run) => courses[0][(run + 1) * length - 1]);
  };
  const uncertain = uncertainFields(data, fields, state, every), roles = data.worlds[world].roles.length;
  const both = await Promise.all(every.map(async (plan) => {
    const settings = plausibleWorlds(roles, uncertain, data.design_stream, (path) => valueOf(data, fields, state, plan, path), worlds, seed);
    return Promise.all([end(state, plan, 0, runs), ...settings.map((shared, place) => end({ ...state, shared }, plan, place * runsOfWorld, runsOfWorld))]);
  }));
  if (both.some((of) => of.includes(null))) return null;
  const found = every.slice(1).map((plan) => {
    const [ends, ...rest] = both[plan], means = rest.map((values) => meanInterval(values).mean), leads = means.map((mean, i) => mean - meanInterval(both[0][i + 1]).mean);
    return { ...state.plans[plan], plan, ends, means, leads, more: meanInterval(ends.map((value, run) => value - both[0][0][run])), mean: meanInterval(means).mean, over: meanInterval(leads) };
  });
  found.sort((a, b) => b.mean - a.mean || a.plan - b.plan);
  const here = places(found.map((each) => each.ends), POINT), inWorlds = places(found.map((each) => each.means), POINT);
  found.forEach((each, i) => Object.assign(each, { here: here[i], inWorlds: inWorlds[i], lead: inWorlds[i][0] === 1 }));
  const leaders = found.filter((each) => each.lead), others = found.filter((each) => !each.lead);
  return { plans: found, shared: inCommon(data, fields, state, leaders.map((each) => each.plan), others.map((each) => each.plan)) };
}

/** Values of fields that all leaders have and fewer than half of the others, rarest first: [{path, ends, others}]. */
export function inCommon(data, fields, state, leaders, others) {
  if (!leaders.length || !others.length) return [];
  const found = [], numeric = (values) => values.every((value) => typeof value === "number");
  for (const path of new Set(state.plans.flatMap((plan) => Object.keys(plan.settings)))) {
    const value = (plan) => valueOf(data, fields, state, plan, path), of = leaders.map(value), field = fields.get(path);
    if (leaders.some((plan) => field.dead_if.some((other) => valueOf(data, fields, state, plan, other) === fields.get(other).quiet))) continue;
    const ends = numeric(of) ? [...new Set([Math.min(...of), Math.max(...of)])] : [...new Set(of)];
    const within = others.filter((plan) => (numeric([value(plan), ...ends]) ? value(plan) >= ends[0] && value(plan) <= ends.at(-1) : ends.includes(value(plan)))).length;
    if (2 * within < others.length) found.push({ path, ends, others: within });
  }
  return found.sort((a, b) => a.others - b.others || (a.path < b.path ? -1 : 1)).slice(0, MOST_SHARED);
}

const place = ([first, last]) => (first === last ? String(first) : `${first} to ${last}`);
const setting = (value) => (value === null ? "not set" : typeof value === "number" ? number(value) : String(value));

const firstOf = (names) => names.slice(0, MOST_NAMED).join(", ") + (names.length > MOST_NAMED ? ` and ${plural(names.length - MOST_NAMED, "more plan")}` : "");

/** Who leads, and what the leaders have in common. */
export function leading({ plans, shared }) {
  const leaders = plans.filter((each) => each.lead), others = plans.length - leaders.length;
  if (!others) return [plans.length > 1 ? "These worlds do not tell any plan from another." : "There is one plan."];
  const said = [leaders.length === 1 ? `${leaders[0].name} leads: in plausible worlds all others are surely behind.`
    : `${leaders.length} plans lead, and these worlds do not tell which of them is first: ${firstOf(leaders.map((each) => each.name))}.`];
  if (shared.length) {
    const words = shared.map((each) => `${each.path} ${each.ends.map(setting).join(each.ends.every((value) => typeof value === "number") ? " to " : " or ")} (${each.others} of ${others} others)`);
    said.push(`${leaders.length === 1 ? "It has" : "They have in common"}, as few others do: ${words.join("; ")}.`, "That they lead and have this is no proof that they lead because of it: change one dial at a time.");
  } else if (leaders.length > 1) said.push("They have no value of a dial in common that most others lack.");
  return said;
}

export class Class {
  constructor(app) {
    this.app = app;
    this.room = app.data.room ?? {};
    this.handed = "";
    $("class-rank").addEventListener("click", () => this.rank());
    $("class-show").addEventListener("click", () => this.open());
    $("hand-in").hidden = !this.room.hand_in;
    $("class").hidden = Boolean(this.room.hand_in);
    if (this.room.hand_in || this.room.plans) $("asks").textContent = "Everything on this page runs on your own machine. It sends nothing but what you hand in, to the room that you opened it from.";
    $("hand-in-send").addEventListener("click", () => this.handIn());
    if (this.room.plans) { $("class-links").open = true; this.look(); setInterval(() => this.look(), EVERY); }
  }

  get text() { return `${this.handed}\n${$("class-text").value}`; }

  /** Hand the plan whose dials are turned in to the room. */
  async handIn() {
    const { app } = this, said = (words) => { $("hand-in-said").textContent = words; };
    if (app.world.pasted) { said("A plan for pasted partners stays on this page."); return; }
    try {
      const answer = await fetch(this.room.hand_in, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ name: $("hand-in-name").value, link: toFragment(app.state) }) });
      const { said: words, problem } = await answer.json();
      said(words ?? problem);
    } catch {
      said("The room does not answer: is it still open?");
    }
  }

  /** Look what was handed in. */
  async look() {
    try {
      const { plans } = await (await fetch(this.room.plans)).json();
      this.handed = plans.map((plan) => `${plan.name}: ${plan.link}`).join("\n");
      $("class-handed").textContent = `${plural(plans.length, "plan")} handed in${plans.length ? `: ${plans.map((plan) => plan.name).join(", ")}` : ""}.`;
    } catch {
      $("class-handed").textContent = "The room does not answer: is it still open?";
    }
  }

  async rank() {
    const { data, fields, pool, state, world } = this.app, found = gather(data, fields, state.world, this.text), said = $("class-said"), bar = $("class-progress");
    $("class-left").replaceChildren(...found.left.map((each) => make("li", {}, `${each.name}: ${each.reason}`)), ...found.plans.filter((each) => each.ignored.length).map((each) => make("li", {}, `${each.name} is counted, without what it changes of the county itself: ${each.ignored.join(", ")}.`)));
    $("class-left-box").hidden = !$("class-left").children.length;
    $("class-result").hidden = true;
    if (!found.plans.length) { said.textContent = "There is no link of this county in the text."; return; }
    const turn = (this.turn = (this.turn ?? 0) + 1), { runs, worlds, runsOfWorld } = SIZES;
    pool.drop("class");
    said.textContent = `Running ${plural(found.plans.length, "plan")} …`;
    bar.hidden = false;
    bar.max = (found.plans.length + 1) * (runs + worlds * runsOfWorld);
    bar.value = 0;
    const ranked = await rank({ data, fields, pool, world: state.world, seed: state.seed, plans: found.plans, onDone: (count) => { if (turn === this.turn) bar.value += count; } });
    if (turn !== this.turn || !ranked) return;
    bar.hidden = true;
    this.ranked = { ...ranked, world: state.world };
    said.textContent = `${leading(ranked).join(" ")} Place: in ${worlds} plausible worlds; “1 to 3” may be first, second or third. A difference within a point counts as none.`;
    $("class-result").hidden = false;
    drawRows($("class-chart"), {
      rows: ranked.plans.map((each) => ({ words: `${place(each.inWorlds)}. ${each.name}`, mean: each.over.mean, low: each.over.low, high: each.over.high, lead: each.lead })),
      axis: { low: -0.1, high: 0.2 }, unit: "share of the gap", title: "more than alone in plausible worlds, points",
    });
    const rows = ranked.plans.map((each) => [place(each.inWorlds), each.name, percent(meanInterval(each.ends).mean), `${difference(each.more.mean, "share").replace(" points", "")} (${hundredths(each.more.low)} to ${hundredths(each.more.high)})`, place(each.here), `${Number((shareAhead(each.leads) * worlds).toFixed(1))} of ${worlds}`]);
    table($("class-table"), `${plural(ranked.plans.length, "plan")} after ${duration(world.months)}, ${runs} counties each on one luck; interval of 95 %`, ["place", "plan", "gap closed", "points more than alone", "place as guessed", "worlds ahead"], rows);
    $("class-plan").replaceChildren(...ranked.plans.map((each, i) => make("option", { value: i }, each.name)));
  }

  /** Put a ranked plan beside the county alone, in the place of the plans above. */
  open() {
    const { name, settings } = this.ranked.plans[Number($("class-plan").value)], { app } = this;
    app.change({ ...initial(app.data, this.ranked.world), seed: app.state.seed, plans: [{ name: ALONE, settings: { "coalition.start": "never" } }, { name, settings: { ...settings } }] });
    $("stage").scrollIntoView();
  }
}
