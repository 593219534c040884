import assert from "node:assert/strict";
import { makeNetworkWorker, NETWORK_SERVICES } from "../../../network/workers/groups.ts";
import { keepHelpers, maxHelpers } from "../../../network/relay/verifier_helpers.ts";
import { createSupervisor } from "../../../home/workers/supervisor.ts";
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import { publicKeyOf, signEvent } from "../../../protocols/nostr/sign.ts";
import type { Verdict } from "../../../protocols/nostr/verifier.ts";
import type { VerifierQueueOptions } from "../../../verifier/verifier_queue.ts";

const key = new Uint8Array(32).fill(7);
const pubkey = publicKeyOf(key);

/** New events; every seventh has a wrong signature. */
function signed(count: number, salt: number): NostrEvent[] {
  return Array.from({ length: count }, (_, at) => {
    const unsigned = { kind: 1, created_at: at, tags: [], content: `${salt} ${at}`, pubkey };
    const event = signEvent(unsigned, key, new Uint8Array(32));
    return at % 7 === 3 ? { ...event, sig: "1".repeat(128) } : event;
  });
}

Deno.test("keepHelpers() starts workers while signatures wait, which take their share, and ends them after it", async () => {
  const spawned: string[] = [];
  const changes: string[] = [];
  let over = false;
  const lookAt = () => {
    if (over && changes.at(-1) === "less 0") least.resolve();
  };
  const least = Promise.withResolvers<void>();
  const supervisor = createSupervisor({
    deadMs: 120_000,
    log: () => {},
    onFatal: ({ message }) => least.reject(new Error(message)),
    tables: { stages: {}, services: NETWORK_SERVICES },
    spawn: (name, permissions, units) => {
      assert.deepEqual(Object.values(permissions).filter((grant) => grant !== false), []);
      spawned.push(name);
      return makeNetworkWorker(units, { type: "module", name, deno: { permissions } });
    },
  });
  const options = { maxHelpers: 2, idleMs: 20, remember: 0 } satisfies VerifierQueueOptions;
  const verifier = await supervisor.service("verifier", options);
  const kept = keepHelpers(supervisor, verifier, (_level, _words, fields = {}) => {
    changes.push(`${fields.change} ${fields.helpers}`);
    lookAt();
  });
  const queue = verifier.client();
  const events = signed(256, 0);
  const expected = events.map((_, at): Verdict => at % 7 === 3 ? "bad_signature" : "ok");
  const batches = Array.from({ length: 4 }, (_, at) => events.slice(at * 64, at * 64 + 64));
  let asked = 0;
  while ((await queue.status()).checkedByHelpers === 0) {
    const verdicts = await Promise.all(batches.map((batch) => queue.verify(batch)));
    assert.deepEqual(verdicts.flat(), expected);
    asked += events.length;
  }
  over = true;
  lookAt();
  await least.promise;
  const { helpers, waiting, checkedHere, checkedByHelpers } = await queue.status();
  assert.deepEqual([helpers, waiting, checkedHere + checkedByHelpers], [0, 0, asked]);
  assert.ok(spawned.length >= 2 && spawned.slice(1).every((name) => name === "verifier-helper"));
  assert.ok(Math.max(...changes.map((each) => Number(each.split(" ")[1]))) <= 2, `${changes}`);
  assert.deepEqual(await queue.verify(events.slice(0, 7)), expected.slice(0, 7));
  await supervisor.stop();
  await kept;
});

Deno.test("maxHelpers() leaves a core for the verifier, and is at least 1", () => {
  assert.equal(maxHelpers(), Math.max(1, navigator.hardwareConcurrency - 1));
});
