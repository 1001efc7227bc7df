// A Worker: opens the model once, then does blocks of runs; `Model` stands before this text.

let opened;

onmessage = async ({ data: request }) => {
  if (request.bytes) {
    opened = Model.open(request.bytes, request.data);
    return;
  }
  if (request.added) {
    (await opened).data.worlds[request.name] = request.added;
    return;
  }
  const { id, world, settings, seeds, measures } = request;
  try {
    const values = (await opened).runs(world, settings, seeds, measures);
    postMessage({ id, values }, values.map((course) => course.buffer));
  } catch (error) {
    postMessage({ id, error: String(error.message ?? error) });
  }
};
