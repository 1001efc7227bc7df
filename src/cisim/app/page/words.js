// Numbers in words, as the package's report/format.py writes them.

export const NOTHING = "–";
const SHARES = new Set(["share", "share of the gap", "share of the best", "probability", "share of effort"]);
const MINUS = "\u2212";

const withMinus = (text) => text.replace("-", MINUS);

/** Three significant digits, without an exponent where that can be read: "0.412", "−12,346". */
export function number(value) {
  if (value === null || Number.isNaN(value)) return NOTHING;
  if (Math.abs(value) >= 1000 && Math.abs(value) < 1e9) return withMinus(Math.round(value).toLocaleString("en-GB"));
  const short = Number(value.toPrecision(3));
  return withMinus(String(short === 0 ? 0 : short));
}

/** A share in per cent without a sign for it, or a difference of shares in percentage points. */
export function hundredths(share, digits = 1) {
  if (Number.isNaN(share)) return NOTHING;
  const text = (100 * share).toFixed(digits);
  return withMinus(Number(text) === 0 ? text.replace("-", "") : text);
}

export const percent = (share, digits = 1) => (Number.isNaN(share) ? NOTHING : `${hundredths(share, digits)} %`);

/** A share of runs in whole per cent, 0 and 100 only where all agree. */
export function chance(share) {
  if (share > 0 && share < 0.01) return "under 1 %";
  if (share > 0.99 && share < 1) return "over 99 %";
  return percent(share, 0);
}

export const isShare = (unit) => SHARES.has(unit);

/** A unit beside a name or an axis: "0 to 1" for "[0, 1]", "per month" for "1/month". */
export function unitInWords(unit) {
  if (unit.startsWith("[")) return unit.slice(1, -1).replace(", ", " to ");
  if (unit.startsWith("1/")) return `per ${unit.slice(2)}`;
  if (isShare(unit)) return "%";
  return unit === "x" ? "times" : unit;
}

/** A value with its unit, as it is read aloud: "2 FTE", "4.7 %", "0.05 per month". */
export function amount(value, unit) {
  if (value === null || value === undefined) return "not set";
  if (typeof value !== "number") return String(value);
  if (isShare(unit)) return percent(value);
  const words = unitInWords(unit);
  return words && !unit.startsWith("[") ? `${number(value)} ${words}` : number(value);
}

/** A difference of a measure with its sign: of shares in points, "+5.0 points". */
export function difference(value, unit) {
  const text = isShare(unit) ? hundredths(value) : number(value);
  const signed = value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
  return isShare(unit) ? `${signed} points` : signed;
}

export const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

export function month(value) {
  if (value === 0) return "founding";
  return value % 12 ? `month ${value}` : `year ${value / 12}`;
}

export function duration(months) {
  return months % 12 ? plural(months, "month") : plural(months / 12, "year");
}
