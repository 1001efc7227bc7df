// The county twice, month by month: two panels that play, pause and scrub.

import { make } from "#dials";
import { Network, frameOf, layout } from "#network";
import { hundredths, number } from "#words";

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export class Stage {
  /** `onMonth(month)` is called when another month is shown, `onPick(organisation)` when one is clicked. */
  constructor(onMonth, onPick) {
    this.onMonth = onMonth;
    this.panels = [...document.querySelectorAll(".panel")].map((element) => ({
      element,
      name: element.querySelector(".name"), swatch: element.querySelector(".swatch"),
      figure: element.querySelector(".figure b"), beside: element.querySelector(".figure span"),
      network: new Network(element.querySelector(".network"), onPick), fills: element.querySelector(".fills"),
    }));
    this.slider = document.getElementById("month");
    this.label = document.getElementById("month-label");
    this.button = document.getElementById("play");
    this.speed = document.getElementById("speed");
    this.month = 0;
    this.picked = null;
    this.slider.addEventListener("input", () => { this.pause(); this.show(Number(this.slider.value)); });
    this.button.addEventListener("click", () => (this.playing ? this.pause() : this.play()));
  }

  /** Show other runs: `runs` are two of {plan, name, coalition, hand, key, start}; `world` describes the county. */
  load(world, runs) {
    const played = runs.map((each) => this.#play(world, each));
    const { organisations, ties } = played[0];
    const same = this.organisations && organisations.length === this.organisations.length && ties.length === this.ties
      && organisations.every((each, i) => each.name === this.organisations[i].name && each.resources === this.organisations[i].resources);
    this.organisations = organisations;
    this.world = world;
    this.months = world.months;
    this.slider.max = world.months;
    const places = same ? this.places : layout(organisations, ties, [...new Set(organisations.map((each) => each.sector))].sort());
    this.places = places;
    this.ties = ties.length;
    this.runs = runs.map((each, i) => {
      const panel = this.panels[i];
      panel.name.textContent = each.name;
      for (const element of [panel.element, panel.swatch]) {
        element.classList.remove("plan-0", "plan-1", "plan-2", "plan-3");
        element.classList.add(`plan-${each.plan}`);
      }
      if (!same) panel.network.build(organisations, ties, places);
      this.#fills(panel);
      return { ...each, ...played[i], played: played[i], columns: world.measures.length };
    });
    this.show(Math.min(this.month, world.months));
  }

  /** Run a plan through all months, unless it is the one that is shown already. */
  #play(world, { key, start, hand }) {
    const known = this.runs?.find((each) => each.key === key);
    if (known) return known.played;
    const run = start(), frames = [], organisations = run.organisations(), ties = run.ties();
    for (let month = 0; month <= world.months; month++) {
      run.advance(month);
      frames.push(frameOf(run));
      if (hand?.month === month) run.change(hand.organisation, hand.values);
    }
    return { frames, records: run.records, organisations, ties };
  }

  #fills(panel) {
    const rows = [
      ...this.world.outcomes.map((outcome) => ({ name: outcome.name, outcome })),
      ...this.world.groups.map((group, i) => ({ name: `residents ${group.name}`, group: i })),
    ];
    panel.rows = rows.map((row) => {
      const value = make("span", { class: "value" }), words = make("span", { class: "words" });
      words.textContent = row.name;
      if (row.outcome) words.title = row.outcome.unit;
      const level = make("i"), start = make("u");
      const element = make("div", { class: "fill" }, words, value, make("span", { class: "tube", "aria-hidden": "true" }, level, start));
      return { ...row, element, value, level, start };
    });
    panel.fills.replaceChildren(...panel.rows.map((row) => row.element));
  }

  value(i, measure, month = this.month) {
    const column = this.world.measures.findIndex((each) => each.name === measure);
    return this.runs[i].records[month * this.runs[i].columns + column];
  }

  show(month) {
    this.month = month;
    this.slider.value = month;
    const years = Math.floor(month / 12), words = month === 0 ? "The founding" : month % 12 ? `Year ${years + 1}, month ${month % 12}` : `Year ${years}`;
    this.label.textContent = words;
    this.slider.setAttribute("aria-valuetext", words);
    this.panels.forEach((panel, i) => {
      const { frames, coalition } = this.runs[i], frame = frames[month];
      const progress = this.value(i, "progress");
      panel.figure.textContent = `${hundredths(progress)} %`;
      panel.beside.textContent = "of the gap closed";
      panel.network.show(frame, coalition && month > 0, this.picked);
      for (const row of panel.rows) this.#fill(i, row, frame);
    });
    this.onMonth(month);
  }

  #fill(i, row, frame) {
    let now, start;
    if (row.outcome) {
      const { name, zero, one, unit } = row.outcome, sign = unit.startsWith("%") ? " %" : ` ${unit}`;
      now = this.value(i, `indicator.${name}`);
      start = this.value(i, `indicator.${name}`, 0);
      row.value.textContent = `${number(zero + (one - zero) * now)}${sign.length < 14 ? sign : ""}`;
    } else {
      now = frame.level[row.group];
      start = this.runs[i].frames[0].level[row.group];
      row.value.textContent = `${hundredths(now, 0)} of 100`;
    }
    row.level.style.width = `${(100 * now).toFixed(1)}%`;
    row.start.style.left = `${(100 * start).toFixed(1)}%`;
  }

  play() {
    if (this.month >= this.months) this.show(0);
    this.playing = true;
    this.button.textContent = "Pause";
    let last = performance.now(), owed = 0;
    const step = (now) => {
      if (!this.playing) return;
      owed += Math.min(100, now - last) / 1000 * Number(this.speed.value);
      last = now;
      if (owed >= 1) {
        const whole = Math.floor(owed);
        owed -= whole;
        this.show(Math.min(this.months, this.month + whole));
      }
      if (this.month >= this.months) this.pause();
      else requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  pause() {
    this.playing = false;
    this.button.textContent = this.month >= this.months ? "Play again" : "Play";
  }

  /** Move before anybody reads; those who asked for calm see the end instead. */
  begin() {
    if (calm()) { this.show(this.months); this.pause(); } else this.play();
  }
}
