import assert from "node:assert/strict";
import { channelId as channel, contract, firstClaim, startMs } from "./fixtures.ts";
import {
  ceilings,
  channels,
  close,
  deposit,
  fees,
  makePayer,
  transfer,
  tx,
} from "./transactions.ts";

Deno.test("signTransaction() counts transfers and claims against the same hour", async () => {
  const signer = await makePayer();
  await signer.signTransaction(tx({ ...transfer, amountRaw: 4_950n }));
  await assert.rejects(signer.signClaim(firstClaim), { code: "ceiling" });
});

Deno.test("noteSettled() frees what was locked, and the day's ceiling holds against settling again and again", async () => {
  let now = startMs;
  const signer = await makePayer({ clock: () => now });
  let nonce = 0;
  for (const id of channels.slice(0, 4)) {
    await signer.signTransaction(tx(deposit(100n, id), nonce++));
    await signer.noteSettled({ ...contract, channelId: id });
  }
  const more = tx(deposit(1n, channels[4]), nonce);
  await assert.rejects(signer.signTransaction(more), {
    code: "ceiling",
    message: /day's deposits/,
  });
  now -= 30 * 86_400_000;
  await assert.rejects(signer.signTransaction(more), { code: "ceiling" });
  now = startMs + 26 * 3_600_000;
  await signer.signTransaction(more);
  await assert.rejects(signer.noteSettled({ ...contract, chainId: 1, channelId: channel }), {
    code: "not_allowed",
  });
});

Deno.test("signTransaction() counts the day's gas at its maximum, and a replacement only by its increase", async () => {
  const signer = await makePayer({
    transactionCeilings: { ...ceilings, gasPerDayWei: 1_500_000n },
  });
  await signer.signTransaction(tx(close, 0));
  await signer.signTransaction(tx(close, 0, fees(9n, 3n)));
  await signer.signTransaction(tx(close, 1, fees(6n, 3n)));
  await assert.rejects(signer.signTransaction(tx(close, 2, { ...fees(1n, 1n), gasLimit: 1n })), {
    code: "ceiling",
  });
});
