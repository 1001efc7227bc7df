// One's own partners, pasted as a table: read by a few rules, run on this machine, part of no link.

import { identityOf } from "#identity";

const TITLES = { name: /^(name|agency|organi[sz]ation|partner|member)s?\b/i, sector: /^(sector|type|kind|field)\b/i, staff: /(staff|fte|posts|resources|size)/i };
const CONTACT = /(mail|phone|tel\b|mobile|contact|address|person|website|url)/i;
const SUMS = /^(total|sum|all|subtotal)\b/i;
export const FEWEST = 5, MOST = 200, LONGEST = 100000;
export const NAME = "your partners";

/** Split a table as spreadsheets copy it: tabs, semicolons or commas, with quotes. */
export function cells(text) {
  const first = text.split("\n", 1)[0], sign = ["\t", ";", ","].find((each) => first.includes(each)) ?? "\t";
  const rows = [[""]];
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at], row = rows.at(-1);
    if (quoted && letter === '"' && text[at + 1] === '"') { row[row.length - 1] += '"'; at++; }
    else if (letter === '"' && (quoted || row.at(-1) === "")) quoted = !quoted;
    else if (!quoted && letter === sign) row.push("");
    else if (!quoted && letter === "\n") rows.push([""]);
    else if (letter !== "\r") row[row.length - 1] += letter;
  }
  return rows.map((row) => row.map((cell) => cell.trim().normalize("NFC"))).filter((row) => row.some(Boolean));
}

/** Posts as people write them: "1,5", "2-3", "about 2"; NaN where none are told. */
export function posts(text) {
  const numbers = (text.match(/\d+(?:[.,]\d+)?/g) ?? []).map((each) => Number(each.replace(",", ".")));
  if (!numbers.length || numbers.length > 2) return NaN;
  const value = numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
  return value > 0 && value <= 1e6 ? value : NaN;
}

/** Read a pasted table. Returns {organisations: [{name, sector, staff}], said} or {problem}. */
export function readPartners(text) {
  if (text.length > LONGEST) return { problem: "That is more than a list of partners: paste at most 200 rows." };
  const [titles = [], ...rows] = cells(text);
  const columns = {};
  for (const [what, title] of Object.entries(TITLES)) {
    const at = titles.findIndex((cell, i) => title.test(cell) && !CONTACT.test(cell) && !Object.values(columns).includes(i));
    if (at >= 0) columns[what] = at;
  }
  if (columns.name === undefined) return { problem: "The first row must hold titles, one of them name, agency or organisation." };
  const dropped = titles.filter((cell) => CONTACT.test(cell)), organisations = new Map();
  let sums = 0, twice = 0, drawn = 0;
  for (const row of rows) {
    const name = (row[columns.name] ?? "").slice(0, 60);
    if (!name) continue;
    if (SUMS.test(name)) { sums++; continue; }
    if (organisations.has(name.toLowerCase())) { twice++; continue; }
    const staff = columns.staff === undefined ? NaN : posts(row[columns.staff] ?? "");
    if (Number.isNaN(staff)) drawn++;
    organisations.set(name.toLowerCase(), { name, sector: ((columns.sector === undefined ? "" : row[columns.sector]) || "no sector").toLowerCase().slice(0, 60), staff });
  }
  const found = [...organisations.values()];
  if (found.length < FEWEST || found.length > MOST) return { problem: `A coalition here has ${FEWEST} to ${MOST} organisations; the table names ${found.length}.` };
  const said = [`${found.length} organisations read`];
  if (drawn) said.push(`staff of ${drawn} is drawn by luck, since the table does not tell it`);
  if (dropped.length) said.push(`left out, as nobody needs it here: ${dropped.join(", ")}`);
  if (sums) said.push(`${sums} row${sums > 1 ? "s" : ""} of sums left out`);
  if (twice) said.push(`${twice} named twice and taken once`);
  said.push("ties are drawn, since the table has none");
  return { organisations: found, said: `${said.join("; ")}.` };
}

const array = (typed, shape) => {
  let text = "";
  for (const byte of new Uint8Array(typed.buffer)) text += String.fromCharCode(byte);
  return { shape, bytes: btoa(text) };
};
const drawnArray = (...shape) => ({ shape });

/** A world of pasted partners: the county's outcomes and residents, other organisations. */
export function worldOf(data, organisations) {
  const base = data.worlds[data.county], number = organisations.length, { coalition: _, ...document } = base.document;
  const sectors = [...new Set(organisations.map((each) => each.sector))].sort();
  const identity = BigUint64Array.from(organisations, (each) => identityOf(each.name));
  const order = Array.from(identity.keys()).sort((a, b) => (identity[a] < identity[b] ? -1 : 1)), place = new Array(number);
  order.forEach((row, at) => { place[row] = at; });
  const whole = (values) => array(BigInt64Array.from(values, BigInt), [number]);
  const common = base.measures.filter((measure) => !measure.name.startsWith("agenda_fit.")), at = base.measures.findIndex((measure) => measure.name.startsWith("agenda_fit."));
  const fits = sectors.map((sector) => ({ name: `agenda_fit.${sector}`, unit: "[0, 1]" }));
  const { values: { "coalition.file": __, ...values } } = base;
  return {
    ...base, name: "your partners", description: `${number} organisations that were pasted into this page.`, sectors, pasted: true, values,
    organisations: organisations.map(({ name, sector }) => ({ name, sector })),
    measures: [...common.slice(0, at), ...fits, ...common.slice(at)],
    document: { ...document, coalition: { file: "partners.csv" } }, network: data.networks["small-world"],
    given: {
      ...base.given, identity: array(identity, [number]), order: whole(order), place: whole(place), sector: whole(organisations.map((each) => sectors.indexOf(each.sector))),
      resources: array(Float64Array.from(organisations, (each) => each.staff), [number]), size: drawnArray(number), commitment: drawnArray(number), founder: drawnArray(number),
      mission: drawnArray(number, base.outcomes.length), competence: drawnArray(number, base.roles.length), mix: drawnArray(number, base.roles.length),
      pairs: array(new BigInt64Array(0), [0]), reports: array(new Float64Array(0), [0, 3]),
    },
  };
}
