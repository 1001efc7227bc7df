// What nobody knows turned along its plausible range crosses the headline out, where it does.

import { Dial } from "#dials";
import { originalOf, valueOf } from "#state";
import { duration, hundredths } from "#words";

const $ = (id) => document.getElementById(id);

export class Doubt {
  constructor(app) {
    this.app = app;
    this.dials = app.data.doubts.map((path) => new Dial(app.fields.get(path), (...turn) => app.turn(...turn)));
    this.dials.forEach((dial) => {
      const id = `doubt-${dial.range.id}`;
      dial.element.querySelector("label").htmlFor = id;
      dial.output.htmlFor = id;
      dial.range.id = id;
      const about = dial.element.querySelector(".about");
      about.id = `${id}-about`;
      dial.range.setAttribute("aria-describedby", about.id);
    });
    $("doubt-dials").append(...this.dials.map((dial) => dial.element));
    $("checked").replaceChildren(...app.data.checked.map((words) => { const item = document.createElement("li"); item.textContent = words; return item; }));
  }

  show() {
    const { data, fields, state } = this.app;
    for (const dial of this.dials) {
      const path = dial.field.path;
      dial.show(valueOf(data, fields, state, state.turned, path), originalOf(data, fields, state.world, path), this.app.deadBy(dial.field));
    }
  }

  /** Say the headline of the first years, in which costs weigh most, and cross it out where these runs do not bear it out. */
  say(result, months) {
    const { state } = this.app, [first, second] = state.shown.map((plan) => state.plans[plan].name);
    const claim = document.createElement(result.low > 0 ? "span" : "s");
    claim.textContent = `After ${duration(months)}, ${second} does more than ${first}.`;
    const rest = result.low > 0 ? ` So it is here, by ${hundredths(result.mean)} points. Turn a guess within its plausible range: is it still?`
      : result.high < 0 ? ` Not here: ${second} does less, by ${hundredths(-result.mean)} points.` : ` Here, ${result.n} counties do not tell.`;
    $("headline").replaceChildren(claim, rest);
  }
}
