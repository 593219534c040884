/** Requests that were encrypted to a provider by NIP-44, from the packet to the result that only its buyer reads. */
import assert from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import { decrypt, encrypt, getConversationKey } from "nostr-tools/nip44";
import { privateTags } from "../../protocols/nostr/nip90.ts";
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import { acceptJob } from "../../market/accept_job.ts";
import { admit } from "../../market/admission.ts";
import { contentBytes } from "../../skills/skill.ts";
import { isPrivate } from "../../protocols/nostr/private_event.ts";
import { maxPlaintextBytes, openRequest } from "../../market/private_request.ts";
import { createSkillRunner } from "../../market/skill_runner.ts";
import { verifyResult } from "../../market/verify_result.ts";
import { createConversations } from "../../money/signer/conversations.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";
import type { HostRequest, SkillHost } from "../../skills/host/host.ts";
import { BUYER, buyerRow, NOW_S, PROVIDER, request, RULES, signed } from "./market.ts";
import { askedTogether } from "../store/asked_together.ts";
import { NO_LOGS } from "./logs/no_logs.ts";

const BUYER_KEY = new Uint8Array(32).fill(1);
const PROVIDER_KEY = new Uint8Array(32).fill(2);
const random = (size: number) => crypto.getRandomValues(new Uint8Array(size));
const conversations = createConversations(PROVIDER_KEY, random);
const signer = {
  encrypt: (peer: string, text: string) => Promise.resolve(conversations.encrypt(peer, text)),
  decrypt: (peer: string, text: string) =>
    Promise.resolve().then(() => conversations.decrypt(peer, text)),
};
const key = getConversationKey(BUYER_KEY, PROVIDER);
const SECRET = privateTags({
  inputs: [{ type: "text", value: "the secret" }],
  params: [{ name: "language", values: ["en"] }],
});

function encrypted(plaintext: string, kind = 5600) {
  const tags = [["p", PROVIDER], ["encrypted"], ["t", "open"]];
  return request(kind, tags, { content: encrypt(plaintext, key) });
}

Deno.test("openRequest() gives inputs and parameters as tags, and an open request as it is", async () => {
  const open = await openRequest(encrypted(SECRET), signer);
  assert.deepEqual(open.tags, [
    ["i", "the secret", "text"],
    ["param", "language", "en"],
    ["p", PROVIDER],
    ["t", "open"],
  ]);
  assert.equal(open.content, "");
  const plain = request();
  assert.equal(await openRequest(plain, null), plain);
});

for (
  const { name, event, code } of [
    { name: "without a key", event: encrypted(SECRET), code: "undecryptable", opener: null },
    {
      name: "to somebody else",
      event: request(5600, [["p", PROVIDER], ["encrypted"]], {
        content: encrypt(SECRET, getConversationKey(BUYER_KEY, BUYER)),
      }),
      code: "undecryptable",
    },
    { name: "of no list", event: encrypted("{}"), code: "malformed" },
    { name: "of another tag", event: encrypted('[["t","1"]]'), code: "malformed" },
    { name: "of an unknown type", event: encrypted('[["i","x","blob"]]'), code: "malformed" },
  ]
) {
  Deno.test(`openRequest() of a request ${name} is ${code}`, async () => {
    const opener = name === "without a key" ? null : signer;
    await assert.rejects(openRequest(event, opener), { name: "InputError", code });
  });
}

Deno.test("openRequest() takes what NDK encrypts beside inputs and parameters", async () => {
  const tags = '[["i","x"],["output","text/plain"],["bid","1000"],["relays","wss://r.example"]]';
  const { tags: open } = await openRequest(encrypted(tags), signer);
  assert.deepEqual(open.slice(0, 2), [["i", "x", "text"], ["output", "text/plain"]]);
});

Deno.test("admit() refuses NIP-04 by its name, and a platform that was encrypted once it is open", async () => {
  const old = request(5600, [["p", PROVIDER], ["encrypted"]], { content: "q83v?iv=AAAA" });
  const refused = admit(old, 500, RULES, NOW_S * 1000);
  assert.ok("fault" in refused && refused.fault === "encrypted_nip04");
  assert.match(refused.message, /NIP-04.*NIP-44/);
  const elsewhere = encrypted('[["param","platform","linux/arm64"]]');
  assert.ok("request" in admit(elsewhere, 500, RULES, NOW_S * 1000));
  const open = await openRequest(elsewhere, signer);
  const judged = admit(elsewhere, 500, RULES, NOW_S * 1000, open);
  assert.ok("fault" in judged && judged.fault === "wrong_platform");
});

Deno.test("acceptJob() refuses an encrypted request that it cannot read before it is paid", async () => {
  const terminal = acceptJob({
    rules: () => RULES,
    store: askedTogether({
      getJobByEvent: () => Promise.resolve(null),
      freeJobId: () => Promise.resolve("job-1"),
      sealedDebts: () => Promise.reject(new Error("not asked")),
      placesTaken: () => Promise.resolve({ paused: false, runnable: 0, known: [], ofBuyer: 0 }),
    }),
    signer: { ...signer, packetFulfilments: () => Promise.resolve([new Uint8Array(32)]) },
    verifier: await createVerifier(),
    capacity: 1,
    clock: () => NOW_S * 1000,
  });
  const inspect = (event: ReturnType<typeof encrypted>) =>
    terminal.inspect(
      {
        amount: 0n,
        expiresAtMs: NOW_S * 1000 + 30_000,
        condition: sha256(new Uint8Array(32)),
        destination: "g.town.provider",
        data: encodeToon(event, "1.4"),
      } as unknown as Parameters<typeof terminal.inspect>[0],
    );
  const bad = await inspect(encrypted("{}"));
  assert.ok("reject" in bad);
  assert.equal(JSON.parse(new TextDecoder().decode(bad.reject.data)).code, "malformed");
  assert.ok("obligation" in await inspect(encrypted(SECRET)));
});

Deno.test("createSkillRunner() runs an encrypted request on its plaintext, and encrypts the result to its customer", async () => {
  const event = encrypted(SECRET);
  const seen: HostRequest[] = [];
  const runner = createSkillRunner({
    host: {
      runKind(asked: HostRequest) {
        seen.push(asked);
        // As much as a skill may say.
        const content = "s".repeat(asked.maxContentBytes - 2);
        return Promise.resolve({
          status: "success",
          content,
          durationMs: 1,
          tags: [["exit_code", "0"]],
        });
      },
    } as unknown as SkillHost,
    store: {
      ...NO_LOGS,
      freeJobId: () => Promise.resolve("job-1"),
      sealedDebts: () => Promise.resolve({ waiting: 0, overdue: 0, paid: 0 }),
      meterOf: () => Promise.resolve(null),
      quoteOf: () => Promise.resolve(null),
    },
    pubkey: PROVIDER,
    signer: { ...signer, openWrap: never, wrap: never, signBuild: never, packetFulfilments: never },
    rules: () => RULES,
    limitBytes: 32_767,
    freeWrites: true,
    clock: () => NOW_S * 1000,
  });
  const bytes = new TextEncoder().encode(JSON.stringify(event));
  const job = buyerRow(event, { role: "provider", attempt: 1, request: bytes });
  const document = { bytes, encoding: "json" as const, known: {} };
  const { result } = await runner.run(job, document, new AbortController().signal);
  assert.deepEqual(seen[0]!.event.tags[0], ["i", "the secret", "text"]);
  assert.match(new TextDecoder().decode(seen[0]!.bytes), /the secret/);
  assert.ok(isPrivate({ tags: result!.tags }));
  assert.ok(!JSON.stringify(result).includes("the secret"));
  assert.deepEqual(result!.tags.filter(([name]) => name === "i" || name === "exit_code"), []);
  const plain = decrypt(result!.content, key);
  assert.equal(contentBytes(plain), seen[0]!.maxContentBytes);
  assert.ok(JSON.stringify(result).length < 32_767 && result!.content.length > 20_000);
  const asBuyer = verifyResult(
    signed(result!, PROVIDER),
    buyerRow(event, { role: "buyer", kind: 5600 }),
    NOW_S * 1000,
  );
  assert.equal(asBuyer.outcome, "accepted");
});

Deno.test("maxPlaintextBytes() leaves room for what NIP-44 adds, at every size", () => {
  for (const size of [0, 100, 132, 500, 2_048, 10_000, 32_000, 65_000, 200_000]) {
    const most = maxPlaintextBytes(size);
    if (most < 1) continue;
    assert.ok(encrypt("x".repeat(most), key).length <= size, `${size}: ${most}`);
    if (most < 65_535) assert.ok(encrypt("x".repeat(most + 1), key).length > size, `${size}`);
  }
});

function never(): Promise<never> {
  return Promise.reject(new Error("no gift wrap here"));
}
