/** Log lines that strangers can cause. */
import assert from "node:assert/strict";
import type { Fields } from "../../../base/log/log.ts";
import { rarely } from "../../../base/log/rarely.ts";

Deno.test("rarely() writes 20 lines of each message a minute, and says later how many it left out", () => {
  let nowMs = 1_000_000;
  const written: [string, Fields | undefined][] = [];
  const log = rarely((_level, msg, fields) => written.push([msg, fields]), () => nowMs);
  for (let i = 0; i < 500; i++) log("info", "refused", { i });
  log("info", "other");
  assert.deepEqual(written.length, 21);
  assert.deepEqual(written.at(-1), ["other", undefined]);
  nowMs += 60_000;
  log("info", "refused", { i: 500 });
  log("info", "refused", { i: 501 });
  assert.deepEqual(written.slice(21), [
    ["refused", { i: 500, left_out: 480 }],
    ["refused", { i: 501 }],
  ]);
  // A clock that is set back does not silence the log.
  nowMs = 0;
  log("info", "refused", { i: 502 });
  assert.deepEqual(written.at(-1), ["refused", { i: 502 }]);
});
