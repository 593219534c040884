/** `crosstown job callback` of jobs whose skill cannot be called. */
import assert from "node:assert/strict";
import { eventIdOf, job } from "../../store/store_rows.ts";
import { marketHome } from "../market_home.ts";
import { run } from "../memory_io.ts";

Deno.test("job callback refuses a job that is not there, one without a callback skill, and one without an answer", async () => {
  const atMs = Date.now() - 9_000;
  const over = { createdAtMs: atMs, updatedAtMs: atMs, status: "success" } as const;
  await using home = await marketHome([], [
    job({ ...over, eventId: eventIdOf("0abc123"), callbackSkill: null }),
    job({ ...over, eventId: eventIdOf("1abc123"), callbackSkill: "teller" }),
  ]);
  for (
    const [id, code, suggestion] of [
      ["job-2abc123", "not_found", /job list/],
      ["job-0abc123", "no_callback", /--callback SKILL/],
      ["job-1abc123", "no_result", /job wait/],
    ] as const
  ) {
    const args = ["job", "callback", id, "--network", "local", "--output", "json"];
    const { code: exited, out } = await run(args, { io: home.io() });
    const { error } = JSON.parse(out);
    assert.deepEqual([error.code, exited], [code, 1], out);
    assert.match(error.suggestion, suggestion);
  }
});
