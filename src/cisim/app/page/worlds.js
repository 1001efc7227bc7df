// Plausible worlds: points of a Latin hypercube over what nobody knows, the same bits as cisim/plausible.py draws.

const MASK = (1n << 64n) - 1n;
const GOLDEN = 0x9e3779b97f4a7c15n;

export function mix(word) {
  let mixed = ((word ^ (word >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  mixed = ((mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn) & MASK;
  return mixed ^ (mixed >> 31n);
}

function key(seed, stream) {
  const run = mix(mix((BigInt(seed) + GOLDEN) & MASK) ^ stream);
  return mix((run + GOLDEN) & MASK);
}

function uniforms(draws, slot, count) {
  const values = new Float64Array(count);
  for (let component = 0; component < count; component++) {
    const word = mix(draws ^ ((slot + GOLDEN * BigInt(component)) & MASK));
    values[component] = Number(word >> 11n) * 2 ** -53;
  }
  return values;
}

/** Latin hypercube: for each factor one point in each of `points` equal intervals, in [0, 1). */
export function latinHypercube(points, factors, seed, stream) {
  const draws = key(seed, BigInt(stream)), columns = [];
  for (let factor = 0; factor < factors; factor++) {
    const drawn = uniforms(draws, mix((BigInt(factor) + GOLDEN) & MASK), 2 * points);
    const within = drawn.subarray(0, points), ranks = drawn.subarray(points);
    const order = Array.from(ranks.keys()).sort((a, b) => ranks[a] - ranks[b] || a - b);
    columns.push(order.map((rank, point) => (rank + within[point]) / points));
  }
  return columns;
}

/** Value below which a share of a triangular distribution lies. */
export function triangular(low, high, middle, share) {
  const length = high - low;
  const value = share * length < middle - low ? low + Math.sqrt(share * length * (middle - low)) : high - Math.sqrt((1 - share) * length * (high - middle));
  return Math.min(high, Math.max(low, value));
}

/** The nearest whole number, of two the even one, as Python rounds. */
export function rounded(value) {
  const below = Math.floor(value), over = value - below;
  return over < 0.5 || (over === 0.5 && below % 2 === 0) ? below : below + 1;
}

/** Settings of plausible worlds around a county's own values.
 *
 * `roles` is how many roles an outcome needs, `uncertain` are fields with a plausible range that no plan sets; `value` gives a field's likeliest value.
 */
export function plausibleWorlds(roles, uncertain, stream, value, points, seed) {
  const design = latinHypercube(points, uncertain.length, seed, stream);
  return Array.from({ length: points }, (_, point) => {
    const settings = {};
    uncertain.forEach((field, factor) => {
      const likeliest = value(field.path);
      const low = Math.min(field.low, likeliest), high = Math.max(field.high, likeliest);
      const drawn = triangular(low, high, likeliest, design[factor][point]);
      settings[field.path] = field.type === "whole number" ? rounded(drawn) : drawn;
    });
    return bent(roles, settings, value);
  });
}

/** Bend settings where a rule across fields would refuse them, as plausible.bent does. */
function bent(roles, settings, value) {
  const of = (path) => settings[path] ?? value(path);
  const [lost, gained, floor] = ["communication.trust_loss_ratio", "communication.trust_gain", "activities.role_floor"];
  if (lost in settings && of(gained) * of(lost) > 1) settings[lost] = 1 / of(gained);
  if (floor in settings) settings[floor] = Math.min(of(floor), 0.9 / roles);
  return settings;
}
