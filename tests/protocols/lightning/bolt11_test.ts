/** BOLT 11's own examples, and invoices that are wrong in one place. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { bech32 } from "@scure/base";
import { sha256 } from "@noble/hashes/sha2.js";
import { InvoiceError, readInvoice } from "../../../protocols/lightning/bolt11.ts";
import { invoiceOf } from "../../lightning/invoices.ts";

const PAYEE = "03e7156ae33b0a208d0744199163177e909e80176e55d97a2f221ede0f934dd9ad";
const HASH = "0001020304050607080900010203040506070809000102030405060708090102";
const DONATION =
  "lnbc1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdpl2pkx2ctnv5sxxmmwwd5kgetjypeh2ursdae8g6twvus8g6rfwvs8qun0dfjkxaq9qrsgq357wnc5r2ueh7ck6q93dj32dlqnls087fxdwk8qakdyafkq3yap9us6v52vjjsrvywa6rt52cm9r9zqt8r2t7mlcwspyetp5h2tztugp9lfyql";
const COFFEE =
  "lnbc2500u1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdq5xysxxatsyp3k7enxv4jsxqzpu9qrsgquk0rl77nj30yxdy8j9vdx85fkpmdla2087ne0xh8nhedh8w27kyke0lp53ut353s06fv3qfegext0eh0ymjpf39tuven09sam30g4vgpfna3rh";
const HASHED =
  "lnbc20m1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqhp58yjmdan79s6qqdhdzgynm4zwqd5d7xmw5fk98klysy043l2ahrqs9qrsgq7ea976txfraylvgzuxs8kgcw23ezlrszfnh8r6qtfpr6cxga50aj6txm9rxrydzd06dfeawfk6swupvz4erwnyutnjq7x39ymw6j38gp7ynn44";
const FALLBACK =
  "lntb20m1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygshp58yjmdan79s6qqdhdzgynm4zwqd5d7xmw5fk98klysy043l2ahrqspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqfpp3x9et2e20v6pu37c5d9vax37wxq72un989qrsgqdj545axuxtnfemtpwkc45hx9d2ft7x04mt8q7y6t0k2dge9e7h8kpy9p34ytyslj3yu569aalz2xdk8xkd7ltxqld94u8h2esmsmacgpghe9k8";

Deno.test("readInvoice() reads the examples of BOLT 11", () => {
  const donation = readInvoice(DONATION);
  assert.deepEqual(donation, {
    network: "bitcoin",
    amountMsats: null,
    createdAtS: 1_496_314_658,
    expiresAtS: 1_496_318_258,
    paymentHash: HASH,
    description: "Please consider supporting this project",
    descriptionHash: null,
    payee: PAYEE,
  });
  const coffee = readInvoice(COFFEE.toUpperCase());
  assert.equal(coffee.amountMsats, 250_000_000n);
  assert.equal(coffee.expiresAtS, 1_496_314_658 + 60);
  assert.equal(coffee.payee, PAYEE);
  const hashed = readInvoice(HASHED);
  assert.equal(hashed.description, null);
  assert.equal(
    hashed.descriptionHash,
    "3925b6f67e2c340036ed12093dd44e0368df1b6ea26c53dbe4811f58fd5db8c1",
  );
  const test = readInvoice(FALLBACK);
  assert.deepEqual([test.network, test.amountMsats, test.payee], [
    "testnet",
    2_000_000_000n,
    PAYEE,
  ]);
});

/** The invoice with a change of its prefix or words, and a right checksum. */
function changed(text: string, change: (prefix: string, words: number[]) => [string, number[]]) {
  const { prefix, words } = bech32.decode(text as `${string}1${string}`, false);
  return bech32.encode(...change(prefix, words), false);
}

const REFUSED: readonly (readonly [name: string, text: string, code: InvoiceError["code"]])[] = [
  ["no invoice", "hello", "bad_encoding"],
  ["empty", "", "bad_encoding"],
  ["two cases", COFFEE.replace("lnbc", "LNBC"), "bad_encoding"],
  ["a wrong checksum", COFFEE.replace(/rh$/, "rr"), "bad_encoding"],
  ["five thousand characters", `lnbc1${"q".repeat(5_000)}`, "bad_encoding"],
  ["too short", bech32.encode("lnbc", Array(110).fill(0), false), "bad_encoding"],
  ["another coin", changed(COFFEE, (_, words) => ["lnltc2500u", words]), "bad_network"],
  ["an unknown multiplier", changed(COFFEE, (_, words) => ["lnbc2500x", words]), "bad_network"],
  ["a leading zero", changed(COFFEE, (_, words) => ["lnbc0250u", words]), "bad_network"],
  ["a part of a millisatoshi", changed(COFFEE, (_, words) => ["lnbc2501p", words]), "bad_amount"],
  ["more than there is", changed(COFFEE, (_, words) => ["lnbc21000001", words]), "bad_amount"],
  [
    "a field that is cut off",
    changed(COFFEE, (prefix, words) => {
      const fields = [...words.slice(0, 7), 13, 31, 31, 1, 2, 3];
      return [prefix, [...fields, ...words.slice(-104)]];
    }),
    "bad_field",
  ],
  [
    "no payment hash",
    changed(COFFEE, (prefix, words) => {
      return [prefix, [...words.slice(0, 7), ...words.slice(-104)]];
    }),
    "bad_field",
  ],
  [
    "two payment hashes",
    changed(COFFEE, (prefix, words) => {
      const hash = [1, 1, 20, ...Array(52).fill(3)];
      return [prefix, [...words.slice(0, -104), ...hash, ...words.slice(-104)]];
    }),
    "bad_field",
  ],
  [
    "a signature of zeros",
    changed(COFFEE, (prefix, words) => {
      return [prefix, [...words.slice(0, -104), ...Array(104).fill(0)]];
    }),
    "bad_signature",
  ],
  [
    "recovery id 4",
    changed(COFFEE, (prefix, words) => {
      return [prefix, [...words.slice(0, -2), 0, 4]];
    }),
    "bad_signature",
  ],
];

for (const [name, text, code] of REFUSED) {
  Deno.test(`readInvoice() refuses ${name}`, () => {
    assert.throws(
      () => readInvoice(text),
      (error) =>
        error instanceof InvoiceError && error.code === code &&
        !error.message.includes("lnbc"),
      `should be ${code}`,
    );
  });
}

Deno.test("readInvoice() finds the amount that was signed: a changed one is of another payee", () => {
  const dear = changed(COFFEE, (_, words) => ["lnbc9500u", words]);
  assert.notEqual(readInvoice(dear).payee, PAYEE);
});

Deno.test("readInvoice() reads every invoice that was signed, and refuses a foreign key in it", () => {
  const networks = fc.constantFrom("bitcoin", "testnet", "signet", "regtest");
  fc.assert(
    fc.property(
      networks,
      fc.bigInt({ min: 1n, max: 1_000_000_000_000n }),
      fc.string({ maxLength: 60, unit: "grapheme" }),
      fc.integer({ min: 0, max: 2 ** 31 }),
      (network, amountMsats, description, createdAtS) => {
        const preimage = sha256(new TextEncoder().encode(description));
        const fields = { network, amountMsats, description, createdAtS, preimage, expiryS: 77 };
        const made = invoiceOf(fields);
        const read = readInvoice(made.text);
        assert.equal(read.network, network);
        assert.equal(read.amountMsats, amountMsats);
        assert.equal(read.description, description);
        assert.equal(read.expiresAtS, createdAtS + 77);
        assert.equal(read.paymentHash, sha256(preimage).toHex());
        assert.equal(read.payee, made.payee);
        assert.throws(
          () => readInvoice(invoiceOf({ ...fields, named: new Uint8Array(33).fill(2) }).text),
          InvoiceError,
        );
        assert.equal(readInvoice(invoiceOf({ ...fields, named: "own" }).text).payee, made.payee);
      },
    ),
    { numRuns: 100 },
  );
});
