// Bet first: a question, an answer of one's own, then the model's, on the same luck.

import { make } from "#dials";
import { bands, meanInterval } from "#numbers";
import { Paint } from "#paint";
import { plain, runSeed, settingsOf, turned } from "#state";
import { difference, duration, hundredths } from "#words";

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
    this.drawn = new Drawn(app);
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
    const asked = { ...plain(data, app.state.world), seed: app.state.seed };
    const changed = bet.path ? turned(asked, bet.path, bet.value) : asked;
    const seeds = Array.from({ length: COUNTIES }, (_, county) => runSeed(asked.seed, county)), length = app.world.months + 1;
    const month = Math.min(bet.month, app.world.months);
    const sides = await Promise.all([[asked, bet.path ? 1 : 0], [changed, 1]].map(([state, plan]) => pool.courses({
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

/** How far a drawn course is from another, place by place: {average, near, far}, near and far being places. */
export function missed(drawn, mean) {
  const off = drawn.map((value, place) => Math.abs(value - mean[place])), sum = off.reduce((total, each) => total + each, 0);
  return { average: sum / off.length, near: off.indexOf(Math.min(...off)), far: off.indexOf(Math.max(...off)) };
}

/** The course drawn before it plays: how much more the second plan closes than the first, year by year. */
class Drawn {
  constructor(app) {
    this.app = app;
    this.paint = new Paint($("bet-draw"), {
      names: [], axis: { low: -0.1, high: 0.2 }, step: 0.005, unit: "share of the gap", title: "points more than alone", line: true,
      words: (value) => difference(value, "share"), onChange: () => { $("bet-draw-run").disabled = !this.paint.whole; },
    });
    $("bet-draw-run").addEventListener("click", () => this.play());
    $("bet-draw-again").addEventListener("click", () => this.begin());
    $("bet-drawing").addEventListener("toggle", () => { if ($("bet-drawing").open && this.world !== app.state.world) this.begin(); });
  }

  /** Begin a new drawing for the county that is shown. */
  begin() {
    const { app, paint } = this;
    this.world = app.state.world;
    paint.names = Array.from({ length: Math.floor(app.world.months / 12) }, (_, year) => `Points more in year ${year + 1}`);
    paint.off = false;
    paint.set(paint.names.map(() => null));
    $("bet-draw-run").disabled = true;
    $("bet-draw-said").textContent = "";
  }

  /** Run the county alone and together, draw the model's course over the drawn one, and let the county above play. */
  async play() {
    const { app, paint } = this, { data, fields, pool } = app, both = { ...plain(data, this.world), seed: app.state.seed }, length = data.worlds[this.world].months + 1;
    paint.off = true;
    $("bet-draw-run").disabled = true;
    $("bet-draw-said").textContent = `Running ${COUNTIES} counties …`;
    const seeds = Array.from({ length: COUNTIES }, (_, county) => runSeed(both.seed, county));
    const [[alone], [together]] = await Promise.all([0, 1].map((plan) => pool.courses({ world: this.world, settings: settingsOf(data, fields, both, plan), seeds, measures: ["progress"], purpose: "drawn" })));
    const of = bands(together.map((value, at) => value - alone[at]), length), yearly = (course) => paint.names.map((_, year) => course[12 * (year + 1)]);
    const mean = yearly(of.mean), miss = missed(paint.values, mean);
    paint.draw({ plan: 1, mean, low: yearly(of.low), high: yearly(of.high) });
    $("bet-draw-said").textContent = `You were ${hundredths(miss.average)} points off in an average year: nearest in year ${miss.near + 1}, farthest in year ${miss.far + 1}, where you drew ${difference(paint.values[miss.far], "share")} and this model has ${difference(mean[miss.far], "share")}. Dashed: yours. Line: mean of ${COUNTIES} counties, on the same luck; band: nine in ten.`;
    app.stage.show(0);
    app.stage.begin();
  }
}
