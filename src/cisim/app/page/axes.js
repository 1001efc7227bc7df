// Axes of charts, fixed by the world and the measure alone, so that nothing rescales while a dial is turned.

/** Ends of the axis of a measure. */
export function axisOf(world, measure) {
  const { name, unit } = measure, organisations = world.organisations.length;
  if (name.startsWith("indicator.")) {
    const outcome = world.outcomes.find((each) => each.name === name.slice("indicator.".length));
    return { low: Math.max(0, Math.floor((outcome.baseline - 0.1) * 10) / 10), high: Math.min(1, Math.ceil((outcome.baseline + 0.35) * 10) / 10) };
  }
  if (name.startsWith("progress") && unit === "share of the gap") return { low: -0.1, high: 0.5 };
  if (unit === "[0, 1]" || unit === "share" || unit === "share of the best" || unit === "1 or 0") return { low: 0, high: 1 };
  if (name === "members") return { low: 0, high: Math.ceil(organisations / 5) * 5 };
  if (name === "working_ties") return { low: 0, high: 12 };
  if (name === "capacity") return { low: 0.8, high: 1.4 };
  if (name === "gap" || name === "belief_error") return { low: 0, high: 0.5 };
  if (name === "staff_at_work") return { low: 0, high: 12 };
  if (unit === "FTE") return { low: 0, high: Math.ceil(organisations * (name === "resources" || name === "work" ? 3 : 0.5) / 5) * 5 };
  return { low: 0, high: 0.2 };
}

/** What is read on an axis: an outcome's own unit, or the measure's. */
export function reading(world, measure) {
  const outcome = measure.name.startsWith("indicator.") && world.outcomes.find((each) => each.name === measure.name.slice("indicator.".length));
  if (!outcome) return { unit: measure.unit, of: (value) => value };
  return { unit: "", of: (value) => outcome.zero + (outcome.one - outcome.zero) * value, words: outcome.unit };
}

/** A measure's name as people say it. */
export function label(measure) {
  if (measure.name === "progress") return "collective progress";
  return measure.name.replace("indicator.", "").replaceAll("_", " ").replace(".", ": ");
}
