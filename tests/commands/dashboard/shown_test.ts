/** How much a screen shows, which is how much a look reads. */
import assert from "node:assert/strict";
import { mostJobs, shownOf } from "../../../commands/dashboard/shown.ts";
import { lineOf } from "../../../commands/dashboard/read_home.ts";
import { update } from "../../../commands/dashboard/update.ts";
import { view } from "../../../commands/dashboard/view.ts";
import { eventIdOf, job } from "../../store/store_rows.ts";
import { model as dashboardModel } from "./dashboard_model.ts";

const PLAIN = { colour: false, unicode: true };
const idOf = (i: number) => `job-${(i + 0x100_0000).toString(16)}`;
/** Job number `newest` and the 199 before it. */
const jobs = (newest: number) =>
  Array.from({ length: 200 }, (_, i) => {
    const eventId = eventIdOf((newest - i + 0x100_0000).toString(16));
    return lineOf(job({ jobId: idOf(newest - i), eventId }));
  });
const shows = (model: ReturnType<typeof dashboardModel>, newest: number) =>
  update(model, {
    is: "look",
    look: { ...model.look, channels: [], jobs: jobs(newest) },
    events: [],
  })
    .model;

Deno.test("mostJobs() is at least what a screen of that height lists", () => {
  for (let rows = 10; rows < 90; rows++) {
    const screen = view({ ...shows(dashboardModel(), 1_000), rows, help: false }, PLAIN);
    const listed = screen.filter((line) => /^ . job-/.test(line)).length;
    assert.ok(listed > 0 && listed <= mostJobs(rows), `${rows} rows list ${listed}`);
  }
});

Deno.test("until the first key, and again after Home, the list stays at the newest jobs, and a look reads no more of them", () => {
  let model = shows({ ...dashboardModel(), rows: 24 }, 1_000);
  assert.equal(model.chosen, idOf(1_000));
  model = shows(model, 1_003);
  assert.equal(model.chosen, idOf(1_000), "while it is in view");
  model = shows(model, 1_030);
  assert.equal(model.chosen, idOf(1_030));
  assert.ok(view(model, PLAIN).some((line) => line.includes(`> ${idOf(1_030)}`)));
  assert.deepEqual(shownOf(model), { newest: 10, older: false });

  model = update(model, { is: "key", key: "down" }).model;
  model = shows(model, 1_060);
  assert.equal(model.chosen, idOf(1_029), "a selected job is kept");
  assert.equal(shownOf(model).older, true);
  model = update(model, { is: "key", key: "home" }).model;
  model = shows(model, 1_090);
  assert.equal(model.chosen, idOf(1_090));
  assert.equal(shownOf(model).older, false);
  assert.equal(shownOf({ ...model, choice: "failed" }).older, true);
  assert.equal(
    shownOf({ ...model, rows: 60 }).older,
    true,
    "a high screen lists more than is read",
  );
});

Deno.test("Home in an open job moves only its log: the job stays selected while new ones come", () => {
  let model = shows({ ...dashboardModel(), rows: 24 }, 1_000);
  for (const key of ["down", "down", "return", "home"]) {
    model = update(model, { is: "key", key }).model;
  }
  model = shows(model, 1_100);
  model = update(model, { is: "key", key: "escape" }).model;
  assert.equal(model.chosen, idOf(998));
});

Deno.test("channels that the screen does not list push no job off it", () => {
  const [channel] = dashboardModel().look.channels;
  let model = shows({ ...dashboardModel(), rows: 24 }, 1_000);
  const channels = Array.from({ length: 12 }, () => channel);
  const look = { ...model.look, channels, jobs: jobs(1_001) };
  model = update(model, { is: "look", look, events: [] }).model;
  assert.equal(model.chosen, idOf(1_000));
  assert.ok(view(model, PLAIN).some((line) => line.includes(`> ${idOf(1_000)}`)));
});
