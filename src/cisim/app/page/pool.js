// Runs in Workers. What comes out depends on what was asked for alone, never on how many Workers there are.

const BLOCK = 5;
const KEPT = 400;

export class Pool {
  /** `workers`: things with postMessage, onmessage. */
  constructor(workers, bytes, data) {
    this.waiting = [];
    this.asked = new Map();
    this.known = new Map();
    this.next = 0;
    this.workers = workers;
    this.idle = [...workers];
    for (const worker of workers) {
      worker.onmessage = ({ data: answer }) => this.#take(worker, answer);
      worker.onerror = (event) => { throw new Error(`A Worker failed: ${event.message}`); };
      worker.postMessage({ bytes, data });
    }
  }

  /** Courses of runs: for each measure a Float64Array, one run of `months + 1` values after the other.
   *
   * `purpose` names who asks: a new request of the same purpose drops what the old one still waits for, which
   * then gives null.
   */
  async courses({ world, settings, seeds, measures, purpose, order = 0 }) {
    const blocks = [];
    for (let first = 0; first < seeds.length; first += BLOCK) {
      blocks.push(this.#block({ world, settings, seeds: seeds.slice(first, first + BLOCK), measures }, purpose, order));
    }
    const answers = await Promise.all(blocks);
    if (answers.includes(null)) return null;
    return measures.map((_, place) => {
      const parts = answers.map((answer) => answer[place]);
      const whole = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
      let at = 0;
      for (const part of parts) { whole.set(part, at); at += part.length; }
      return whole;
    });
  }

  /** Make another world known to all Workers. */
  add(name, world) {
    for (const known of [...this.known.keys()]) if (JSON.parse(known)[0] === name) this.known.delete(known);
    for (const worker of this.workers) worker.postMessage({ name, added: world });
  }

  /** Forget what waits for a purpose. */
  drop(purpose) {
    for (const task of this.waiting.filter((each) => each.purpose === purpose)) {
      this.known.delete(task.name);
      task.resolve(null);
    }
    this.waiting = this.waiting.filter((task) => task.purpose !== purpose);
  }

  #block(request, purpose, order) {
    const name = JSON.stringify([request.world, request.settings, request.seeds.map(String), request.measures]);
    if (this.known.has(name)) {
      const kept = this.known.get(name);
      this.known.delete(name); // to the end: the last used are kept
      this.known.set(name, kept);
      return kept;
    }
    const promise = new Promise((resolve, reject) => {
      this.waiting.push({ name, purpose, order, request: { ...request, id: this.next++ }, resolve, reject });
    });
    this.known.set(name, promise);
    if (this.known.size > KEPT) this.known.delete(this.known.keys().next().value);
    this.waiting.sort((a, b) => a.order - b.order);
    this.#hand();
    return promise;
  }

  #hand() {
    while (this.idle.length && this.waiting.length) {
      const worker = this.idle.pop(), task = this.waiting.shift();
      this.asked.set(task.request.id, task);
      worker.postMessage(task.request);
    }
  }

  #take(worker, answer) {
    const task = this.asked.get(answer.id);
    this.asked.delete(answer.id);
    this.idle.push(worker);
    if (answer.error) { this.known.delete(task.name); task.reject(new Error(answer.error)); }
    else task.resolve(answer.values);
    this.#hand();
  }
}

/** Start Workers from the text of the model and of worker.js: no modules, which pages from disk may not start from a blob. */
export function startWorkers(count, source) {
  const address = URL.createObjectURL(new Blob([source.replace(/^export /gm, "")], { type: "text/javascript" }));
  return Array.from({ length: count }, () => new Worker(address));
}
