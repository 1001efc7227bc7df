// A Worker: opens the model once, then does blocks of runs; `Model` stands before this text.

let opened;

/** One course of each measure for each seed: for each measure a Float64Array, one run after the other. */
function courses(model, { world, settings, seeds, measures }) {
  const { months, measures: recorded } = model.data.worlds[world], length = months + 1;
  const columns = measures.map((measure) => recorded.findIndex(({ name }) => name === measure));
  const values = measures.map(() => new Float64Array(seeds.length * length));
  seeds.forEach((seed, run) => {
    const { records } = model.start(world, settings, seed).advance(months);
    columns.forEach((column, place) => {
      for (let month = 0; month < length; month++) values[place][run * length + month] = records[month * recorded.length + column];
    });
  });
  return values;
}

onmessage = async ({ data: request }) => {
  if (request.bytes) opened = Model.open(request.bytes, request.data);
  else {
    try {
      const values = courses(await opened, request);
      postMessage({ id: request.id, values });
    } catch (error) {
      postMessage({ id: request.id, error: String(error.message ?? error) });
    }
  }
};
