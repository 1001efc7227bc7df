// Runs worlds by the module and prints how far their records are from the engine's: node model.mjs PAGE REQUESTS VALUES
import fs from "node:fs";
import { pathToFileURL } from "node:url";

const [page, requests, values] = process.argv.slice(2);
const { Model } = await import(pathToFileURL(`${page}/model.js`));
const { data, runs } = JSON.parse(fs.readFileSync(requests));
const bytes = fs.readFileSync(values);
const wanted = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
const model = await Model.open(fs.readFileSync(`${page}/model.wasm`), data);
let at = 0;
const found = runs.map(({ world, settings, seed }) => {
  const run = model.start(world, settings, BigInt(seed));
  const of = { world, seed, farthest: 0, measure: "", month: -1, unknown: 0 };
  for (let month = 0; month <= run.world.months; month++) {
    const { records } = run.advance(month);
    run.world.measures.forEach(({ name }, column) => {
      const got = records[month * run.world.measures.length + column], want = wanted[at++];
      const far = Object.is(got, want) ? 0 : Math.abs(got - want) / Math.max(Math.abs(want), 1e-3);
      if (Number.isNaN(got) !== Number.isNaN(want)) of.unknown++;
      else if (far > of.farthest) Object.assign(of, { farthest: far, measure: name, month });
    });
  }
  return of;
});
console.log(JSON.stringify({ found, compared: at, given: wanted.length }));
