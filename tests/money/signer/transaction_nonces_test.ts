import assert from "node:assert/strict";
import type { ChainCall, TransactionFields } from "../../../protocols/evm/contract_call.ts";
import { allow, close, fees, makePayer, own, send, transfer, tx } from "./transactions.ts";

const replacements: readonly [string, TransactionFields, string | null][] = [
  ["the same call with a higher fee", tx(transfer, 0, fees(5n, 3n)), null],
  ["a cancel with a higher fee", tx({ call: "cancel" }, 0, fees(5n, 3n)), null],
  [
    "the same call with the same fee and more gas",
    tx(transfer, 0, { gasLimit: 100_001n }),
    "nonce",
  ],
  ["the same call with a lower fee", tx(transfer, 0, fees(3n, 2n)), "nonce"],
  ["the same call with a higher fee and the same tip", tx(transfer, 0, fees(5n, 2n)), "nonce"],
  [
    "another amount with a higher fee",
    tx({ ...transfer, amountRaw: 6n }, 0, fees(5n, 3n)),
    "nonce",
  ],
  ["another recipient with a higher fee", tx({ ...transfer, to: own }, 0, fees(5n, 3n)), "nonce"],
  ["another call with a higher fee", tx(close, 0, fees(5n, 3n)), "nonce"],
  ["a cancel with the same fee", tx({ call: "cancel" }), "nonce"],
  ["a nonce far ahead", tx(transfer, 1_025), "nonce"],
  ["a nonce not so far ahead", tx(transfer, 1_024), null],
];

for (const [name, fields, code] of replacements) {
  Deno.test(`signTransaction() ${code === null ? "signs" : "refuses"} ${name}`, async () => {
    const signer = await makePayer();
    await signer.signTransaction(tx(transfer));
    if (code === null) await signer.signTransaction(fields);
    else await assert.rejects(signer.signTransaction(fields), { name: "SignerError", code });
  });
}

Deno.test("signTransaction() treats an empty send to oneself as a cancel", async () => {
  const signer = await makePayer();
  const nothing: ChainCall = { call: "send", to: own, valueWei: 0n };
  const cancelled = await signer.signTransaction(tx({ call: "cancel" }));
  assert.equal((await signer.signTransaction(tx(nothing))).raw, cancelled.raw);
  await signer.signTransaction(tx(nothing, 0, fees(5n, 3n)));
  await assert.rejects(signer.signTransaction(tx(send, 0, fees(6n, 4n))), { code: "nonce" });
});

Deno.test("signTransaction() never replaces a cancel by its call, nor a fee by a lower one", async () => {
  const signer = await makePayer();
  await signer.signTransaction(tx(transfer));
  await signer.signTransaction(tx({ call: "cancel" }, 0, fees(5n, 3n)));
  for (const fields of [tx(transfer), tx(transfer, 0, fees(6n, 4n))]) {
    await assert.rejects(signer.signTransaction(fields), { code: "nonce" });
  }
});

Deno.test("signTransaction() forgets all but 64 nonces, and never signs for those again", async () => {
  const signer = await makePayer();
  for (let nonce = 0; nonce < 70; nonce++) await signer.signTransaction(tx(close, nonce));
  await assert.rejects(signer.signTransaction(tx(close, 5)), { code: "nonce" });
  await signer.signTransaction(tx(close, 6));
});

Deno.test("signTransaction() keeps another chain's nonces apart, also of one that began afresh", async () => {
  const genesis = (byte: string) => ({ ...allow[0], genesisHash: `0x${byte.repeat(32)}` });
  const before = await makePayer({ allow: [genesis("01")] });
  await before.signTransaction(tx(transfer));
  const snapshot = await before.snapshot();
  const same = await makePayer({ allow: [genesis("01")], snapshot });
  await assert.rejects(same.signTransaction(tx(close)), { code: "nonce" });
  const afresh = await makePayer({ allow: [genesis("02")], snapshot });
  await afresh.signTransaction(tx(close));
});
