// The page's logic in node: numbers, states, links, worlds, runs in Workers. Python gives the page's data as the first argument.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";

import { asCsv, asPython, scenarioToml, toToml } from "../../src/cisim/app/page/take.js";
import { missed } from "../../src/cisim/app/page/bet.js";
import { clean, gather, leading, rank } from "../../src/cisim/app/page/class.js";
import { bands, meanInterval, places, quantile, sequenceHalf, student, wilson } from "../../src/cisim/app/page/numbers.js";
import { Model } from "../../src/cisim/app/page/model.js";
import { reasons } from "../../src/cisim/app/page/hand.js";
import { identityOf } from "../../src/cisim/app/page/identity.js";
import { readPartners, worldOf } from "../../src/cisim/app/page/partners.js";
import { Pool } from "../../src/cisim/app/page/pool.js";
import { History, Refusal, byPath, fromFragment, initial, isPlanned, runSeed, settingsOf, toFragment, turned } from "../../src/cisim/app/page/state.js";
import { amount, chance, difference, number } from "../../src/cisim/app/page/words.js";
import { latinHypercube, rounded, triangular } from "../../src/cisim/app/page/worlds.js";
import { byMonth, painted, spending } from "../../src/cisim/app/page/spend.js";
import { movedMost, result } from "../../src/cisim/app/page/sentences.js";

const data = JSON.parse(fs.readFileSync(process.env.PAGE_DATA, "utf8"));
const expected = JSON.parse(fs.readFileSync(process.env.PAGE_EXPECTED, "utf8"));
const fields = byPath(data);
const fragment = (given) => "#s=" + Buffer.from(JSON.stringify(given)).toString("base64url");

test("numbers are written as the package writes them", () => {
  for (const [value, words] of expected.numbers) assert.equal(number(value), words);
  for (const [value, words] of expected.chances) assert.equal(chance(value), words);
  assert.equal(amount(0.047, "1/month"), "0.047 per month");
  assert.equal(amount(0.2, "share"), "20.0 %");
  assert.equal(difference(-0.02, "share of the gap"), "−2.0 points");
});

test("intervals are those of the package", () => {
  const of = meanInterval(expected.sample);
  for (const [name, value] of Object.entries(expected.moments)) assert.ok(Math.abs(of[name] - value) < 1e-6, name);
  assert.ok(Math.abs(student(49) - 2.00957523712924) < 1e-6);
  expected.wilson.forEach(([share, n, low, high]) => wilson(share, n).forEach((end, i) => assert.ok(Math.abs(end - [low, high][i]) < 1e-12)));
  assert.equal(quantile([1, 2, 4], 0.75), 3);
});

test("bands leave out runs without a value", () => {
  const of = bands(Float64Array.from([1, NaN, 3, NaN]), 2);
  assert.deepEqual([...of.mean], [2, NaN]);
});

test("run seeds are those of Python's ensembles", () => {
  for (const [seed, county, run] of expected.seeds) assert.equal(String(runSeed(seed, county)), run);
});

test("plausible worlds are the points that Python draws, to the bit", () => {
  const { points, factors, seed, design } = expected.hypercube;
  const drawn = latinHypercube(points, factors, seed, data.design_stream);
  design.forEach((row, point) => row.forEach((value, factor) => assert.equal(drawn[factor][point], value)));
  for (const [low, high, middle, share, value] of expected.triangular) assert.equal(triangular(low, high, middle, share), value);
  assert.deepEqual([0.5, 1.5, 2.4, 2.6].map(rounded), [0, 2, 2, 3]);
});

test("a link holds the whole state", () => {
  let state = turned(turned(initial(data), "backbone.staff", 1.5), "community.gain", 0.05);
  state = { ...state, seed: 7, county: 3, plans: state.plans.map((plan, i) => ({ ...plan, name: ["ohne “Rat”", "mit Rat 🙂"][i] })) };
  assert.deepEqual(fromFragment(data, fields, toFragment(state)), state);
  assert.equal(fromFragment(data, fields, "#dials"), null);
});

test("a link that holds nonsense is refused in one sentence", () => {
  const world = data.county, bad = [
    null, [], 3, "x", { world: "__proto__" }, { world: "nowhere" }, { world, seed: -1 }, { world, seed: 1.5 }, { world, county: 200 }, { world, measure: "<b>" },
    { world, shared: { "no.field": 1 } }, { world, shared: { "backbone.staff": "<script>" } }, { world, shared: { "backbone.staff": -1 } }, { world, shared: { "backbone.staff": 1e99 } },
    { world, shared: { "coalition.file": "x" } }, { world, shared: [1] }, { world, shared: { __proto__x: 1 } }, { world, plans: [] }, { world, plans: [{ name: "a" }, { name: "a" }] },
    { world, plans: [{ name: "" }, { name: "b" }] }, { world, plans: "x" }, { world, shown: [0, 0] }, { world, shown: [0, 7] }, { world, turned: 9 }, { world, plans: [{ name: "a" }, { name: "b", settings: { "agenda.cadence": 1.5 } }] },
  ];
  for (const given of bad) assert.throws(() => fromFragment(data, fields, fragment(given)), (error) => error instanceof Refusal && error.message.endsWith("."), JSON.stringify(given));
  for (const text of ["#s=%%%", "#s=", "#s=e30x", "#s=" + "A".repeat(30000)]) assert.throws(() => fromFragment(data, fields, text), Refusal);
});

test("five hundred damaged links are refused or read, never anything else", () => {
  const whole = toFragment(turned(initial(data), "backbone.staff", 1.5));
  let word = 12345;
  const next = (below) => { word = (Math.imul(word, 1103515245) + 12345) >>> 0; return word % below; };
  for (let trial = 0; trial < 500; trial++) {
    const at = 3 + next(whole.length - 3), sign = String.fromCharCode(33 + next(90));
    try {
      fromFragment(data, fields, whole.slice(0, at) + sign + whole.slice(at + next(3)));
    } catch (error) {
      assert.ok(error instanceof Refusal, String(error));
    }
  }
});

test("settings of dead fields are left out, so that a plan without a coalition is the same run", () => {
  const state = turned(turned(initial(data), "communication.frequency", 9), "community.gain", 0.05);
  assert.deepEqual(settingsOf(data, fields, { ...state, turned: 0 }, 0), { "coalition.start": "never", "community.gain": 0.05 });
  assert.deepEqual(settingsOf(data, fields, state, 1), { "communication.frequency": 9, "community.gain": 0.05 });
  assert.deepEqual(settingsOf(data, fields, turned(state, "community.gain", undefined), 1), { "communication.frequency": 9 });
});

test("one drag is one step back", () => {
  const history = new History({ at: 0 });
  for (const at of [1, 2, 3]) history.push({ at }, "dial");
  history.settle();
  history.push({ at: 4 }, "dial");
  assert.deepEqual([history.undo(), history.undo(), history.canUndo, history.redo(), history.redo()], [{ at: 3 }, { at: 0 }, false, { at: 3 }, { at: 4 }]);
  history.undo();
  history.push({ at: 5 });
  assert.equal(history.canRedo, false);
});

/** Workers that answer late and in another order. */
function slowWorkers(count) {
  return Array.from({ length: count }, (_, number) => ({
    postMessage(request) {
      if (request.bytes) return;
      const values = request.measures.map((_, place) => Float64Array.from(request.seeds.flatMap((seed) => [Number(seed) + place, Number(seed) * 2])));
      setTimeout(() => this.onmessage({ data: { id: request.id, values } }), (7 * request.id + 3 * number) % 11);
    },
  }));
}

test("the same runs come out whatever the number of Workers", async () => {
  const asked = { world: "w", settings: { a: 1 }, seeds: Array.from({ length: 37 }, (_, i) => BigInt(i)), measures: ["x", "y"], purpose: "p" };
  const answers = [];
  for (const count of [1, 2, 5]) answers.push(await new Pool(slowWorkers(count), new Uint8Array(1), {}).courses(asked));
  assert.deepEqual(answers[0], answers[1]);
  assert.deepEqual(answers[0], answers[2]);
  assert.equal(answers[0][0].length, 74);
});

test("what nobody waits for any more is dropped, and done when it is asked for again", async () => {
  const pool = new Pool(slowWorkers(1), new Uint8Array(1), {}), seeds = Array.from({ length: 40 }, (_, i) => BigInt(i));
  const asked = { world: "w", settings: {}, seeds, measures: ["x"], purpose: "p" }, first = pool.courses(asked);
  pool.drop("p");
  assert.equal(await first, null);
  assert.equal((await pool.courses(asked))[0].length, 80);
});

test("a failed run is told, and tried again when it is asked for again", async () => {
  let fails = true;
  const worker = { postMessage(request) { if (!request.bytes) setTimeout(() => this.onmessage({ data: fails ? { id: request.id, error: "no" } : { id: request.id, values: [new Float64Array(2)] } })); } };
  const pool = new Pool([worker], new Uint8Array(1), {}), asked = { world: "w", settings: {}, seeds: [1n], measures: ["x"], purpose: "p" };
  await assert.rejects(pool.courses(asked), /no/);
  fails = false;
  assert.equal((await pool.courses(asked))[0].length, 2);
});

test("sentences follow from the numbers", () => {
  const ends = Array.from({ length: 50 }, (_, i) => 0.1 + i / 1000), more = ends.map((end, i) => end + 0.05 + (i % 2) / 100), less = more.map((end) => 0.2 - end);
  assert.match(result({ name: "a", ends }, { name: "b", ends: more }, 120).words, /b is 5\.5 points ahead .*ahead in 100 % of 50 counties/);
  assert.match(result({ name: "a", ends }, { name: "b", ends: less }, 120).words, /behind/);
  assert.match(result({ name: "a", ends }, { name: "b", ends: [...ends].reverse() }, 120).words, /do not tell which is ahead/);
  assert.match(result({ name: "a", ends }, { name: "b", ends }, 120).words, /no difference/);
  const said = movedMost([{ label: "trust", unit: "[0, 1]", before: ends, after: ends }, { label: "members", unit: "count", before: ends, after: more }], "b");
  assert.match(said, /members most: up/);
});

test("what is taken away says what is shown", () => {
  const state = turned(turned(initial(data), "backbone.staff", 1.5), "backbone.allocation.engage", 0.2);
  const toml = scenarioToml(data, fields, state, 1);
  assert.match(toml, /^\[backbone\]\nstaff = 1\.5$/m);
  assert.match(toml, /^\[backbone\.allocation\]\nengage = 0\.2$/m);
  fs.writeFileSync(process.env.PAGE_TOML, toml);
  assert.match(asPython(data, state, 200), /"together": county\.replace\(\*\*\{"backbone.staff": 1\.5/);
  assert.equal(toToml({ a: { "b c": ["x\"y"] } }).trim(), '[a]\n"b c" = ["x\\"y"]');
  const plans = [{ name: "=1+1", settings: {} }, { name: "b, c", settings: {} }], of = { mean: [0.1], low: [0], high: [0.2] };
  const csv = asCsv({ ...state, plans }, { bands: [[of], [of]], measures: ["progress"], count: 50 });
  assert.match(csv, /^'=1\+1,progress,0,0\.1,0,0\.2,50$/m);
  assert.match(csv, /^"b, c",progress/m);
});

test("a rule across fields refuses what a scenario would refuse", () => {
  const world = data.county;
  for (const shared of [{ "communication.trust_gain": 0.9, "communication.trust_loss_ratio": 4 }, { "activities.role_floor": 0.3 }, { "practice.ruggedness": 19 }, { "backbone.allocation.engage": 0.9 }]) {
    assert.throws(() => fromFragment(data, fields, fragment({ world, shared })), Refusal, JSON.stringify(shared));
  }
});

test("the reasons that are shown of a commitment are those of the model", async () => {
  const model = await Model.open(fs.readFileSync(new URL("../../src/cisim/app/page/model.wasm", import.meta.url)), data);
  const settings = { "commitment.noise": 0 }, dial = (path) => settings[path] ?? data.worlds[data.county].values[path] ?? fields.get(path).default;
  const run = model.start(data.county, settings, 5n);
  let checked = 0;
  for (let month = 1; month <= 40; month++) {
    run.advance(month - 1);
    const before = run.organisations();
    run.advance(month);
    run.organisations().forEach((organisation, i) => {
      if (!organisation.member || !before[i].member) return;
      const sum = reasons(run, i, before[i].commitment, dial).reduce((total, [, term]) => total + term, 0);
      const expected = before[i].commitment + dial("commitment.adjustment") * (1 / (1 + Math.exp(-sum)) - before[i].commitment);
      assert.ok(Math.abs(organisation.commitment - expected) < 1e-9, `month ${month}, ${organisation.name}: ${organisation.commitment} ${expected}`);
      checked++;
    });
  }
  assert.ok(checked > 300);
});

test("pasted partners are read as the rules say, and what is none is refused", () => {
  const read = readPartners('Agency\tType\tStaff (FTE)\tContact mail\nCity Schools\tPublic\t6\ta@b\n"Library, Public"\tpublic\t1,5\t\nCollege\tPublic\t2-3\t\nYouth Club\tNonprofit\tabout 2\t\nChamber\tBusiness\t\t\ncollege\tPublic\t4\t\nTOTAL\t\t13\t\n');
  assert.deepEqual(read.organisations.map(({ name, sector, staff }) => [name, sector, staff]), [["City Schools", "public", 6], ["Library, Public", "public", 1.5], ["College", "public", 2.5], ["Youth Club", "nonprofit", 2], ["Chamber", "business", NaN]]);
  assert.match(read.said, /5 organisations read; staff of 1 is drawn .*Contact mail; 1 row of sums left out; 1 named twice/);
  for (const bad of ["", "x", "name\na\nb", "a;b\n1;2\n3;4", "name\n" + "x\n".repeat(60000)]) assert.ok(readPartners(bad).problem, bad.slice(0, 20));
  for (let trial = 0; trial < 500; trial++) {
    const text = `name,sector,staff\n${Array.from({ length: 8 }, (_, i) => `${String.fromCharCode(34 + ((trial * 7 + i * 13) % 90)).repeat(i)}<script>${trial}${i},"${i}`).join("\n")}`;
    const some = readPartners(text);
    assert.ok(some.problem || some.organisations.length >= 5);
  }
});

test("identities of names, and so the runs of pasted partners, are those of Python", async () => {
  for (const [name, identity] of expected.identities) assert.equal(String(identityOf(name)), identity);
  const model = await Model.open(fs.readFileSync(new URL("../../src/cisim/app/page/model.wasm", import.meta.url)), data);
  data.worlds["your partners"] = worldOf(data, expected.partners.rows.map(([name, sector, staff]) => ({ name, sector, staff: staff ?? NaN })));
  const run = model.start("your partners", {}, 3n).advance(120);
  const column = data.worlds["your partners"].measures.findIndex(({ name }) => name === "progress"), width = data.worlds["your partners"].measures.length;
  expected.partners.progress.forEach((value, month) => assert.ok(Math.abs(run.records[month * width + column] - value) < 1e-12, `month ${month}`));
});

const model = () => Model.open(fs.readFileSync(new URL("../../src/cisim/app/page/model.wasm", import.meta.url)), data);
const linkOf = (settings, more = {}) => `https://a.example/#s=${toFragment({ ...initial(data), plans: [{ name: "alone", settings: { "coalition.start": "never" } }, { name: "together", settings }], ...more }).slice(3)}`;

test("what a plan decides on is the same here and in Python", () => {
  for (const [path, planned] of Object.entries(expected.planned)) assert.equal(isPlanned(path), planned, path);
});

test("plans of a class are ranked as Python ranks them, ties as ties", async () => {
  expected.sequences.forEach(([sd, n, error, half]) => assert.ok(Math.abs(sequenceHalf(sd, n, error, n) - half) < 1e-12));
  const opened = await model(), of = expected.class;
  const pool = { courses: async ({ world, settings, seeds, measures }) => opened.runs(world, settings, seeds, measures) };
  const text = Object.entries(of.given).map(([name, settings]) => `${name}: ${linkOf(settings)}`).join("\n");
  const { plans, left } = gather(data, fields, data.county, text);
  assert.deepEqual(left, []);
  const found = await rank({ data, fields, pool, world: data.county, seed: 2, plans, sizes: { runs: 30, worlds: 30, runsOfWorld: 5 } });
  assert.deepEqual(found.plans.map((plan) => plan.name), of.plans);
  assert.deepEqual(found.plans.map((plan) => plan.here), of.here);
  assert.deepEqual(found.plans.map((plan) => plan.inWorlds), of.in_worlds);
  found.plans.forEach((plan, i) => assert.ok(Math.abs(found.plans[0].mean - plan.mean - of.means[0][i]) < 1e-10, `${plan.name}: ${found.plans[0].mean - plan.mean}, ${of.means[0][i]}`));
  assert.deepEqual(found.shared.map(({ path, ends, others }) => ({ path, values: ends, others })), of.shared);
});

test("a text of links gives plans by name, and says what it leaves out", () => {
  const text = `Monday\nAda: ${linkOf({ "backbone.staff": 3 })}\n- Ada ${linkOf({})}\n${linkOf({})}\nEve\u001b <b>, ${linkOf({ "agenda.process": 0.1 }, { shared: { "community.gain": 0.06 } })}\nBad: #s=AAAA\nFar ${linkOf({ "backbone.staff": -1 })}`;
  const { plans, left } = gather(data, fields, data.county, text);
  assert.deepEqual(plans.map(({ name, settings, ignored }) => [name, settings, ignored]), [
    ["Ada", { "backbone.staff": 3 }, []], ["Ada (2)", {}, []], ["link 3", {}, []], ["Eve <b>", { "agenda.process": 0.1 }, ["community.gain"]],
  ]);
  assert.deepEqual(left.map((each) => each.name), ["Bad", "Far"]);
  assert.equal(gather(data, fields, data.county, `${linkOf({})}\n`.repeat(300)).plans.length, 200);
  assert.equal(clean(" \u202e- a #s=AAAA\n"), "a AAAA");
});

test("places are shared where nothing is told apart", () => {
  const some = Array.from({ length: 40 }, (_, i) => 0.2 + (i % 5) / 100);
  assert.deepEqual(places([some, some, some.map((value) => value - 0.1)], 0.01), [[1, 2], [1, 2], [3, 3]]);
  assert.deepEqual(places([some.slice(0, 20), some.slice(0, 20).map((value) => value - 0.1)], 0.01), [[1, 2], [1, 2]]);
});

test("money is counted as plan files count it", () => {
  const { costs, mean, events, items } = expected.spending;
  const found = spending(costs, mean, byMonth(0, "measurement.sharing", events, 30), byMonth(2, "funder.services", events, 30));
  items.forEach((item, i) => assert.ok(Math.abs(found[i] - item) < 1e-6 * Math.max(1, item), `${i}: ${found[i]} ${item}`));
  assert.ok(items[3] > 50000);
});

test("painted posts are a start and events", async () => {
  assert.deepEqual(painted([1, 1, 2]), { "backbone.staff": 1, events: [{ month: 25, path: "backbone.staff", value: 2 }] });
  const column = data.worlds[data.county].measures.findIndex(({ name }) => name === "staff_at_work"), width = data.worlds[data.county].measures.length;
  const run = (await model()).start(data.county, painted([2, 0, 2, 2, 2, 2, 2, 2, 2, 2]), 5n).advance(40);
  assert.deepEqual([run.records[12 * width + column] > 0, run.records[13 * width + column], run.records[26 * width + column] > 0], [true, 0, true]);
});

test("a drawn course is told by how much it missed, and where", () => {
  assert.deepEqual(missed([0, 0.25, 0.5], [0.25, 0.25, -0.25]), { average: 1 / 3, near: 1, far: 2 });
});

test("many leaders are not all named in one sentence", () => {
  const plans = Array.from({ length: 9 }, (_, i) => ({ name: `p${i}`, lead: i < 8 }));
  assert.match(leading({ plans, shared: [] })[0], /8 plans lead.*: p0, p1, p2, p3, p4, p5 and 2 more plans\.$/);
  assert.match(leading({ plans: plans.slice(0, 8), shared: [] })[0], /do not tell any plan from another/);
});
