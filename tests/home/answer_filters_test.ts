/** What a relay learns from the filters for answers. */
import assert from "node:assert/strict";
import { answerFilters } from "../../home/answer_filters.ts";
import { eventIdOf, job } from "../store/store_rows.ts";

const KEY = "d".repeat(64);

function asked(digits: string, kind: number, tags: readonly (readonly string[])[]) {
  const request = new TextEncoder().encode(JSON.stringify({ kind, tags, content: "" }));
  return job({ eventId: eventIdOf(digits), kind, request, createdAtMs: 1_000_000_000 });
}

const plain = asked("aaaaaaa", 5601, [["param", "answers", KEY]]);
const hidden = asked("bbbbbbb", 5777, [["answers", KEY]]);
const byId = { kinds: [6601, 7000], "#e": [plain.eventId], since: 999_700 };
const wraps = { kinds: [1059], "#p": [KEY], since: 999_700 - 172_800 };

Deno.test("answerFilters() names neither the id nor the kind of a private job", () => {
  assert.deepEqual(answerFilters([plain, hidden], KEY, true), [byId, wraps]);
  assert.deepEqual(answerFilters([hidden], KEY, true), [wraps]);
  assert.deepEqual(answerFilters([hidden], KEY, false), []);
});

Deno.test("answerFilters() asks for a plain job by its id, and for wraps only where one is private", () => {
  assert.deepEqual(answerFilters([plain], KEY, true), [byId]);
  assert.deepEqual(answerFilters([plain, hidden], KEY, false), [byId]);
});
