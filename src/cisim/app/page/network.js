// One county drawn: organisations as dots, sized by staff, bright with commitment; ties thick with trust.

const SVG = "http://www.w3.org/2000/svg";
export const WIDTH = 420, HEIGHT = 300;

export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Places of organisations: sectors around a ring, pulled together by ties and pushed apart; the same for the same county. */
export function layout(organisations, ties, sectors) {
  const n = organisations.length, x = new Float64Array(n), y = new Float64Array(n);
  const counts = new Map();
  organisations.forEach((organisation, i) => {
    const sector = Math.max(0, sectors.indexOf(organisation.sector)), place = counts.get(sector) ?? 0;
    counts.set(sector, place + 1);
    const turn = 2 * Math.PI * (sector / Math.max(1, sectors.length)) + 0.9 * (place % 2 ? 1 : -1) * Math.ceil(place / 2) / 3;
    x[i] = Math.cos(turn) * (0.75 + 0.2 * ((place * 0.618) % 1));
    y[i] = Math.sin(turn) * (0.75 + 0.2 * ((place * 0.382) % 1));
  });
  const steps = n > 80 ? 60 : 200, ideal = 1.5 / Math.sqrt(n);
  for (let step = 0; step < steps; step++) {
    const heat = 0.08 * (1 - step / steps), dx = new Float64Array(n), dy = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) {
        const ox = x[i] - x[j], oy = y[i] - y[j], apart = Math.hypot(ox, oy) || 1e-3, push = (ideal * ideal) / apart;
        dx[i] += (ox / apart) * push; dy[i] += (oy / apart) * push;
        dx[j] -= (ox / apart) * push; dy[j] -= (oy / apart) * push;
      }
      dx[i] -= x[i] * 0.25; dy[i] -= y[i] * 0.25;
    }
    for (const tie of ties) {
      const ox = x[tie.first] - x[tie.second], oy = y[tie.first] - y[tie.second], apart = Math.hypot(ox, oy);
      const pull = (apart * apart / ideal) * 0.25 * tie.strength;
      const px = (ox / (apart || 1)) * pull, py = (oy / (apart || 1)) * pull;
      dx[tie.first] -= px; dy[tie.first] -= py; dx[tie.second] += px; dy[tie.second] += py;
    }
    for (let i = 0; i < n; i++) {
      const length = Math.hypot(dx[i], dy[i]) || 1, way = Math.min(length, heat);
      x[i] += (dx[i] / length) * way; y[i] += (dy[i] / length) * way;
    }
  }
  return spread(x, y);
}

function spread(x, y) {
  const fit = (values, length, margin) => {
    const low = Math.min(...values), high = Math.max(...values);
    return Array.from(values, (value) => margin + ((value - low) / (high - low || 1)) * (length - 2 * margin));
  };
  const across = fit(x, WIDTH, 46), down = fit(y, HEIGHT, 30);
  return across.map((value, i) => [value, down[i]]);
}

export class Network {
  /** `onPick` is called with the number of an organisation that is taken in hand. */
  constructor(element, onPick) {
    this.element = element;
    this.onPick = onPick;
  }

  build(organisations, ties, places) {
    this.places = places;
    const largest = Math.max(...organisations.map((each) => each.resources));
    this.radii = organisations.map((each) => 3.5 + 10 * Math.sqrt(each.resources / largest));
    this.lines = ties.map(() => svg("line", { class: "tie" }));
    this.dots = organisations.map((organisation, i) => {
      const dot = svg("g", { class: "organisation", tabindex: "-1", role: "button" });
      const label = svg("text", { y: String(this.radii[i] + 9), "text-anchor": "middle" });
      label.textContent = organisation.name;
      dot.append(svg("circle", { r: String(this.radii[i]) }), label);
      dot.addEventListener("click", () => this.onPick(i));
      dot.addEventListener("keydown", (event) => this.#key(event, i));
      return dot;
    });
    this.dots[0]?.setAttribute("tabindex", "0");
    this.element.replaceChildren(svg("g", {}, ...this.lines), svg("g", {}, ...this.dots));
    this.element.classList.toggle("crowded", organisations.length > 26);
  }

  /** Arrow keys go from dot to dot, Enter or Space takes one in hand. */
  #key(event, i) {
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    if (event.key === "Enter" || event.key === " ") this.onPick(i);
    else if (event.key in steps) {
      const next = (i + steps[event.key] + this.dots.length) % this.dots.length;
      this.dots[i].setAttribute("tabindex", "-1");
      this.dots[next].setAttribute("tabindex", "0");
      this.dots[next].focus();
    } else return;
    event.preventDefault();
  }

  /** Show one month: `frame` holds organisations and ties, `coalition` tells whether there is one. */
  show(frame, coalition, picked) {
    const at = this.places.map(([x, y], i) => {
      const gone = coalition && !frame.member[i];
      return gone ? [x + (x - WIDTH / 2) * 0.16, y + (y - HEIGHT / 2) * 0.16] : [x, y];
    });
    this.dots.forEach((dot, i) => {
      dot.style.transform = `translate(${at[i][0].toFixed(1)}px,${at[i][1].toFixed(1)}px)`;
      dot.classList.toggle("member", frame.member[i] === 1);
      dot.classList.toggle("gone", coalition && !frame.member[i]);
      dot.classList.toggle("picked", picked === i);
      dot.style.setProperty("--bright", frame.member[i] ? frame.commitment[i].toFixed(2) : "0");
      const told = frame.member[i] ? `commitment ${frame.commitment[i].toFixed(2)}` : coalition ? "no longer a member" : "on its own";
      dot.setAttribute("aria-label", `${dot.lastChild.textContent}: ${told}`);
    });
    this.lines.forEach((line, e) => {
      const [a, b] = [at[frame.first[e]], at[frame.second[e]]];
      line.setAttribute("x1", a[0].toFixed(1)); line.setAttribute("y1", a[1].toFixed(1));
      line.setAttribute("x2", b[0].toFixed(1)); line.setAttribute("y2", b[1].toFixed(1));
      const weight = frame.strength[e] * frame.trust[e];
      line.style.strokeWidth = frame.strength[e] < 0.2 ? "0" : (0.3 + 6 * weight).toFixed(2);
      line.style.opacity = (0.2 + 0.8 * frame.trust[e]).toFixed(2);
      line.classList.toggle("met", frame.met[e] === 1);
    });
  }
}

/** One month of a run as plain arrays, read straight from its memory: a page keeps hundreds of them. */
export function frameOf(run) {
  const organisations = reader(run, "organisations"), ties = reader(run, "ties"), groups = reader(run, "groups");
  const first = ties("first_trust"), second = ties("second_trust");
  return {
    member: organisations("member"), commitment: organisations("commitment"),
    first: ties("first"), second: ties("second"), strength: ties("strength"), met: ties("met"),
    trust: first.map((trust, tie) => (trust + second[tie]) / 2),
    level: groups("slow_level"),
  };
}

/** Read columns of a table of a run's state. */
function reader(run, name) {
  const { offset, bytes, size, fields } = run.memory.places.get(name);
  const view = new DataView(run.memory.image.buffer, offset, bytes);
  return (field) => {
    const [at, kind] = fields[field];
    return Float64Array.from({ length: bytes / size }, (_, row) => (
      kind === "f" ? view.getFloat64(row * size + at, true) : view.getInt32(row * size + at, true)));
  };
}
