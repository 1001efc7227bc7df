// Bet first: a question, an answer of one's own, then the model's, on the same luck.

import { make } from "#dials";
import { meanInterval } from "#numbers";
import { initial, runSeed, settingsOf, turned } from "#state";
import { duration, hundredths } from "#words";

const COUNTIES = 50;
/** Differences of less than a point count as none. */
const POINT = 0.01;
const ANSWERS = { more: "More", same: "As much, within a point", less: "Less" };
const $ = (id) => document.getElementById(id);

export const verdict = (mean) => (mean > POINT ? "more" : mean < -POINT ? "less" : "same");

export class Bets {
  constructor(app) {
    this.app = app;
    this.at = 0;
    this.right = 0;
    $("bet-next").addEventListener("click", () => { this.at = (this.at + 1) % this.bets.length; if (this.at === 0) this.right = 0; this.ask(); });
    $("bet-answers").append(...Object.entries(ANSWERS).map(([answer, words]) => {
      const button = make("button", { type: "button" }, words);
      button.dataset.answer = answer;
      button.addEventListener("click", () => this.take(answer));
      return button;
    }));
    this.ask();
  }

  get bets() { return this.app.data.bets; }

  ask() {
    const bet = this.bets[this.at];
    $("bet-question").textContent = `${this.at + 1} of ${this.bets.length}. ${bet.question}`;
    $("bet-said").textContent = "";
    $("bet-next").hidden = true;
    for (const button of $("bet-answers").children) { button.disabled = false; button.setAttribute("aria-pressed", "false"); }
  }

  /** Take a bet, run both sides on the same luck, and show the change in the county above. */
  async take(answer) {
    const bet = this.bets[this.at], { app } = this, { data, fields, pool } = app;
    for (const button of $("bet-answers").children) { button.disabled = true; button.setAttribute("aria-pressed", String(button.dataset.answer === answer)); }
    $("bet-said").textContent = "Running 50 counties …";
    const plain = { ...initial(data, app.state.world), seed: app.state.seed };
    const changed = bet.path ? turned(plain, bet.path, bet.value) : plain;
    const seeds = Array.from({ length: COUNTIES }, (_, county) => runSeed(plain.seed, county)), length = app.world.months + 1;
    const month = Math.min(bet.month, app.world.months);
    const sides = await Promise.all([[plain, bet.path ? 1 : 0], [changed, 1]].map(([state, plan]) => pool.courses({
      world: state.world, settings: settingsOf(data, fields, state, plan), seeds, measures: ["progress"], purpose: "bet",
    })));
    const differences = seeds.map((_, run) => sides[1][0][run * length + month] - sides[0][0][run * length + month]);
    const of = meanInterval(differences), right = verdict(of.mean) === answer;
    this.right += right ? 1 : 0;
    const by = `${of.mean > 0 ? "+" : ""}${hundredths(of.mean)} points after ${duration(month)} (95 % interval ${hundredths(of.low)} to ${hundredths(of.high)}, ${of.n} counties)`;
    $("bet-said").textContent = `${right ? "As you said" : `You said: ${ANSWERS[answer].toLowerCase()}`}. This model says: ${ANSWERS[verdict(of.mean)].toLowerCase()}, ${by}. ${bet.why} Right so far: ${this.right} of ${this.at + 1}.`;
    $("bet-next").hidden = false;
    $("bet-next").textContent = this.at + 1 < this.bets.length ? "Next bet" : "Once more from the first";
    if (bet.path) app.change(changed, null, { path: bet.path });
  }
}
