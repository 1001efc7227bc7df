// The page: the model opened, controls wired, one state that everything follows.

import { Model } from "#model";
import { Dial, Switch, make, nameOf } from "#dials";
import { Bets } from "#bet";
import { Class } from "#class";
import { Doubt } from "#doubt";
import { Grant } from "#grant";
import { Hand } from "#hand";
import { NAME, readPartners, worldOf } from "#partners";
import { Plans } from "#plans";
import { Pool, startWorkers } from "#pool";
import { Results } from "#results";
import { Spend } from "#spend";
import { Stage } from "#stage";
import { History, Refusal, byPath, checkRules, checkedValue, fromFragment, initial, originalOf, runSeed, settingsOf, toFragment, turned, valueOf } from "#state";
import { asCsv, asPython, picture, save, scenarioToml } from "#take";
import { label } from "#axes";

const $ = (id) => document.getElementById(id);
/** The four dials that stand open: planning, trust, meetings, staff. */
const LARGE = ["agenda.process", "coalition.trust", "communication.frequency", "backbone.staff"];

function refuse(words) {
  $("refusal").textContent = words;
  $("refusal").hidden = !words;
}

/** Texts and bytes that the page holds; the model is packed. */
async function held() {
  const imports = JSON.parse(document.querySelector("script[type=importmap]").textContent).imports;
  const text = (name) => decodeURIComponent(imports[name].slice(imports[name].indexOf(",") + 1));
  const bytes = (base64) => Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  const unpacked = (id) => new Response(new Blob([bytes($(id).textContent)]).stream().pipeThrough(new DecompressionStream("gzip")));
  const data = JSON.parse($("data").textContent), [wasm, others] = await Promise.all([unpacked("model").arrayBuffer(), unpacked("other-worlds").json()]);
  Object.assign(data.worlds, others);
  return {
    data,
    wasm: new Uint8Array(wasm),
    worker: `${text("#model")}\n${text("#worker")}`,
  };
}

class Page {
  constructor(data, fields, model, pool, state) {
    Object.assign(this, { data, fields, model, pool });
    this.history = new History(state);
    this.stage = new Stage((month) => this.showMonth(month), (organisation) => this.pickOrganisation(organisation));
    this.results = new Results(this, (county) => this.change({ ...this.state, county }, null, { rerun: false }));
    this.doubt = new Doubt(this);
    this.grant = new Grant(this);
    this.hands = new Hand(this);
    this.bets = new Bets(this);
    this.plans = new Plans(this);
    this.class = new Class(this);
    this.spend = new Spend(this);
    this.said = (result, months) => { this.doubt.say(result, months); this.grant.say(this.results.ensembles); };
    this.buildDials();
    this.wire();
  }

  showMonth(month) {
    this.results?.showMonth(month);
    this.grant?.showMonth();
    this.hands?.show();
  }

  get state() { return this.history.state; }

  get world() { return this.data.worlds[this.state.world]; }

  // --- changes

  /** Take a new state; `topic` joins the moves of one drag. */
  change(state, topic = null, { rerun = true, path = null } = {}) {
    refuse("");
    this.hand = null;
    this.history.push(state, topic);
    this.lastPath = path ?? this.lastPath;
    this.follow({ rerun, path });
    if (topic === null) this.remember();
  }

  /** Write the state into the address, so that going back, reloading and sharing find it. */
  remember() {
    if (this.world.pasted) return;
    const fragment = toFragment(this.state);
    if (location.hash !== fragment) history.pushState(null, "", fragment);
  }

  /** Show the present state everywhere. */
  follow({ rerun = true, path = null } = {}) {
    this.showWorld();
    this.showDials();
    this.loadStage();
    if (rerun) {
      this.results.forgetWorlds();
      this.results.update({ before: true }).then(() => this.showTaken());
    } else this.results.draw();
    if (path ?? this.lastPath) this.results.hill(path ?? this.lastPath);
    this.doubt.show();
    this.grant.show();
    this.plans.show();
    this.spend.show();
    this.showTaken();
  }

  showWorld() {
    const { world, state } = this;
    $("world").value = state.world;
    $("world-about").textContent = world.description;
    if (this.shownWorld !== state.world) $("measure").replaceChildren(...world.measures.map((measure) => make("option", { value: measure.name }, label(measure))));
    this.shownWorld = state.world;
    $("measure").value = state.measure;
  }

  loadStage() {
    const { state } = this;
    this.stage.load(this.world, state.shown.map((plan) => {
      const settings = settingsOf(this.data, this.fields, state, plan), seed = runSeed(state.seed, state.county);
      const start = valueOf(this.data, this.fields, state, plan, "coalition.start"), hand = plan === state.turned ? this.hand : null;
      return {
        plan, name: state.plans[plan].name, coalition: start !== "never", hand,
        key: JSON.stringify([state.world, settings, String(seed), hand]), start: () => this.model.start(state.world, settings, seed),
      };
    }));
  }

  /** Reject a value that the field, or a rule across fields, refuses. */
  check(path, value) {
    if (value !== undefined) checkedValue(this.fields.get(path), value);
    const next = turned(this.state, path, value);
    checkRules((other) => valueOf(this.data, this.fields, next, next.turned, other), this.world);
  }

  /** Turn a dial: while it is dragged at most once a frame. */
  turn(path, value, dragging) {
    try {
      this.check(path, value);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refuse(error.message);
      this.showDials();
      this.doubt.show();
      return;
    }
    const next = value === originalOf(this.data, this.fields, this.state.world, path) ? undefined : value;
    if (dragging) {
      this.asked = () => this.change(turned(this.state, path, next), path, { path });
      if (!this.frame) this.frame = requestAnimationFrame(() => { this.frame = null; this.asked?.(); this.asked = null; });
      return;
    }
    if (this.asked) { this.asked(); this.asked = null; }
    const dragged = this.history.topic === path;
    if (!dragged || valueOf(this.data, this.fields, this.state, this.state.turned, path) !== value) this.change(turned(this.state, path, next), dragged ? path : null, { path });
    this.history.settle();
    this.remember();
  }

  flip(path, on) {
    const own = originalOf(this.data, this.fields, this.state.world, path);
    this.turn(path, on ? (own === 0 ? this.fields.get(path).default : undefined) : 0, false);
  }

  // --- dials

  buildDials() {
    const turn = (path, value, dragging) => this.turn(path, value, dragging);
    this.switches = this.data.conditions.map((condition) => ({ condition, control: new Switch(condition, (path, on) => this.flip(path, on)) }));
    $("switches").append(...this.switches.map((each) => each.control.element));
    this.dials = LARGE.map((path) => new Dial(this.fields.get(path), turn, true));
    $("large").append(...this.dials.map((dial) => dial.element));
    const sections = new Map();
    for (const field of this.data.fields) {
      if (!field.settable || field.low === null || LARGE.includes(field.path)) continue;
      sections.set(field.section, [...(sections.get(field.section) ?? []), field]);
    }
    for (const [section, some] of sections) {
      const summary = make("summary"), body = make("div"), title = this.data.conditions.find((condition) => condition.name === section)?.title ?? section;
      summary.textContent = `${title} (${some.length})`;
      const details = make("details", {}, summary, body);
      details.addEventListener("toggle", () => {
        if (!details.open || body.firstChild) return;
        const made = some.map((field) => new Dial(field, turn));
        this.dials.push(...made);
        body.append(...made.map((dial) => dial.element));
        this.showDials();
      });
      $("sections").append(details);
    }
  }

  /** The condition that keeps a field from mattering, in words, or null. */
  deadBy(field) {
    const other = field.dead_if.find((path) => valueOf(this.data, this.fields, this.state, this.state.turned, path) === this.fields.get(path).quiet);
    return other ? nameOf(this.fields.get(other), true) : null;
  }

  showDials() {
    const { state } = this, value = (path) => valueOf(this.data, this.fields, state, state.turned, path);
    for (const { condition, control } of this.switches) control.show(value(condition.switch) !== 0);
    for (const dial of this.dials) dial.show(value(dial.field.path), originalOf(this.data, this.fields, state.world, dial.field.path), this.deadBy(dial.field));
    $("undo").disabled = !this.history.canUndo;
    $("redo").disabled = !this.history.canRedo;
    $("replay").disabled = !this.history.canUndo;
    $("restore").disabled = !Object.keys(state.shared).length && JSON.stringify(state.plans) === JSON.stringify(initial(this.data, state.world).plans);
  }

  // --- buttons, keys, addresses

  wire() {
    $("undo").addEventListener("click", () => { this.history.undo(); this.follow(); this.remember(); });
    $("redo").addEventListener("click", () => { this.history.redo(); this.follow(); this.remember(); });
    $("replay").addEventListener("click", () => this.replay());
    $("restore").addEventListener("click", () => this.change({ ...initial(this.data, this.state.world), seed: this.state.seed, county: this.state.county }));
    $("luck-again").addEventListener("click", () => { this.change({ ...this.state, county: (this.state.county + 1) % 200 }, null, { rerun: false }); this.stage.show(0); this.stage.begin(); });
    $("measure").addEventListener("change", () => this.change({ ...this.state, measure: $("measure").value }, null, { path: this.lastPath }));
    this.fillWorlds();
    $("world").addEventListener("change", () => this.change({ ...initial(this.data, $("world").value), seed: this.state.seed }, null, { path: this.lastPath }));
    const course = $("course");
    const scrub = (event) => { this.stage.pause(); this.stage.show(this.results.charts[0].monthAt(event.clientX)); };
    course.addEventListener("pointerdown", (event) => { course.setPointerCapture(event.pointerId); scrub(event); });
    course.addEventListener("pointermove", (event) => { if (event.buttons) scrub(event); });
    addEventListener("resize", () => this.results.draw());
    addEventListener("popstate", () => this.readAddress());
    addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.target.matches("input[type=number], input[type=text], textarea")) return;
      const back = event.key === "z" && !event.shiftKey, forth = event.key === "y" || (event.key === "Z" && event.shiftKey);
      if (back || forth) { event.preventDefault(); $(back ? "undo" : "redo").click(); }
    });
    $("paste").addEventListener("click", () => this.paste());
    this.wireTaking();
  }

  /** Run with pasted partners. */
  paste() {
    const read = readPartners($("pasted").value);
    $("pasted-said").textContent = read.problem ?? read.said;
    if (read.problem) return;
    const world = worldOf(this.data, read.organisations);
    this.data.worlds[NAME] = world;
    this.pool.add(NAME, world);
    this.stage.runs = null;
    this.stage.picked = null;
    this.hands.pick(null);
    this.fillWorlds();
    this.shownWorld = null;
    this.change({ ...initial(this.data, NAME), seed: this.state.seed }, null, { path: this.lastPath });
  }

  fillWorlds() {
    $("world").replaceChildren(...Object.entries(this.data.worlds).map(([name, world]) => make("option", { value: name }, world.name)));
    $("world-label").hidden = Object.keys(this.data.worlds).length < 2;
  }

  /** Show what the last change did once more: the old course first, then the new one. */
  replay() {
    if (!this.history.canUndo) return;
    this.history.undo();
    this.follow();
    setTimeout(() => { this.history.redo(); this.follow(); this.stage.show(0); this.stage.begin(); }, 1200);
  }

  readAddress() {
    try {
      const state = location.hash ? fromFragment(this.data, this.fields, location.hash) : initial(this.data);
      if (!state) return;
      refuse("");
      this.hand = null;
      this.history.push(state);
      this.follow();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refuse(error.message);
    }
  }

  pickOrganisation(organisation) {
    this.stage.pause();
    this.stage.picked = this.stage.picked === organisation ? null : organisation;
    this.stage.show(this.stage.month);
    this.hands.pick(this.stage.picked);
  }

  // --- taking away

  link() { return location.href.split("#")[0] + toFragment(this.state); }

  showTaken() {
    $("copy-link").disabled = Boolean(this.world.pasted);
    if (this.world.pasted) {
      $("python").textContent = $("command").textContent = "cisim import partners.csv --out our-coalition";
      return;
    }
    $("python").textContent = asPython(this.data, this.state, 200);
    $("command").textContent = `cisim compare --link '${toFragment(this.state)}'\ncisim run --link '${toFragment(this.state)}'`;
  }

  wireTaking() {
    const said = (words) => { $("taken").textContent = words; };
    $("copy-link").addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(this.link());
        said("The link is copied. Whoever opens it sees the same numbers.");
      } catch {
        this.remember();
        said("Copy the address of this page: it holds all that is shown.");
      }
    });
    $("save-toml").addEventListener("click", () => save("scenario.toml", scenarioToml(this.data, this.fields, this.state, this.state.turned), "text/plain"));
    $("save-data").addEventListener("click", () => { if (this.results.ensembles) save("counties.csv", asCsv(this.state, this.results.ensembles), "text/csv"); });
    $("save-picture").addEventListener("click", async () => save("counties.png", await picture($("course"), `${$("sentence").textContent} Model not validated.`)));
  }
}

async function begin() {
  const { data, wasm, worker } = await held(), fields = byPath(data);
  let state = initial(data);
  try {
    state = fromFragment(data, fields, location.hash) ?? state;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refuse(`${error.message} The page shows its own county instead.`);
  }
  const model = await Model.open(wasm, data);
  const count = Math.max(1, Math.min(8, (navigator.hardwareConcurrency || 2)));
  const page = new Page(data, fields, model, new Pool(startWorkers(count, worker), wasm, data), state);
  page.lastPath = "backbone.staff";
  page.follow();
  page.stage.begin();
  globalThis.page = page;
}

begin();
