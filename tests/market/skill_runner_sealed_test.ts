import assert from "node:assert/strict";
import { parseJobResult } from "../../protocols/nostr/nip90.ts";
import { sha256 } from "@noble/hashes/sha2.js";
import { contentHash, quoteEvent } from "../../protocols/nostr/job_quote.ts";
import { openedEvent } from "../../protocols/nostr/sealed_result.ts";
import { largestBytes } from "../../market/job_request.ts";
import type { HostRequest, SkillHost } from "../../skills/host/host.ts";
import { NOW_S, PROVIDER, request, signed } from "./market.ts";
import { NO_LOGS } from "./logs/no_logs.ts";
import { asked, bytes, job, runner, signal } from "./skill_runs.ts";

Deno.test("createSkillRunner() has a wrap opened for a skill that decrypts, and wraps what it says for the author", async () => {
  const wrap = { ...request(5600, []), kind: 1059 };
  const message = { id: "m".repeat(64), pubkey: "a".repeat(64), content: "secret" };
  const wrapped: unknown[] = [];
  const signer = {
    encrypt: () => Promise.reject(new Error("not asked")),
    decrypt: () => Promise.reject(new Error("not asked")),
    signBuild: () => Promise.reject(new Error("not asked")),
    packetFulfilments: () => Promise.reject(new Error("not asked")),
    openWrap: () => Promise.resolve(message as never),
    wrap: (peer: string, answer: unknown) => {
      wrapped.push([peer, answer]);
      return Promise.resolve({ kind: 1059, id: "answer" } as never);
    },
  };
  const document = {
    bytes: new TextEncoder().encode(JSON.stringify(wrap)),
    encoding: "json" as const,
    known: {},
  };
  const { runner: made, calls } = runner(() => ({ content: "read" }), { signer });
  assert.deepEqual(await made.answer(document, signal), { kind: 1059, id: "answer" });
  assert.deepEqual([calls[0].message, calls[0].bytes], [message, document.bytes]);
  const tags = [["p", message.pubkey], ["e", message.id, "", "reply"]];
  assert.deepEqual(wrapped, [[
    message.pubkey,
    { kind: 14, created_at: NOW_S, tags, content: "read" },
  ]]);
  const silent = runner(() => ({ content: " \n" }), { signer }).runner;
  assert.equal(await silent.answer(document, signal), null);
  const closed = runner(() => ({ content: "read" })).runner;
  await assert.rejects(closed.answer(document, signal), { code: "undecryptable" });
});

Deno.test("createSkillRunner() publishes partial results up to half of what a job's payment leaves, and none of an encrypted one", async () => {
  const told: unknown[] = [];
  const part = { status: "partial", message: "part", content: "x".repeat(1_000) } as const;
  const host = {
    runKind(_request: HostRequest, { feedback }: { feedback: (progress: typeof part) => void }) {
      for (let n = 0; n < 16; n++) feedback(part);
      return Promise.resolve({ status: "success", content: "whole", durationMs: 1 });
    },
  } as unknown as SkillHost;
  const { runner: made } = runner(() => ({}), { host, writeUnitsPerByte: 10n });
  const document = { bytes, encoding: "json" as const, known: {} };
  const paid = { ...job, amountUnits: 100_000n };
  await made.run(paid, document, signal, (event) => void told.push(event));
  const size = told.reduce((sum: number, event) => sum + JSON.stringify(event).length, 0);
  assert.ok(told.length > 0 && size <= (10_000 - 700 - 2_048) / 2, `${told.length} ${size}`);
});

Deno.test("createSkillRunner() seals a result that is paid on delivery, and tells nothing of it before", async () => {
  const key = new Uint8Array(32).fill(5);
  const printed: unknown[] = [];
  const quote = quoteEvent({
    requestId: asked.id,
    buyer: asked.pubkey,
    provider: PROVIDER,
    content: contentHash(asked),
    priceUnits: 100_000n,
    depositUnits: 27_000n,
    asset: { code: "M2M", scale: 6 },
    chain: { chainId: 1, tokenNetworkAddress: "" },
    mode: "on-delivery",
    ilpAddress: "g.p",
    condition: sha256(key).toHex(),
    validUntilS: NOW_S + 9,
    deadlineS: NOW_S + 60,
  }, NOW_S);
  const { runner: made, calls } = runner(
    () => ({ content: "secret words", exitCode: 0, tags: [["exit_code", "0"]] }),
    {
      store: {
        ...NO_LOGS,
        sealedDebts: () => Promise.resolve({ waiting: 0, overdue: 0, paid: 0 }),
        freeJobId: () => Promise.resolve("job-1"),
        meterOf: () => Promise.resolve(null),
        quoteOf: () =>
          Promise.resolve({
            eventId: asked.id,
            quote: new TextEncoder().encode(JSON.stringify(signed(quote, PROVIDER))),
            condition: "",
            atMs: 1,
          }),
      },
      signer: { packetFulfilments: () => Promise.resolve([key.slice()]) } as never,
      writeUnitsPerByte: 10n,
    },
  );
  const tell = (event: unknown) => void printed.push(event);
  const answer = await made.run(job, { bytes, encoding: "json", known: {} }, signal, tell);
  const { result, sale } = answer;
  assert.deepEqual([answer.status, answer.exitCode, printed], ["success", 0, []]);
  assert.ok(!/secret|exit_code/.test(JSON.stringify(result)));
  assert.equal(parseJobResult(result!).amount?.value, 73_000n);
  assert.equal(largestBytes(result!) <= 10_000, true);
  assert.ok(calls[0].maxContentBytes < 10_000 * 3 / 4);
  const open = openedEvent(result as never, key);
  assert.equal(open.content, "secret words");
  assert.deepEqual([sale!.party, sale!.restUnits, sale!.condition, sale!.key, sale!.state], [
    asked.pubkey,
    73_000n,
    sha256(key).toHex(),
    null,
    "waiting",
  ]);
  assert.equal(sale!.dueAtMs, (NOW_S + 60 + 3_600) * 1_000);
});
