// Means, errors and quantiles over runs; the errors say how well this number of runs pins down what the model implies.

/** Mean and Student's 95 % interval of it. */
export function meanInterval(values) {
  const n = values.length;
  let mean = 0;
  for (const value of values) mean += value;
  mean /= n;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  const error = n > 1 ? Math.sqrt(squares / (n - 1) / n) : NaN;
  const half = n > 1 ? student(n - 1) * error : NaN;
  return { n, mean, error, low: mean - half, high: mean + half };
}

/** Student's 97.5 % quantile (Hill 1970 expansion, exact below 3 degrees of freedom). */
export function student(freedom) {
  if (freedom === 1) return 12.7062047361747;
  if (freedom === 2) return 4.30265272974946;
  const z = 1.959963984540054;
  const z3 = z ** 3, z5 = z ** 5, z7 = z ** 7, z9 = z ** 9;
  return z + (z3 + z) / (4 * freedom) + (5 * z5 + 16 * z3 + 3 * z) / (96 * freedom ** 2)
    + (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * freedom ** 3)
    + (79 * z9 + 776 * z7 + 1482 * z5 - 1920 * z3 - 945 * z) / (92160 * freedom ** 4);
}

/** Quantile by linear interpolation; `sorted` is in rising order. */
export function quantile(sorted, share) {
  const at = share * (sorted.length - 1), below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

/** Wilson's 95 % interval of a share. */
export function wilson(share, n) {
  const z2 = 1.959963984540054 ** 2;
  const centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const half = Math.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n);
  return [share <= 0 ? 0 : centre - half, share >= 1 ? 1 : centre + half];
}

/** Worlds before which nothing is settled. */
export const FEWEST = 30;

/** Half the width of the confidence sequence of a mean of `n` values, as cisim/plan/deciding.py has it (there with its sources). */
export function sequenceHalf(sd, n, error, expected) {
  if (n < 2) return Infinity;
  const twice = -2 * Math.log(error), g = (twice + Math.log(twice + 1)) / expected;
  const root = Math.exp((twice + Math.log1p(n * g)) / n);
  if (!(root < 1 + n * g)) return Infinity;
  return Math.sqrt((n - 1) * (root - 1) / (1 - root / (1 + n * g))) * sd / Math.sqrt(n);
}

/** Places [first, last] that each plan may have, from 1; `values` holds for each plan a value of each world, the same worlds for all. */
export function places(values, precision) {
  const pairs = values.length * (values.length - 1) / 2, error = 0.05 / Math.max(1, pairs), first = values.map(() => 1), last = values.map(() => values.length);
  for (let row = 0; row < values.length; row++) {
    for (let column = row + 1; column < values.length; column++) {
      const of = meanInterval(values[row].map((value, i) => value - values[column][i])), half = sequenceHalf(of.error * Math.sqrt(of.n), of.n, error, of.n);
      const low = of.mean - half, high = of.mean + half;
      if (of.n < FEWEST || (low > -precision && high < precision) || (low <= 0 && high >= 0)) continue;
      const [ahead, behind] = low > 0 ? [row, column] : [column, row];
      last[ahead]--;
      first[behind]++;
    }
  }
  return values.map((_, plan) => [first[plan], last[plan]]);
}

/** Share of differences above 0, ties counted half. */
export function shareAhead(differences) {
  let ahead = 0;
  for (const value of differences) ahead += value > 0 ? 1 : value === 0 ? 0.5 : 0;
  return ahead / differences.length;
}

/** Mean, lowest and highest twentieth of runs in each month; `runs` holds one course of `length` values after the other. */
export function bands(runs, length) {
  const n = runs.length / length, column = new Float64Array(n);
  const mean = new Float64Array(length), low = new Float64Array(length), high = new Float64Array(length);
  for (let month = 0; month < length; month++) {
    let sum = 0, given = 0;
    for (let run = 0; run < n; run++) {
      const value = runs[run * length + month];
      if (!Number.isNaN(value)) { column[given++] = value; sum += value; }
    }
    if (!given) { mean[month] = low[month] = high[month] = NaN; continue; }
    const values = column.subarray(0, given).sort();
    mean[month] = sum / given;
    low[month] = quantile(values, 0.05);
    high[month] = quantile(values, 0.95);
  }
  return { n, mean, low, high };
}

/** A step of 1, 2 or 5 times a power of ten that cuts a range into about so many parts. */
export function niceStep(range, parts) {
  const rough = range / parts, power = 10 ** Math.floor(Math.log10(rough));
  const times = [1, 2, 5, 10].find((each) => each * power >= rough * 0.999);
  return times * power;
}

/** A number without the dust of binary arithmetic, to ten digits. */
export const tidy = (value) => Number(value.toPrecision(10));
