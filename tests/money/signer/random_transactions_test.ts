/** Any transactions in any order, also across restarts: the signed amounts never exceed the ceilings. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { asAddress } from "../../../protocols/evm/address.ts";
import { asChannelId } from "../../../protocols/evm/channel_id.ts";
import type { ChainCall } from "../../../protocols/evm/contract_call.ts";
import { loadSecp256k1 } from "../../../protocols/evm/secp256k1.ts";
import { contract, makeSigner, paymentKey } from "./fixtures.ts";

const own = (await loadSecp256k1()).addressOf(paymentKey);
const token = asAddress(`0x${"ee".repeat(20)}`);
const recipient = asAddress(`0x${"aa".repeat(20)}`);
const stranger = asAddress(`0x${"99".repeat(20)}`);
const tokenNetwork = asAddress(contract.tokenNetworkAddress);
const ceilings = {
  depositUnits: 100n,
  lockedUnits: 250n,
  depositedPerDayUnits: 400n,
  gasPerTransactionWei: 100n,
  gasPerDayWei: 1_500n,
  sentPerDayWei: 300n,
};
const options = {
  allow: [{ ...contract, tokenAddress: token }],
  parties: { recipients: [recipient] },
  transactionCeilings: ceilings,
};

const to = fc.constantFrom(recipient, own, stranger);
const call: fc.Arbitrary<ChainCall> = fc.oneof(
  fc.record({
    call: fc.constant("setTotalDeposit" as const),
    tokenNetwork: fc.constant(tokenNetwork),
    channelId: fc.integer({ min: 1, max: 4 }).map((channel) =>
      asChannelId(`0x${String(channel).padStart(64, "0")}`)
    ),
    participant: fc.constant(own),
    totalDepositRaw: fc.bigInt({ min: 40n, max: 110n }),
  }),
  fc.record({
    call: fc.constant("transfer" as const),
    token: fc.constantFrom(token, stranger),
    to,
    amountRaw: fc.bigInt({ min: 0n, max: 2_500n }),
  }),
  fc.record({
    call: fc.constant("send" as const),
    to,
    valueWei: fc.bigInt({ min: 0n, max: 200n }),
  }),
  fc.constant({ call: "cancel" as const }),
);
const step = fc.record({
  nonce: fc.integer({ min: 0, max: 30 }),
  gasLimit: fc.bigInt({ min: 1n, max: 12n }),
  maxFeePerGasWei: fc.bigInt({ min: 1n, max: 12n }),
  call,
  restart: fc.boolean(),
});

const atNonce = (call: ChainCall, fee: bigint) => ({
  nonce: 2,
  gasLimit: 1n,
  maxFeePerGasWei: fee,
  call,
  restart: false,
});
const nothingToOwn = { call: "send", to: own, valueWei: 0n } as const;
/** What random sequences once broke this test with. */
const counterExamples = [
  [atNonce({ call: "cancel" }, 1n), atNonce(nothingToOwn, 1n)],
  [atNonce({ call: "cancel" }, 1n), atNonce(nothingToOwn, 2n), atNonce({ call: "cancel" }, 3n)],
];

/** Equal for calls that are the same on the chain: a cancel is an empty send to oneself. */
function textOf(call: ChainCall): string {
  const plain = call.call === "cancel" ? nothingToOwn : call;
  return JSON.stringify(plain, (_, value) => typeof value === "bigint" ? `${value}` : value);
}

Deno.test("signTransaction() in any order: a nonce is one call or its cancel, and sums stay below the ceilings", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: "max" }), async (steps) => {
      let signer = await makeSigner(options);
      const nonces = new Map<number, { call: string; fee: bigint; gas: bigint }>();
      const deposits = new Map<string, bigint>();
      let [sent, transferred, gas] = [0n, 0n, 0n];
      for (const { restart, ...fields } of steps) {
        if (restart) signer = await makeSigner({ ...options, snapshot: await signer.snapshot() });
        const transaction = {
          ...fields,
          chainId: contract.chainId,
          maxPriorityFeePerGasWei: fields.maxFeePerGasWei,
        };
        const signed = await signer.signTransaction(transaction).catch((error) => {
          assert.equal(error.name, "SignerError");
          return null;
        });
        if (signed === null) continue;
        const { call, nonce, gasLimit, maxFeePerGasWei: fee } = transaction;
        assert.ok(!("to" in call) || call.to !== stranger);
        assert.ok(!("token" in call) || call.token === token);
        const text = textOf(call);
        const before = nonces.get(nonce);
        const cost = gasLimit * fee;
        assert.ok(cost <= ceilings.gasPerTransactionWei);
        if (before === undefined) {
          gas += cost;
          if (call.call === "send") sent += call.valueWei;
          if (call.call === "transfer") transferred += call.amountRaw;
          if (call.call === "setTotalDeposit") {
            const known = deposits.get(call.channelId) ?? 0n;
            if (call.totalDepositRaw > known) deposits.set(call.channelId, call.totalDepositRaw);
          }
        } else {
          const same = before.call === text;
          assert.ok(same || call.call === "cancel");
          assert.ok(fee > before.fee || (same && fee === before.fee && cost === before.gas));
          if (cost > before.gas) gas += cost - before.gas;
        }
        nonces.set(nonce, { call: text, fee, gas: cost });
        assert.ok(gas <= ceilings.gasPerDayWei && sent <= ceilings.sentPerDayWei);
        assert.ok(transferred <= 5_000n);
        const locked = [...deposits.values()].reduce((sum, units) => sum + units, 0n);
        assert.ok(locked <= ceilings.lockedUnits);
        assert.ok([...deposits.values()].every((units) => units <= ceilings.depositUnits));
      }
    }),
    { numRuns: 25, examples: counterExamples.map((steps) => [steps]) },
  );
});
