// The model in the page: worlds that run month by month, by the code that Numba compiled, as WebAssembly.
//
// A run's memory is an image that JavaScript holds; it is copied into the module for each call and back, so that runs need no freeing.

const SECTION = "cisim";
const ALIGNED = 64;
/** Bytes for the arguments of a call. */
const BLOCK = 2048;
/** Fields that decide who takes part, and how long: a world has its own. */
const FIXED = new Set(["scenario.months", "coalition.organisations"]);

/** The compiled model with the data of the page: what there is to turn, to look at and to run. */
export class Model {
  /** Open the module, its bytes or a promise of them, with the data that `cisim.app.data` made of the same sources. */
  static async open(bytes, data) {
    const module = await WebAssembly.compile(await bytes);
    const [about] = WebAssembly.Module.customSections(module, SECTION).map((text) => JSON.parse(new TextDecoder().decode(text)));
    if (!about || about.digest !== data.digest) {
      throw new Error("model.wasm was made from other sources of the model than the data: make it anew by `python -m cisim.app.wasm`");
    }
    const instance = await WebAssembly.instantiate(module, {});
    instance.exports._initialize();
    return new Model(instance, about, data);
  }

  constructor(instance, about, data) {
    this.data = data;
    this.exports = instance.exports;
    this.entries = about.entries;
    this.room = about.room;
    this.fields = new Map(data.fields.map((field) => [field.path, field]));
    const arrays = (args) => args.filter(({ axes }) => axes.length);
    /** What a coalition is drawn from, and the state of a run: arrays by their names. */
    const drawn = new Map(arrays([...about.entries.room_sizes, ...about.entries.lay_ties]).map((array) => [array.name, array]));
    this.drawn = [...drawn.values()];
    this.state = arrays(about.entries.advance);
    this.tables = new Map(this.state.map((array) => [array.name, array]));
  }

  /** Measures of a world, in the order of a record's columns. */
  measures(world) {
    return this.world(world).measures;
  }

  world(name) {
    const world = this.data.worlds[name];
    if (!world) throw new Error(`${name}: no such world; there are ${Object.keys(this.data.worlds).join(", ")}`);
    return world;
  }

  /** Begin a run of a world with some fields set otherwise; month 0 is recorded. */
  start(world, settings = {}, seed = 1) {
    return new Run(this, this.setting(world, settings), BigInt(seed));
  }

  /** Run seeds to the end and return one measure of each month: Float64Array, (seeds, months + 1); of a list of measures a list of them. */
  runs(world, settings, seeds, measures = "progress") {
    const setting = this.setting(world, settings);
    const columns = [measures].flat().map((measure) => columnOf(setting.world, measure));
    const length = setting.world.months + 1, width = setting.world.measures.length;
    const values = columns.map(() => new Float64Array(seeds.length * length));
    seeds.forEach((seed, run) => {
      const { records } = new Run(this, setting, BigInt(seed)).advance(setting.world.months);
      columns.forEach((column, place) => {
        for (let month = 0; month < length; month++) values[place][run * length + month] = records[month * width + column];
      });
    });
    return Array.isArray(measures) ? values : values[0];
  }

  /** Progress of each seed and month, as `runs` gives it. */
  progress(world, settings, seeds) {
    return this.runs(world, settings, seeds, "progress");
  }

  /** A world with some fields set otherwise: its row of dials, what its coalition is drawn from, events and their actions. */
  setting(name, settings) {
    const world = this.world(name);
    const row = new Float64Array(decoded(world.row).buffer);
    const given = Object.fromEntries(Object.entries(world.given).map(([part, array]) => [part, decoded(array)]));
    const events = [];
    let network = world.network;
    for (const [path, value] of Object.entries(settings)) {
      const outcome = world.outcomes.findIndex(({ name }) => path === `community.outcomes.${name}.baseline`);
      if (path === "events") events.push(...value);
      else if (path === "coalition.network" && value in this.data.networks) network = network < 0 ? network : this.data.networks[value];
      else if (outcome >= 0) new Float64Array(given.baselines.buffer)[outcome] = this.inRow("community.outcomes.NAME.baseline", value);
      else row[this.place(world, path)] = this.inRow(path, value);
    }
    this.check(world, row, network);
    const sizes = Object.fromEntries([...this.room, "ties", "practices"].map((size) => [size, 0]));
    Object.assign(sizes, {
      organisations: world.organisations.length, sectors: world.sectors.length, outcomes: world.outcomes.length, roles: world.roles.length,
      groups: world.given.residents.shape[0], pairs: world.given.pairs.shape[0], dials: row.length,
      practices: 2 ** row[this.fields.get("practice.bits").place], months: world.months, measures: world.measures.length,
    });
    const happening = this.happening(world, events);
    const distributions = world.distributions.map((of, number) => [of, number]).filter(([{ path }]) => !(path in settings));
    const setting = { world, network, row, given, distributions, ...happening, sizes: { ...sizes, ...happening.sizes } };
    this.prepare(setting);
    return setting;
  }

  /** The row of one run, with what its seed draws of fields with distributions. */
  rowOf(setting, seed) {
    if (!setting.distributions.length) return setting.row;
    const row = setting.row.slice();
    const memory = new Memory(this.entries.draw_shares.filter(({ axes }) => axes.length), { distributions: setting.world.distributions.length });
    memory.bytes("slots").set(decoded(setting.world.slots));
    this.call("draw_shares", [memory], { seed });
    const shares = memory.numbers("shares");
    for (const [distribution, number] of setting.distributions) row[distribution.place] = valueAt(distribution, shares[number]);
    return row;
  }

  /** Make the memory that drawing a coalition takes, for so many ties at least. */
  prepare(setting, ties = 0) {
    const fill = () => {
      setting.drawing = new Memory(this.drawn, setting.sizes);
      for (const [name, bytes] of Object.entries(setting.given)) setting.drawing.bytes(name).set(bytes);
      setting.drawing.numbers("row").set(setting.row);
    };
    fill();
    this.call("room_sizes", [setting.drawing], { network: setting.network });
    const lengths = setting.drawing.numbers("sizes", BigInt64Array);
    this.room.forEach((name, number) => (setting.sizes[name] = Number(lengths[number])));
    setting.sizes.ends = Math.max(setting.sizes.ends, ties);
    fill();
  }

  /** Where a field stands in a world's row of dials. */
  place(world, path) {
    const outcome = world.outcomes.findIndex(({ name }) => path === `community.outcomes.${name}.trend`);
    if (outcome >= 0) return world.row.shape[0] - world.outcomes.length + outcome;
    const place = this.fields.get(path)?.place;
    if (place === undefined || FIXED.has(path)) throw new Error(`${path}: cannot be set here`);
    return place;
  }

  /** A field's value as the row holds it; null: not given. */
  inRow(path, value) {
    const field = this.fields.get(path) ?? this.fields.get("community.outcomes.NAME.trend");
    if (value === null && "absent" in field) return Number(field.absent);
    if (field.choices.includes(value)) return Infinity; // "never"
    const { minimum, maximum, open_minimum, open_maximum } = field;
    const fits = Number.isFinite(value) && (open_minimum ? value > minimum : value >= minimum) && (open_maximum ? value < maximum : value <= maximum);
    if (!fits || (field.type === "whole number" && !Number.isInteger(value))) throw new Error(`${path}: cannot be ${value}`);
    return value;
  }

  /** Refuse what no coalition can be drawn from, by the rules that a scenario has. */
  check(world, row, network) {
    const of = (path) => row[this.fields.get(path).place], degree = of("coalition.degree");
    if (network >= 0 && degree >= world.organisations.length) throw new Error(`coalition.degree: must be below ${world.organisations.length}`);
    if (network === this.data.networks["small-world"] && degree % 2) throw new Error("coalition.degree: must be even in a small world");
    if (of("practice.ruggedness") >= of("practice.bits")) throw new Error("practice.ruggedness: must be below practice.bits");
  }

  /** A world's events with others, {month, path, value}, as tables. */
  happening(world, others) {
    const eventTable = this.tables.get("events"), actionTable = this.tables.get("actions");
    const numbers = [world.events.shape[0], world.actions.shape[0]];
    const events = lengthened(decoded(world.events), others.length * eventTable.size);
    const actions = lengthened(decoded(world.actions), others.length * actionTable.size);
    others.forEach(({ month, path, value }, number) => {
      const [event, action] = [numbers[0] + number, numbers[1] + number];
      write(events, eventTable, event, { month, below: -Infinity, above: Infinity, first_action: action, actions: 1 });
      write(actions, actionTable, action, { kind: this.data.actions.dial, index: this.place(world, path), value: this.inRow(path, value) });
    });
    return { events, actions, sizes: { events: numbers[0] + others.length, actions: numbers[1] + others.length } };
  }

  /** Call a function on arrays that lie in some memories, which it may change, and on numbers by their names. */
  call(name, memories, numbers = {}) {
    const { memory, __heap_base: heap } = this.exports;
    const block = Math.ceil(heap.value / ALIGNED) * ALIGNED;
    const base = block + BLOCK;
    const missing = base + sum(memories, ({ image }) => image.length) - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65536));
    const addresses = new Map(), inside = [];
    let end = base;
    for (const { image, places } of memories) {
      const bytes = new Uint8Array(memory.buffer, end, image.length);
      bytes.set(image);
      inside.push(bytes);
      for (const place of places.values()) addresses.set(place.name, [end + place.offset, ...place.shape]);
      end += image.length;
    }
    const words = new DataView(memory.buffer, block);
    let at = 0;
    for (const argument of this.entries[name]) {
      for (const value of argument.axes.length ? addresses.get(argument.name) : [numbers[argument.name]]) {
        if (argument.kind === "f" && !argument.axes.length) words.setFloat64(at, value, true);
        else words.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), true);
        at += 8;
      }
    }
    const result = this.exports[name](block);
    memories.forEach(({ image }, number) => image.set(inside[number]));
    return result;
  }
}

/** Arrays side by side, outside of the module. */
class Memory {
  /** Lay out arrays, all zero, by what is known of them as arguments and how many there are of each thing. */
  constructor(args, sizes) {
    this.places = new Map();
    let offset = 0;
    for (const argument of args) {
      const shape = argument.axes.map((axis) => sum(Object.entries(axis), ([size, times]) => times * (size === "one" ? 1 : sizes[size])));
      const bytes = shape.reduce((product, length) => product * length, argument.size);
      this.places.set(argument.name, { ...argument, offset, bytes, shape });
      offset += Math.ceil(bytes / ALIGNED) * ALIGNED;
    }
    this.image = new Uint8Array(offset);
  }

  /** The bytes of an array. */
  bytes(name) {
    const { offset, bytes } = this.places.get(name);
    return this.image.subarray(offset, offset + bytes);
  }

  /** An array of numbers. */
  numbers(name, type = Float64Array) {
    const { offset, bytes } = this.places.get(name);
    return new type(this.image.buffer, offset, bytes / 8);
  }

  /** The rows of a table as objects, but for slots of luck. */
  rows(name) {
    const table = this.places.get(name);
    const view = new DataView(this.image.buffer, table.offset, table.bytes);
    const fields = Object.entries(table.fields).filter(([, [, kind]]) => kind !== "u");
    return Array.from({ length: table.bytes / table.size }, (_, row) => Object.fromEntries(fields.map(([field, [offset, kind]]) => {
      const at = row * table.size + offset;
      return [field, kind === "f" ? view.getFloat64(at, true) : Number(view.getBigInt64(at, true))];
    })));
  }
}

/** One run of a world. Months that have not passed are NaN in its records. */
class Run {
  constructor(model, setting, seed) {
    Object.assign(this, { model, world: setting.world, seed: BigInt.asUintN(64, seed), month: -1 });
    const numbers = { seed: this.seed, network: setting.network };
    const row = model.rowOf(setting, this.seed);
    if (setting.distributions.length) model.prepare((setting = { ...setting, row, sizes: { ...setting.sizes } }));
    let ties = model.call("lay_ties", [setting.drawing], numbers);
    if (ties > setting.drawing.places.get("ends").shape[0]) {
      model.prepare(setting, ties);
      ties = model.call("lay_ties", [setting.drawing], numbers);
    }
    this.memory = new Memory(model.state, { ...setting.sizes, ties });
    model.call("found", [setting.drawing, this.memory], numbers);
    this.memory.numbers("plan").set(row);
    this.memory.numbers("dials").set(row);
    this.memory.bytes("events").set(setting.events);
    this.memory.bytes("actions").set(setting.actions);
    this.records = this.memory.numbers("records").fill(NaN);
    this.advance(0);
  }

  /** Let months pass, to the end of one of them, which is the world's last at most. */
  advance(month) {
    const last = Math.min(month, this.world.months);
    if (last > this.month) {
      this.model.call("advance", [this.memory], { seed: this.seed, first: this.month + 1, last });
      this.month = last;
    }
    return this;
  }

  /** Value of a measure in a month, this one if none is given. */
  value(measure, month = this.month) {
    return this.records[month * this.world.measures.length + columnOf(this.world, measure)];
  }

  /** Set an organisation's commitment, member or resources as an event would do, from the next month on. */
  change(organisation, values) {
    for (const [name, value] of Object.entries(values)) {
      if (!(name in this.model.data.actions) || name === "dial") throw new Error(`${name}: cannot be set of an organisation`);
      this.model.call("change", [this.memory], { kind: this.model.data.actions[name], index: organisation, value: Number(value) });
    }
    return this;
  }

  /** Organisations as they are now, with what each wants (goals), would want alone (missions) and believes of the outcomes. */
  organisations() {
    const stances = this.memory.rows("stances"), wide = this.world.outcomes.length;
    return this.memory.rows("organisations").map((organisation, row) => {
      const own = stances.slice(row * wide, (row + 1) * wide);
      return { ...organisation, ...this.world.organisations[row], member: organisation.member === 1, reached: organisation.reached === 1,
        goals: own.map(({ goal }) => goal), missions: own.map(({ mission }) => mission), beliefs: own.map(({ belief }) => belief) };
    });
  }

  /** Ties as they are now; latent ones have strength 0. */
  ties() {
    return this.memory.rows("ties").map(({ first, second, strength, first_trust, second_trust, met }) => ({
      first, second, strength, trust: [first_trust, second_trust], met: met === 1 }));
  }

  /** Groups of residents as they are now, with the level of their indicators over all outcomes. */
  groups() {
    const told = new Memory(this.model.entries.tell_levels.filter(({ name }) => name === "levels"), { groups: this.world.given.residents.shape[0] });
    this.model.call("tell_levels", [this.memory, told]);
    const levels = told.numbers("levels");
    return this.memory.rows("groups").map((group, row) => ({ ...group, level: levels[row], name: this.world.groups[row]?.name ?? "" }));
  }

  /** The coalition and its backbone as they are now. */
  coalition() {
    return this.memory.rows("coalition")[0];
  }
}

/** The value below which a share of a distribution lies: uniform, or triangular with a most likely value. */
export function valueAt({ low, high, middle, whole }, share) {
  const [end, top] = whole ? [high + 1, middle === null ? null : middle + 0.5] : [high, middle];
  const length = end - low;
  let value = low + share * length;
  if (top !== null) {
    const below = share * length < top - low;
    value = below ? low + Math.sqrt(share * length * (top - low)) : end - Math.sqrt((1 - share) * length * (end - top));
  }
  return Math.min(high, Math.max(low, whole ? Math.floor(value) : value));
}

/** The column of a measure in a world's records. */
function columnOf(world, measure) {
  const column = world.measures.findIndex(({ name }) => name === measure);
  if (column < 0) throw new Error(`${measure}: no such measure`);
  return column;
}

/** Decode an array of the data into bytes; without any it holds NaN. */
function decoded({ shape, bytes }) {
  if (bytes === undefined) return new Uint8Array(new Float64Array(shape.reduce((product, length) => product * length, 1)).fill(NaN).buffer);
  return Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
}

/** Copy bytes, with zeros after them. */
function lengthened(bytes, more) {
  const longer = new Uint8Array(bytes.length + more);
  longer.set(bytes);
  return longer;
}

/** Set fields of one row of a table. */
function write(bytes, table, row, values) {
  const view = new DataView(bytes.buffer, row * table.size, table.size);
  for (const [name, value] of Object.entries(values)) {
    const [offset, kind] = table.fields[name];
    if (kind === "f") view.setFloat64(offset, value, true);
    else view.setBigInt64(offset, BigInt(value), true);
  }
}

/** Sum over some items. */
function sum(items, value) {
  return items.reduce((total, item) => total + value(item), 0);
}
