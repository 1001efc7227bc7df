// The model in the page: worlds that run month by month, by the code that Numba compiled, as WebAssembly.
//
// A run's memory is an image that JavaScript holds; it is copied into the module for each call and back, so that runs need no freeing.

const SECTION = "cisim";
const ALIGNED = 64;

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
    this.fields = new Map(data.fields.map((field) => [field.path, field]));
    this.tables = new Map(Object.values(about.entries).flat().map((argument) => [argument.name, argument]));
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

  /** Run seeds to the end and return one measure of each month: Float64Array, (seeds, months + 1). */
  runs(world, settings, seeds, measure = "progress") {
    const setting = this.setting(world, settings);
    const column = setting.world.measures.findIndex(({ name }) => name === measure);
    if (column < 0) throw new Error(`${measure}: no such measure`);
    const length = setting.world.months + 1, width = setting.world.measures.length;
    const values = new Float64Array(seeds.length * length);
    seeds.forEach((seed, row) => {
      const { records } = new Run(this, setting, BigInt(seed)).advance(setting.world.months);
      for (let month = 0; month < length; month++) values[row * length + month] = records[month * width + column];
    });
    return values;
  }

  /** Progress of each seed and month, as `runs` gives it. */
  progress(world, settings, seeds) {
    return this.runs(world, settings, seeds, "progress");
  }

  /** A world with some fields set otherwise: its row of dials, events and their actions. */
  setting(name, settings) {
    const world = this.world(name);
    const row = new Float64Array(decoded(world.row).buffer);
    const events = [];
    for (const [path, value] of Object.entries(settings)) {
      if (path === "events") events.push(...value);
      else row[this.place(world, path)] = this.inRow(path, value);
    }
    return { world, row, ...this.happening(world, events) };
  }

  /** Where a field stands in a world's row of dials. */
  place(world, path) {
    const outcome = world.outcomes.findIndex(({ name }) => path === `community.outcomes.${name}.trend`);
    if (outcome >= 0) return world.row.shape[0] - world.outcomes.length + outcome;
    const place = this.fields.get(path)?.place;
    if (place === undefined) throw new Error(`${path}: cannot be set here`);
    return place;
  }

  /** A field's value as the row holds it; null: not given. */
  inRow(path, value) {
    if (value === null) return Number(this.fields.get(path).absent);
    return value === "never" ? Infinity : Number(value);
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

  /** Lay out the arguments of all functions for such sizes: where each begins, its bytes and its shape. */
  layout(sizes) {
    const places = new Map();
    let end = 0;
    for (const argument of this.tables.values()) {
      if (!argument.axes.length) continue;
      const shape = argument.axes.map((axis) => sum(Object.entries(axis), ([size, times]) => times * (size === "one" ? 1 : sizes[size])));
      const bytes = shape.reduce((product, length) => product * length, argument.size);
      places.set(argument.name, { offset: end, bytes, shape, ...argument });
      end += Math.ceil(bytes / ALIGNED) * ALIGNED;
    }
    return { places, bytes: end };
  }

  /** Call a function on arrays in an image, which it may change, and on numbers by their names. */
  call(name, layout, image, numbers = {}) {
    const { memory, __heap_base: heap } = this.exports;
    const block = Math.ceil(heap.value / ALIGNED) * ALIGNED;
    const base = block + 8 * 256;
    const missing = base + layout.bytes - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65536));
    const words = new DataView(memory.buffer, block);
    let at = 0;
    const put = (value, real) => {
      if (real) words.setFloat64(at, value, true);
      else words.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), true);
      at += 8;
    };
    for (const argument of this.entries[name]) {
      if (!argument.axes.length) {
        put(numbers[argument.name], argument.kind === "f");
        continue;
      }
      const place = layout.places.get(argument.name);
      put(base + place.offset);
      place.shape.forEach((length) => put(length));
    }
    const bytes = new Uint8Array(memory.buffer, base, layout.bytes);
    bytes.set(image);
    const result = this.exports[name](block);
    image.set(new Uint8Array(memory.buffer, base, layout.bytes));
    return result;
  }
}

/** One run of a world. Months that have not passed are NaN in its records. */
class Run {
  constructor(model, setting, seed) {
    const { world } = setting;
    Object.assign(this, { model, world, seed: BigInt.asUintN(64, seed), month: -1 });
    const founding = world.foundings[Number(this.seed % BigInt(world.foundings.length))];
    const [organisations, outcomes] = founding.stances.shape;
    const sizes = { organisations, outcomes, roles: founding.roles.shape[1], ties: founding.ties.shape[0], groups: founding.groups.shape[0],
      practices: founding.effectiveness.shape[0], dials: world.row.shape[0], months: world.months, measures: world.measures.length };
    this.layout = model.layout({ ...sizes, ...setting.sizes });
    this.image = new Uint8Array(this.layout.bytes);
    for (const [name, array] of Object.entries(founding)) if (name !== "fired") this.bytes(name).set(decoded(array));
    this.bytes("plan").set(new Uint8Array(setting.row.buffer));
    this.bytes("dials").set(new Uint8Array(setting.row.buffer));
    this.bytes("events").set(setting.events);
    this.bytes("actions").set(setting.actions);
    const records = this.layout.places.get("records");
    this.records = new Float64Array(this.image.buffer, records.offset, records.bytes / 8);
    this.records.fill(NaN);
    this.advance(0);
  }

  /** Let months pass, to the end of one of them, which is the world's last at most. */
  advance(month) {
    const last = Math.min(month, this.world.months);
    if (last > this.month) {
      this.model.call("advance", this.layout, this.image, { seed: this.seed, first: this.month + 1, last });
      this.month = last;
    }
    return this;
  }

  /** Value of a measure in a month, this one if none is given. */
  value(measure, month = this.month) {
    return this.records[month * this.world.measures.length + this.world.measures.findIndex(({ name }) => name === measure)];
  }

  /** Set an organisation's commitment, member or resources as an event would do, from the next month on. */
  change(organisation, values) {
    for (const [name, value] of Object.entries(values)) {
      if (!(name in this.model.data.actions) || name === "dial") throw new Error(`${name}: cannot be set of an organisation`);
      this.model.call("change", this.layout, this.image, { kind: this.model.data.actions[name], index: organisation, value: Number(value) });
    }
    return this;
  }

  /** Organisations as they are now, with what each wants (goals), would want alone (missions) and believes of the outcomes. */
  organisations() {
    const stances = this.rows("stances"), wide = this.world.outcomes.length;
    return this.rows("organisations").map((organisation, row) => {
      const own = stances.slice(row * wide, (row + 1) * wide);
      return { ...organisation, ...this.world.organisations[row], member: organisation.member === 1, reached: organisation.reached === 1,
        goals: own.map(({ goal }) => goal), missions: own.map(({ mission }) => mission), beliefs: own.map(({ belief }) => belief) };
    });
  }

  /** Ties as they are now; latent ones have strength 0. */
  ties() {
    return this.rows("ties").map(({ first, second, strength, first_trust, second_trust, met }) => ({
      first, second, strength, trust: [first_trust, second_trust], met: met === 1 }));
  }

  /** Groups of residents as they are now. */
  groups() {
    return this.rows("groups").map((group, row) => ({ ...group, name: this.world.groups[row]?.name ?? "" }));
  }

  /** The coalition and its backbone as they are now. */
  coalition() {
    return this.rows("coalition")[0];
  }

  /** The bytes of a part of the state. */
  bytes(name) {
    const { offset, bytes } = this.layout.places.get(name);
    return this.image.subarray(offset, offset + bytes);
  }

  /** The rows of a table as objects, but for slots of luck. */
  rows(name) {
    const table = this.layout.places.get(name);
    const view = new DataView(this.image.buffer, table.offset, table.bytes);
    const fields = Object.entries(table.fields).filter(([, [, kind]]) => kind !== "u");
    return Array.from({ length: table.bytes / table.size }, (_, row) => Object.fromEntries(fields.map(([field, [offset, kind]]) => {
      const at = row * table.size + offset;
      return [field, kind === "f" ? view.getFloat64(at, true) : Number(view.getBigInt64(at, true))];
    })));
  }
}

/** Decode an array of the data into bytes. */
function decoded({ bytes }) {
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
