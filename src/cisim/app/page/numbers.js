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
