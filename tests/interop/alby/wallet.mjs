// Lightning wallets by the Alby SDK's wallet service, and a NIP-90 provider that takes Lightning, over one ledger in place of a Lightning
// network. Arguments: relay, the network's prefix (lnbcrt...). Commands come as JSON lines on standard input; what happens is told as JSON lines.
import { createHash, randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { finalizeEvent, getPublicKey } from "nostr-tools/pure";
import { SimplePool } from "nostr-tools/pool";
import { WebSocket } from "ws";
globalThis.WebSocket ??= WebSocket;
console.error = () => {};
console.warn = () => {};
const { default: bolt11 } = await import("bolt11");
const { NWCWalletService, NWCWalletServiceKeyPair } = await import("@getalby/sdk/nwc");

const [url] = process.argv.slice(2);
const tell = (value) => console.log(JSON.stringify(value));
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const REGTEST = {
  bech32: "bcrt",
  pubKeyHash: 0x6f,
  scriptHash: 0xc4,
  validWitnessVersions: [0, 1],
};
const NODE_KEY = "e126f68f7eafcc8b74f54d269fe206be715000f94dac067d1c04a8ca3b2db734";

/** By payment hash. */
const ledger = new Map();
/** How the wallets lie. */
let lies = {};

function makeInvoice(msats, { description = "a job", expiry = 600, at = Date.now() / 1000 } = {}) {
  const preimage = randomBytes(32);
  const hash = sha256(preimage);
  const tags = [
    { tagName: "payment_hash", data: hash },
    { tagName: "payment_secret", data: randomBytes(32).toString("hex") },
    { tagName: "description", data: description },
    { tagName: "expire_time", data: expiry },
    { tagName: "min_final_cltv_expiry", data: 18 },
  ];
  const { paymentRequest } = bolt11.sign(
    bolt11.encode({
      network: lies.network ?? REGTEST,
      millisatoshis: String(msats),
      timestamp: Math.floor(at),
      tags,
    }),
    NODE_KEY,
  );
  const entry = {
    invoice: paymentRequest,
    payment_hash: hash,
    preimage: preimage.toString("hex"),
    amount: msats,
    paid: false,
    created_at: Math.floor(at),
    expires_at: Math.floor(at) + expiry,
  };
  ledger.set(hash, entry);
  return entry;
}

const shown = (entry, type) => ({
  type,
  state: entry.paid ? "settled" : "pending",
  invoice: entry.invoice,
  description: "",
  payment_hash: entry.payment_hash,
  amount: entry.amount,
  fees_paid: 0,
  created_at: entry.created_at,
  expires_at: entry.expires_at,
  ...(entry.paid ? { preimage: entry.preimage, settled_at: entry.paid } : {}),
});

async function serve(client) {
  const secret = randomBytes(32).toString("hex");
  const wallet = new NWCWalletService({ relayUrls: [url] });
  const pair = new NWCWalletServiceKeyPair(secret, client);
  await wallet.publishWalletServiceInfoEvent(secret, [
    "pay_invoice",
    "make_invoice",
    "lookup_invoice",
  ], []);
  const error = (code) => ({ error: { code, message: "as the test wants" }, result: undefined });
  const never = () => new Promise(() => {});
  await wallet.subscribe(pair, {
    makeInvoice({ amount, description, expiry }) {
      tell({ made: amount, description });
      if (lies.make === "refuse") return error("RESTRICTED");
      const entry = makeInvoice(lies.make === "amount" ? amount + 1000 : amount, {
        description,
        expiry,
      });
      entry.own = true;
      return { result: shown(entry, "incoming"), error: undefined };
    },
    async payInvoice({ invoice }) {
      const hash = bolt11.decode(invoice, REGTEST).tagsObject.payment_hash;
      const entry = ledger.get(hash);
      tell({ pay: hash, again: entry?.paid !== false });
      if (lies.pay === "poor") return error("INSUFFICIENT_BALANCE");
      if (lies.pay === "fails") return error("PAYMENT_FAILED");
      if (lies.pay === "deaf") return await never();
      if (entry === undefined || entry.paid) return error("PAYMENT_FAILED");
      entry.paid = Math.floor(Date.now() / 1000);
      paid(hash);
      if (lies.pay === "silent") return await never();
      const preimage = lies.pay === "preimage" ? "00".repeat(32) : entry.preimage;
      return { result: { preimage, fees_paid: 7 }, error: undefined };
    },
    lookupInvoice({ payment_hash: hash }) {
      const entry = ledger.get(hash);
      tell({ lookup: hash });
      if (lies.lookup === "settled") {
        return {
          result: { ...shown({ ...entry, paid: 1 }, "incoming"), amount: 1 },
          error: undefined,
        };
      }
      // An outgoing payment that was never made is not known.
      if (entry === undefined || (!entry.paid && !entry.own)) return error("NOT_FOUND");
      return { result: shown(entry, "outgoing"), error: undefined };
    },
  });
  return `nostr+walletconnect://${getPublicKey(Buffer.from(secret, "hex"))}?relay=${
    encodeURIComponent(url)
  }&secret=`;
}

/** Requests of the provider that wait for their payment, by payment hash. */
const waiting = new Map();
const pool = new SimplePool();
const dvmKey = randomBytes(32);
const publish = async (template) =>
  await Promise.any(
    pool.publish(
      [url],
      finalizeEvent({ created_at: Math.floor(Date.now() / 1000), ...template }, dvmKey),
    ),
  );
const inputOf = (event) => event.tags.find(([name]) => name === "i")?.[1] ?? "";
const answers = (event) => [["e", event.id], ["p", event.pubkey]];

async function result(event, more = []) {
  tell({ gave: event.id });
  await publish({
    kind: event.kind + 1000,
    tags: [...answers(event), ...more],
    content: inputOf(event).toUpperCase(),
  });
}

function paid(hash) {
  const event = waiting.get(hash);
  waiting.delete(hash);
  if (event !== undefined) result(event);
}

pool.subscribeMany([url], { kinds: [5600], "#p": [getPublicKey(dvmKey)] }, {
  async onevent(event) {
    const [name, msats] = inputOf(event).split(" ");
    const entry = makeInvoice(
      Number(msats),
      name === "old" ? { at: Date.now() / 1000 - 7200 } : {},
    );
    const asked = [
      "amount",
      name === "dearer" ? String(Number(msats) - 1000) : msats,
      entry.invoice,
    ];
    tell({ asks: msats, hash: entry.payment_hash, request: event.id });
    if (name === "after") return await result(event, [asked]);
    waiting.set(entry.payment_hash, event);
    await publish({
      kind: 7000,
      tags: [["status", "payment-required"], asked, ...answers(event)],
      content: "",
    });
    // The same again, as providers do after a reconnect.
    await publish({
      kind: 7000,
      tags: [["status", "payment-required"], asked, ...answers(event), ["again"]],
      content: "",
    });
  },
});

createInterface({ input: process.stdin }).on("line", async (line) => {
  const command = JSON.parse(line);
  if (command.wallet !== undefined) {
    tell({ connection: await serve(command.wallet), of: command.wallet });
  }
  if (command.lies !== undefined) tell({ lies: lies = command.lies });
  if (command.pay !== undefined) {
    const entry = ledger.get(bolt11.decode(command.pay, REGTEST).tagsObject.payment_hash);
    entry.paid = Math.floor(Date.now() / 1000);
    tell({ paid: command.pay });
  }
}).on("close", () => process.exit(0));
tell({ ready: true, provider: getPublicKey(dvmKey) });
