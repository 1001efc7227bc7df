// Up to four plans for the same county: which is turned, which two are shown, and what all come to.

import { make } from "#dials";
import { table } from "#chart";
import { meanInterval } from "#numbers";
import { MOST_PLANS, runSeed, settingsOf } from "#state";
import { difference, duration, hundredths, percent } from "#words";

const COUNTIES = 50;
const LONGEST = 60;
const $ = (id) => document.getElementById(id);

/** A name that no other plan has. */
export function freeName(plans) {
  for (let number = plans.length + 1; ; number++) if (!plans.some((plan) => plan.name === `plan ${number}`)) return `plan ${number}`;
}

export class Plans {
  constructor(app) {
    this.app = app;
    const change = (values) => app.change({ ...app.state, ...values });
    const show = (place, plan) => {
      const shown = [...app.state.shown], other = shown[1 - place];
      shown[place] = plan;
      if (other === plan) shown[1 - place] = app.state.shown[place];
      return shown;
    };
    $("plan-turned").addEventListener("change", () => this.turn(Number($("plan-turned").value)));
    [0, 1].forEach((place) => $(`plan-${place}`).addEventListener("change", () => {
      const shown = show(place, Number($(`plan-${place}`).value));
      change({ shown, turned: shown.includes(app.state.turned) ? app.state.turned : shown[1] });
    }));
    $("plan-add").addEventListener("click", () => {
      const { plans, turned, shown } = app.state, name = freeName(plans);
      change({ plans: [...plans, { name, settings: { ...plans[turned].settings } }], turned: plans.length, shown: [shown[0], plans.length] });
      $("plan-name").focus();
      $("plan-name").select();
    });
    $("plan-remove").addEventListener("click", () => {
      const { plans, turned } = app.state;
      change({ plans: plans.filter((_, plan) => plan !== turned), shown: [0, 1], turned: 1 });
    });
    $("plan-name").addEventListener("change", () => this.rename($("plan-name").value.trim().slice(0, LONGEST)));
  }

  turn(turned) {
    const { shown } = this.app.state;
    this.app.change({ ...this.app.state, turned, shown: shown.includes(turned) ? shown : [shown[0], turned] });
  }

  rename(name) {
    const { plans, turned } = this.app.state;
    if (!name || plans.some((plan, place) => plan.name === name && place !== turned)) { this.show(); return; }
    this.app.change({ ...this.app.state, plans: plans.map((plan, place) => (place === turned ? { ...plan, name } : plan)) });
  }

  show() {
    const { state } = this.app;
    const fill = (element, chosen) => {
      element.replaceChildren(...state.plans.map((plan, place) => make("option", { value: place }, plan.name)));
      element.value = chosen;
    };
    fill($("plan-turned"), state.turned);
    [0, 1].forEach((place) => fill($(`plan-${place}`), state.shown[place]));
    $("plan-name").value = state.plans[state.turned].name;
    $("plan-add").disabled = state.plans.length >= MOST_PLANS;
    $("plan-remove").disabled = state.plans.length <= 2;
    this.compare();
  }

  /** Show what all plans come to, where there are more than the two above. */
  async compare() {
    const { state, data, fields, pool, world } = this.app, turn = (this.turned = (this.turned ?? 0) + 1);
    $("all-plans").hidden = state.plans.length < 3;
    pool.drop("plans");
    if (state.plans.length < 3) return;
    const seeds = Array.from({ length: COUNTIES }, (_, county) => runSeed(state.seed, county)), length = world.months + 1;
    const courses = await Promise.all(state.plans.map((_, plan) => pool.courses({ world: state.world, settings: settingsOf(data, fields, state, plan), seeds, measures: ["progress"], purpose: "plans", order: 1 })));
    if (turn !== this.turned || courses.includes(null)) return;
    const ends = courses.map(([values]) => seeds.map((_, run) => values[(run + 1) * length - 1]));
    const rows = state.plans.map((plan, place) => {
      const of = meanInterval(ends[place]), apart = meanInterval(ends[place].map((end, run) => end - ends[0][run]));
      return [plan.name, percent(of.mean), place ? `${difference(apart.mean, "share")} (${hundredths(apart.low)} to ${hundredths(apart.high)})` : "–", place ? `${ends[place].filter((end, run) => end > ends[0][run]).length} of ${COUNTIES}` : "–"];
    });
    table($("plans-table"), `All plans after ${duration(world.months)}, on the same luck, ${COUNTIES} counties each; interval of 95 %`, ["plan", "gap closed", `more than ${state.plans[0].name}`, "ahead in"], rows);
  }
}
