import assert from "node:assert/strict";
import { jobPlaces } from "../../market/job_places.ts";

Deno.test("jobPlaces() reserves a quarter of the places for other buyers", async () => {
  let waiting = 0;
  const places = jobPlaces({
    store: {
      placesTaken: (_ids, _limit, buyer) =>
        Promise.resolve({
          runnable: waiting,
          known: [],
          ofBuyer: buyer === "greedy" ? waiting : 0,
        }),
    },
    capacity: 8,
    clock: () => 0,
  });
  waiting = 4;
  assert.equal(await places.take("a", "greedy"), "taken");
  assert.equal(await places.take("b", "greedy"), "taken");
  assert.equal(await places.take("c", "greedy"), "share");
  assert.equal(await places.take("d", "other"), "taken");
  assert.equal(await places.take("e", "other"), "taken");
  assert.equal(await places.take("f", "other"), "full");
});
