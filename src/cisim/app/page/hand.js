// One organisation taken in hand: what it wants, whom it trusts, why its commitment moves; changed, and watched.

import { make } from "#dials";
import { runSeed, settingsOf, valueOf } from "#state";
import { hundredths, number } from "#words";

const $ = (id) => document.getElementById(id);

/** What speaks for and against an organisation's commitment this month, in logits: the terms of the model's stage "commitment".
 *
 * `dial` gives what is in force this month. Their sum with the base is what commitment moves towards.
 */
export function reasons(run, organisation, before, dial) {
  const of = run.organisations()[organisation], coalition = run.coalition(), world = run.world;
  const agenda = run.memory.rows("outcomes").map((outcome) => outcome.agenda), slow = run.memory.rows("stances");
  const accountable = dial("measurement.accountability") * coalition.measurement;
  const tied = of.tie_weight > 0;
  const fit = 1 - 0.5 * of.missions.reduce((sum, mission, outcome) => sum + Math.abs(mission - agenda[outcome]), 0);
  const counts = 1 - dial("coalition.proportion") * (1 - coalition.agenda);
  const wide = world.outcomes.length;
  const seen = of.goals.reduce((sum, goal, outcome) => sum + goal * (of.beliefs[outcome] - slow[organisation * wide + outcome].slow_belief), 0);
  return [
    ["inclination", dial("commitment.base")],
    ["trust in its partners", tied ? dial("commitment.trust_weight") * (of.mean_trust - 0.5) : 0],
    ["what its partners give, where reports show it", tied ? dial("commitment.conform_weight") * accountable * (of.mean_commitment - before) : 0],
    ["its own mission in the agenda", coalition.has_agenda === 1 ? dial("commitment.purpose_weight") * counts * of.awareness * (fit - dial("commitment.purpose_reference")) : 0],
    ["progress that it sees", dial("commitment.progress_weight") * Math.tanh(seen / dial("commitment.progress_scale"))],
    ["time for meetings and data", -dial("commitment.overhead_weight") * of.overhead],
    ["letting the others do the work", -dial("commitment.temptation") * (1 - accountable)],
  ];
}

export class Hand {
  constructor(app) {
    this.app = app;
    this.number = null;
    $("hand-close").addEventListener("click", () => app.pickOrganisation(this.number));
    $("hand-commitment").addEventListener("change", () => this.turn({ commitment: Number($("hand-commitment").value) }));
    $("hand-commitment").addEventListener("input", () => this.#value());
    $("hand-member").addEventListener("click", () => this.turn({ member: Number($("hand-member").dataset.to) }));
    $("hand-undo").addEventListener("click", () => { app.hand = null; app.loadStage(); app.results.draw(); });
  }

  #value() {
    const words = `${number(Number($("hand-commitment").value))} of 1`;
    $("hand-commitment").setAttribute("aria-valuetext", words);
    $("hand-value").textContent = words;
  }

  /** Set something of the organisation from the month shown on, in the county above alone. */
  turn(values) {
    this.app.hand = { organisation: this.number, month: this.app.stage.month, values };
    this.app.loadStage();
    this.app.results.draw();
    if (this.app.stage.month < this.app.world.months) this.app.stage.play();
  }

  pick(number_) {
    this.number = number_;
    $("hand").hidden = number_ === null;
    this.show();
  }

  show() {
    if (this.number === null || this.app.stage.playing) return;
    const { app, number: place } = this, { state, data, fields, model, stage } = app, month = stage.month;
    const plan = state.turned, i = state.shown.indexOf(plan);
    if (i < 0) return;
    const run = model.start(state.world, settingsOf(data, fields, state, plan), runSeed(state.seed, state.county));
    if (app.hand && app.hand.month <= month) { run.advance(app.hand.month); run.change(app.hand.organisation, app.hand.values); }
    run.advance(Math.max(0, month - 1));
    const before = run.organisations()[place].commitment;
    run.advance(month);
    const of = run.organisations()[place], ties = run.ties().filter((tie) => tie.strength >= 0.2 && (tie.first === place || tie.second === place));
    const names = app.world.organisations.map((each) => each.name);
    const partners = ties.map((tie) => ({ name: names[tie.first === place ? tie.second : tie.first], theirs: tie.first === place ? tie.trust[1] : tie.trust[0], own: tie.first === place ? tie.trust[0] : tie.trust[1] }));
    $("hand-name").textContent = `${of.name}, ${state.plans[plan].name}, month ${month}`;
    const goals = app.world.outcomes.map((outcome, d) => `${outcome.name} ${hundredths(of.goals[d], 0)} %`).join(", ");
    $("hand-about").textContent = `${of.sector}, ${number(of.resources)} posts. ${of.member ? `A member; commitment ${number(of.commitment)} of 1.` : "Not a member."} It works for ${goals}.`;
    $("hand-partners").replaceChildren(...partners.map((partner) => make("li", {}, `${partner.name}: trusts it ${number(partner.theirs)} of 1, is trusted ${number(partner.own)}`)));
    const terms = of.member && month > 0 ? reasons(run, place, before, (path) => valueOf(data, fields, state, plan, path)) : [];
    const sum = terms.reduce((total, [, term]) => total + term, 0), wanted = 1 / (1 + Math.exp(-sum));
    $("hand-why").textContent = terms.length ? `What speaks for and against being committed, this month; together they pull towards ${number(wanted)} of 1:` : "It has no part in a coalition this month.";
    $("hand-terms").replaceChildren(...terms.map(([words, term]) => {
      const bar = make("i", { class: term < 0 ? "against" : "for" }), share = Math.min(1, Math.abs(term) / 3);
      bar.style.width = `${50 * share}%`;
      bar.style.left = term < 0 ? `${50 - 50 * share}%` : "50%";
      return make("div", { class: "fill" }, make("span", { class: "words" }, words), make("span", { class: "value" }, `${term > 0 ? "+" : ""}${number(term)}`), make("span", { class: "tube both", "aria-hidden": "true" }, bar));
    }));
    $("hand-commitment").value = of.commitment;
    $("hand-commitment").disabled = $("hand-member").disabled = month >= app.world.months;
    this.#value();
    $("hand-member").textContent = of.member ? "Let it leave" : "Let it join";
    $("hand-member").dataset.to = of.member ? "0" : "1";
    $("hand-undo").hidden = !app.hand;
  }
}
