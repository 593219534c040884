/** Connections as people paste them, and answers as a wallet may give them. */
import assert from "node:assert/strict";
import {
  readWalletAnswer,
  readWalletConnection,
  WalletConnectError,
} from "../../../protocols/nostr/wallet_connect.ts";

const WALLET = "b889ff5b1513b641e2a139f661a661364979c5beee91842f8f0ef42ab558e9d4";
const SECRET = "01".repeat(32);
const RELAY = "relay=wss%3A%2F%2Frelay.example";
const SCHEME = "nostr+walletconnect:";

for (
  const text of [
    `${SCHEME}//${WALLET}?${RELAY}&secret=${SECRET}`,
    `${SCHEME}${WALLET}?secret=${SECRET}&${RELAY}`,
    ` ${SCHEME}//${WALLET.toUpperCase()}/?${RELAY}&secret=${SECRET.toUpperCase()}&lud16=a@b.c\n`,
  ]
) {
  Deno.test(`readWalletConnection() reads ${text.trim().slice(0, 40)}... of ${text.length} characters`, () => {
    const { wallet, relays, secret } = readWalletConnection(text);
    assert.deepEqual([wallet, relays, secret.toHex()], [WALLET, ["wss://relay.example"], SECRET]);
  });
}

for (
  const [what, text] of [
    ["nothing", ""],
    ["another scheme", `https://${WALLET}?${RELAY}&secret=${SECRET}`],
    ["a short wallet", `${SCHEME}//${WALLET.slice(1)}?${RELAY}&secret=${SECRET}`],
    ["no secret", `${SCHEME}//${WALLET}?${RELAY}`],
    ["two secrets", `${SCHEME}//${WALLET}?${RELAY}&secret=${SECRET}&secret=${"02".repeat(32)}`],
    ["a short secret", `${SCHEME}//${WALLET}?${RELAY}&secret=${SECRET.slice(2)}`],
    ["a secret of zeros", `${SCHEME}//${WALLET}?${RELAY}&secret=${"00".repeat(32)}`],
    ["a secret above the curve's order", `${SCHEME}//${WALLET}?${RELAY}&secret=${"ff".repeat(32)}`],
    ["no relay", `${SCHEME}//${WALLET}?secret=${SECRET}`],
    ["nine relays", `${SCHEME}//${WALLET}?${`${RELAY}&`.repeat(9)}secret=${SECRET}`],
    [
      "too many characters",
      `${SCHEME}//${WALLET}?${RELAY}&secret=${SECRET}&x=${"x".repeat(2_048)}`,
    ],
  ]
) {
  Deno.test(`readWalletConnection() refuses ${what}, and does not quote the secret`, () => {
    assert.throws(() => readWalletConnection(text), (error: unknown) => {
      assert.ok(error instanceof WalletConnectError);
      assert.equal(error.code, "bad_connection");
      assert.ok(!`${error.stack}${error.cause}`.includes(SECRET.slice(2)));
      return true;
    });
  });
}

for (
  const text of [
    ...["", "x", "null", "[]", "1", '"pay_invoice"', "{}", '{"result_type":"pay_invoice"}'],
    '{"result_type":"lookup_invoice","result":{}}',
    '{"result_type":["pay_invoice"],"result":{}}',
    '{"result_type":"pay_invoice","result":null,"error":null}',
    '{"result_type":"pay_invoice","result":[]}',
    `${"[".repeat(60_000)}`,
    `${"[".repeat(30_000)}${"]".repeat(30_000)}`,
  ]
) {
  Deno.test(`readWalletAnswer() refuses ${text.slice(0, 60)} (${text.length} characters)`, () => {
    assert.throws(
      () => readWalletAnswer("pay_invoice", text),
      (error: unknown) => error instanceof WalletConnectError && error.code === "bad_answer",
    );
  });
}

Deno.test("readWalletAnswer() takes an error before a result, and keeps its words short", () => {
  const both = { code: "PAYMENT_FAILED", message: "x".repeat(10_000) };
  const text = JSON.stringify({
    result_type: "pay_invoice",
    error: both,
    result: { preimage: "y" },
  });
  assert.deepEqual(readWalletAnswer("pay_invoice", text), {
    error: { code: "PAYMENT_FAILED", message: "x".repeat(300) },
  });
  for (const code of ["", "not found", "X".repeat(41), 5, null, ["NOT_FOUND"], "\u001b[2J"]) {
    const told = JSON.stringify({ result_type: "pay_invoice", error: { code, message: 7 } });
    assert.deepEqual(readWalletAnswer("pay_invoice", told), {
      error: { code: "OTHER", message: "" },
    });
  }
});
