// What the page shows, as plain data: the world, its luck, changed fields and plans. It goes into a link and comes out of one.

import { number } from "#words";

export const LARGEST_SEED = 18446744073708;
const BLOCK = 1000000n;
export const MOST_PLANS = 4;
const LONGEST = 20000;

/** What is wrong with a link or a typed value, in one sentence. */
export class Refusal extends Error {}

export function initial(data, world = data.county) {
  const state = plain(data, world), plans = data.plans?.[world];
  return plans ? { ...state, plans: structuredClone(plans) } : state;
}

/** A county alone and together, whatever plans it opens with. */
export function plain(data, world) {
  return {
    world, seed: 1, county: 0, measure: "progress", shared: {},
    plans: [{ name: "alone", settings: { "coalition.start": "never" } }, { name: "together", settings: {} }],
    shown: [0, 1], turned: 1,
  };
}

/** Fields by path, made once. */
export function byPath(data) {
  return new Map(data.fields.map((field) => [field.path, field]));
}

/** Conditions are decided on by a plan; what surrounds it is the same county for all plans. */
const PLANNED = new Set(["agenda", "measurement", "activities", "communication", "backbone", "funder"]);
const BACKBONE = ["engage", "measure", "align", "capacity", "fund", "will", "weave"];
const FACTS = new Set(["agenda.alignment", "measurement.bias", "communication.informal", "measurement.noise"]);

export const isPlanned = (path) => (PLANNED.has(path.split(".")[0]) && !FACTS.has(path)) || path === "coalition.start";

/** Run seed of the county of that number: an ensemble's seed names a block of run seeds, as in Python. */
export const runSeed = (seed, county) => BigInt.asUintN(64, 1n + (BigInt(seed) - 1n) * BLOCK + BigInt(county));

/** Value of a field in a plan, with what is changed on the page. */
export function valueOf(data, fields, state, plan, path) {
  const own = state.plans[plan].settings;
  if (path in own) return own[path];
  if (path in state.shared) return state.shared[path];
  const world = data.worlds[state.world].values;
  return path in world ? world[path] : fields.get(path).default;
}

/** Value before anything was changed on the page. */
export function originalOf(data, fields, world, path) {
  const values = data.worlds[world].values;
  return path in values ? values[path] : fields.get(path).default;
}

/** Settings of a plan that can change a result: those of dead fields, and those that change nothing, are left out. */
export function settingsOf(data, fields, state, plan) {
  const all = { ...state.shared, ...state.plans[plan].settings }, live = {};
  for (const path of Object.keys(all).sort()) {
    const field = fields.get(path);
    const dead = field.dead_if.some((other) => valueOf(data, fields, state, plan, other) === fields.get(other).quiet);
    if (!dead && all[path] !== originalOf(data, fields, state.world, path)) live[path] = all[path];
  }
  return live;
}

/** Fields that nobody knows, at their defaults in some plans and alive in one of them: they vary in plausible worlds. */
export function uncertainFields(data, fields, state, plans) {
  const value = (plan, path) => valueOf(data, fields, state, plan, path);
  const isOff = (plan, field) => [field.path, ...field.dead_if].some((path) => fields.get(path).quiet !== null && value(plan, path) === fields.get(path).quiet);
  return data.uncertain.map((path) => fields.get(path)).filter((field) => (
    plans.every((plan) => value(plan, field.path) === field.default) && plans.some((plan) => !isOff(plan, field))));
}

/** A state with a field at another value, of the plan that is turned or of the county; undefined sets it back. */
export function turned(state, path, value) {
  const next = { ...state, shared: { ...state.shared }, plans: state.plans.map((plan) => ({ ...plan, settings: { ...plan.settings } })) };
  const settings = isPlanned(path) ? next.plans[state.turned].settings : next.shared;
  if (value === undefined) delete settings[path];
  else settings[path] = value;
  return next;
}

/** Reject a value that a field may not have; return it otherwise. */
export function checkedValue(field, value) {
  if (value === null && field.default === null) return value;
  if (typeof value === "string" && field.path === "coalition.start" && value === "never") return value;
  if (typeof value !== "number" || !Number.isFinite(value)) throw new Refusal(`${field.path} must be a number.`);
  if (field.type === "whole number" && !Number.isInteger(value)) throw new Refusal(`${field.path} must be a whole number.`);
  const under = field.minimum !== null && (value < field.minimum || (field.open_minimum && value === field.minimum));
  const over = field.maximum !== null && (value > field.maximum || (field.open_maximum && value === field.maximum));
  if (under || over) {
    const ends = `from ${number(field.minimum)} to ${number(field.maximum)}`;
    throw new Refusal(`${field.path} must be a number ${ends}, not ${number(value)}.`);
  }
  return value;
}

/** Reject what a rule across fields refuses, as a scenario does; `value` gives a field's value in a plan. */
export function checkRules(value, world) {
  const time = BACKBONE.reduce((sum, name) => sum + value(`backbone.allocation.${name}`), 0);
  if (time > 1 + 1e-9) throw new Refusal(`The shares of backbone.allocation sum to ${number(time)}, which is more than 1.`);
  if (value("communication.trust_gain") * value("communication.trust_loss_ratio") > 1) throw new Refusal("communication.trust_gain times communication.trust_loss_ratio must be at most 1.");
  if (value("activities.role_floor") * world.roles.length >= 1) throw new Refusal(`activities.role_floor must be less than ${number(1 / world.roles.length)}, since there are ${world.roles.length} roles.`);
  if (value("practice.ruggedness") >= value("practice.bits")) throw new Refusal("practice.ruggedness must be less than practice.bits.");
  if (value("coalition.degree") >= world.organisations.length) throw new Refusal(`coalition.degree must be less than the ${world.organisations.length} organisations.`);
  if (value("coalition.network") === "small-world" && value("coalition.degree") % 2) throw new Refusal("coalition.degree must be an even whole number.");
}

function checkedSettings(fields, settings) {
  if (typeof settings !== "object" || settings === null || Array.isArray(settings)) throw new Refusal("The link is damaged.");
  const checked = {};
  for (const [path, value] of Object.entries(settings)) {
    const field = fields.get(path);
    if (!field || !field.settable) throw new Refusal(`The link sets ${JSON.stringify(path.slice(0, 60))}, which is no field of the model.`);
    checked[path] = checkedValue(field, value);
  }
  return checked;
}

const whole = (value, low, high) => Number.isInteger(value) && value >= low && value <= high;

/** Read plain data from anywhere as a state of the page, or refuse it in one sentence. */
export function checkedState(data, fields, given) {
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw new Refusal("The link is damaged.");
  if (typeof given.world !== "string" || !Object.hasOwn(data.worlds, given.world)) throw new Refusal("The link names a scenario that this page does not have.");
  const state = initial(data, given.world);
  if (given.seed !== undefined) {
    if (!whole(given.seed, 0, LARGEST_SEED)) throw new Refusal(`The seed must be a whole number from 0 to ${LARGEST_SEED}.`);
    state.seed = given.seed;
  }
  if (given.county !== undefined) {
    if (!whole(given.county, 0, 199)) throw new Refusal("The county must be a whole number from 0 to 199.");
    state.county = given.county;
  }
  if (given.measure !== undefined) {
    if (!data.worlds[given.world].measures.some((measure) => measure.name === given.measure)) throw new Refusal("The link shows a measure that this scenario does not have.");
    state.measure = given.measure;
  }
  state.shared = checkedSettings(fields, given.shared ?? {});
  if (given.plans !== undefined) {
    if (!Array.isArray(given.plans) || given.plans.length < 2 || given.plans.length > MOST_PLANS) throw new Refusal(`A link holds 2 to ${MOST_PLANS} plans.`);
    state.plans = given.plans.map((plan) => {
      if (typeof plan?.name !== "string" || !plan.name.trim() || plan.name.length > 60) throw new Refusal("A plan's name must be a text of 1 to 60 characters.");
      return { name: plan.name, settings: checkedSettings(fields, plan.settings ?? {}) };
    });
    if (new Set(state.plans.map((plan) => plan.name)).size < state.plans.length) throw new Refusal("Plans must have different names.");
  }
  const last = state.plans.length - 1;
  if (given.shown !== undefined) {
    if (!Array.isArray(given.shown) || given.shown.length !== 2 || !given.shown.every((plan) => whole(plan, 0, last)) || given.shown[0] === given.shown[1]) throw new Refusal("The link shows plans that it does not hold.");
    state.shown = [...given.shown];
  }
  for (const [plan, { name }] of state.plans.entries()) {
    try {
      checkRules((path) => valueOf(data, fields, state, plan, path), data.worlds[state.world]);
    } catch (error) {
      throw error instanceof Refusal ? new Refusal(`In ${name}: ${error.message}`) : error;
    }
  }
  state.turned = given.turned === undefined ? state.shown[1] : given.turned;
  if (!whole(state.turned, 0, last)) throw new Refusal("The link turns a plan that it does not hold.");
  return state;
}

/** The state as the fragment of a link: JSON in base64 of web addresses. */
export function toFragment(state) {
  const bytes = new TextEncoder().encode(JSON.stringify(state));
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return "#s=" + btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The state that a fragment holds; null without one. */
export function fromFragment(data, fields, fragment) {
  if (!fragment.startsWith("#s=")) return null;
  if (fragment.length > LONGEST) throw new Refusal("The link is too long to be one of this page.");
  let given;
  try {
    const text = atob(fragment.slice(3).replaceAll("-", "+").replaceAll("_", "/"));
    given = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(text, (sign) => sign.charCodeAt(0))));
  } catch {
    throw new Refusal("The link is damaged: a part of it is missing or was changed.");
  }
  return checkedState(data, fields, given);
}

/** A course of states that can be gone back and forth. */
export class History {
  constructor(state) {
    this.states = [state];
    this.at = 0;
  }

  get state() { return this.states[this.at]; }

  get canUndo() { return this.at > 0; }

  get canRedo() { return this.at < this.states.length - 1; }

  /** Add a state; one of the same `topic` as the last within a drag replaces it. */
  push(state, topic = null) {
    if (topic !== null && topic === this.topic && this.at === this.states.length - 1 && this.at > 0) this.states[this.at] = state;
    else {
      this.states.splice(this.at + 1, Infinity, state);
      if (this.states.length > 200) this.states.shift();
      this.at = this.states.length - 1;
    }
    this.topic = topic;
  }

  /** End a drag: the next change is one of its own. */
  settle() { this.topic = null; }

  undo() { if (this.canUndo) this.at--; this.topic = null; return this.state; }

  redo() { if (this.canRedo) this.at++; this.topic = null; return this.state; }
}
