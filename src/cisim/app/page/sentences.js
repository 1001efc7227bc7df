// Results as sentences: each follows from the numbers beside it.

import { meanInterval, shareAhead, wilson } from "#numbers";
import { amount, chance, difference, duration, hundredths, percent } from "#words";

const signedPoints = (value) => difference(value, "share");

/** What both plans came to, which is ahead, by how much and how sure: `first` and `second` are {name, ends}. */
export function result(first, second, months) {
  const differences = second.ends.map((value, run) => value - first.ends[run]);
  const of = meanInterval(differences), mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const share = shareAhead(differences), [low, high] = wilson(share, of.n);
  const start = `After ${duration(months)}, ${second.name} has ${closed(mean(second.ends))} and ${first.name} has ${closed(mean(first.ends))}`;
  const interval = `95 % interval ${hundredths(of.low)} to ${hundredths(of.high)}`;
  const points = `${hundredths(Math.abs(of.mean))} points`;
  if (of.low === 0 && of.high === 0) return { ...of, share, words: `${start}: there is no difference in any of ${of.n} counties.` };
  const verdict = of.low > 0 ? `${second.name} is ${points} ahead` : of.high < 0 ? `${second.name} is ${points} behind` : `these runs do not tell which is ahead, the ${points} could be luck`;
  const ahead = `ahead in ${chance(share)} of ${of.n} counties (${chance(low)} to ${chance(high)})`;
  return { ...of, share, words: `${start}: ${verdict} (${interval}), ${ahead}.` };
}

function closed(progress) {
  return progress < 0 ? `let the gap grow by ${percent(-progress)}` : `closed ${percent(progress)} of the gap`;
}

/** What one run says while the others are under way. */
export function oneRun(first, second, months) {
  const start = `In this one county, after ${duration(months)}, ${second.name} has ${closed(second.end)} and ${first.name} ${closed(first.end)}`;
  return `${start}: ${signedPoints(second.end - first.end)}, and one county is luck.`;
}

/** Which measure a change moved most, measured in standard deviations of the runs; `measures`: [{name, unit, meaning, before, after}]. */
export function movedMost(measures, plan) {
  let most = null;
  for (const each of measures) {
    const apart = meanInterval(each.after.map((value, run) => value - each.before[run]));
    const spread = meanInterval(each.before), deviation = spread.error * Math.sqrt(spread.n);
    if (!Number.isFinite(apart.mean) || apart.mean === 0) continue;
    const size = Math.abs(apart.mean) / (deviation || Math.abs(apart.mean));
    if (!most || size > most.size) most = { size, each, apart };
  }
  if (!most) return `The change moves nothing in ${plan}.`;
  const { each, apart } = most, from = apart.mean > 0 ? "up" : "down";
  const before = meanInterval(each.before).mean;
  const clear = apart.low > 0 || apart.high < 0 ? "" : ", which could be luck";
  const by = difference(apart.mean, each.unit);
  return `In ${plan} the change moves ${each.label} most: ${from} from ${amount(before, each.unit)} to ${amount(before + apart.mean, each.unit)} (${by})${clear}.`;
}

/** In how many plausible worlds a plan is ahead. */
export function inWorlds(name, reference, differences, asked) {
  const share = shareAhead(differences), n = differences.length, [low, high] = wilson(share, n);
  const sorted = [...differences].sort((a, b) => a - b), middle = sorted[Math.floor((n - 1) / 2)];
  const part = n < asked ? ` (${n} of ${asked} so far)` : "";
  const ahead = Number((share * n).toFixed(1));
  return `Over the plausible ranges of what nobody knows, ${name} is ahead of ${reference} in ${ahead} of ${n} worlds${part} (${chance(low)} to ${chance(high)}), by ${signedPoints(middle)} in the middle case.`;
}
