import assert from "node:assert/strict";
import { inFreeSecond, SameSecond } from "../../../commands/job/same_second.ts";

/** A clock that is just before its next second, so that nothing waits long. */
const clock = () => 999;
const never = new AbortController().signal;

Deno.test("inFreeSecond() makes a job again while its second is taken, and then says so", async () => {
  let tries = 0;
  const third = () => ++tries < 3 ? Promise.reject(new SameSecond()) : Promise.resolve("made");
  assert.equal(await inFreeSecond(clock, never, third), "made");
  assert.equal(tries, 3);
  tries = 0;
  const taken = () => (tries++, Promise.reject(new SameSecond()));
  await assert.rejects(inFreeSecond(clock, never, taken), { code: "busy" });
  assert.equal(tries, 5);
});

Deno.test("inFreeSecond() tries nothing again after another error, and ends with its signal", async () => {
  let tries = 0;
  const refused = () => (tries++, Promise.reject(new RangeError("no")));
  await assert.rejects(inFreeSecond(clock, never, refused), RangeError);
  assert.equal(tries, 1);
  const stop = new AbortController();
  const taken = () => {
    tries++;
    stop.abort(new Error("stopped"));
    return Promise.reject(new SameSecond());
  };
  await assert.rejects(inFreeSecond(() => 0, stop.signal, taken), { message: "stopped" });
  assert.equal(tries, 2);
});
