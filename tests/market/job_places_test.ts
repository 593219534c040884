import assert from "node:assert/strict";
import { jobPlaces } from "../../market/job_places.ts";

Deno.test("jobPlaces() reserves a quarter of the places for other buyers", async () => {
  let waiting = 0;
  const places = jobPlaces({
    store: {
      placesTaken: (_ids, _limit, buyer) =>
        Promise.resolve({
          paused: false,
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

Deno.test("jobPlaces() gives no place while selling is paused, but knows the jobs that are there", async () => {
  const places = jobPlaces({
    store: {
      placesTaken: () => Promise.resolve({ paused: true, runnable: 0, known: ["old"], ofBuyer: 0 }),
    },
    capacity: 8,
    clock: () => 0,
  });
  assert.equal(await places.take("new", "one"), "paused");
  assert.equal(await places.take("old", "one"), "known");
});

Deno.test("jobPlaces() counts once for the requests that wait together, and gives no place twice", async () => {
  let counts = 0;
  const places = jobPlaces({
    store: {
      placesTaken: (ids) => {
        counts += 1;
        return Promise.resolve({
          paused: false,
          runnable: 0,
          known: ids.includes("old") ? ["old"] : [],
          ofBuyer: 0,
        });
      },
    },
    capacity: 4,
    clock: () => 0,
  });
  const first = places.take("a", "one");
  const rest = ["b", "b", "old", "c", "d", "e"].map((id) =>
    places.take(id, id === "e" ? "two" : "one")
  );
  assert.equal(await first, "taken");
  assert.deepEqual(await Promise.all(rest), ["taken", "taken", "known", "taken", "share", "taken"]);
  assert.equal(counts, 3);
  assert.equal(await places.take("f", "two"), "full");
  places.release("b");
  assert.equal(await places.take("f", "two"), "full");
  places.release("b");
  assert.equal(await places.take("f", "two"), "taken");
});

Deno.test("jobPlaces() rejects the requests of a count that failed, and counts again for the next", async () => {
  let broken = true;
  const places = jobPlaces({
    store: {
      placesTaken: () =>
        broken
          ? Promise.reject(new Error("gone"))
          : Promise.resolve({ paused: false, runnable: 0, known: [], ofBuyer: 0 }),
    },
    capacity: 4,
    clock: () => 0,
  });
  const asked = await Promise.allSettled([places.take("a", "one"), places.take("b", "one")]);
  assert.deepEqual(asked.map(({ status }) => status), ["rejected", "rejected"]);
  broken = false;
  assert.equal(await places.take("a", "one"), "taken");
});
