// A BTP client that is not ours (ilp-plugin-btp): answers packets, and pays what standard input says, one JSON line each.
const { createHash, createHmac } = require("node:crypto");
const { createInterface } = require("node:readline");
const Plugin = require("ilp-plugin-btp");
const Packet = require("ilp-packet");
const Ildcp = require("ilp-protocol-ildcp");

const fulfilmentOf = (data) => createHmac("sha256", "terminal secret").update(data).digest();
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

const plugin = new Plugin({ server: process.argv[2], reconnectInterval: 100 });
plugin.registerDataHandler((bytes) => {
  const { data } = Packet.deserializeIlpPrepare(bytes);
  if (data.toString().startsWith("hang")) return new Promise(() => {});
  if (data.toString().startsWith("refuse")) {
    return Packet.serializeIlpReject({
      code: "F99",
      message: "not today",
      triggeredBy: "test.plugin",
      data: Buffer.from("why"),
    });
  }
  return Packet.serializeIlpFulfill({
    fulfillment: fulfilmentOf(data),
    data: Buffer.from("from node"),
  });
});
plugin.on("error", () => {});

async function pay(
  { id, destination, amount, data, expiresInMs = 10_000, wrong = false },
) {
  const bytes = Buffer.from(data);
  const condition = createHash("sha256").update(
    wrong ? bytes : fulfilmentOf(bytes),
  ).digest();
  const prepare = Packet.serializeIlpPrepare({
    amount,
    destination,
    data: bytes,
    executionCondition: condition,
    expiresAt: new Date(Date.now() + expiresInMs),
  });
  try {
    const answer = Packet.deserializeIlpPacket(await plugin.sendData(prepare));
    const { fulfillment, code, data: told } = answer.data;
    say({
      id,
      type: answer.type === Packet.Type.TYPE_ILP_FULFILL ? "fulfill" : "reject",
      code: code ?? null,
      opens: fulfillment
        ? createHash("sha256").update(fulfillment).digest().equals(condition)
        : null,
      data: told.toString(),
    });
  } catch (error) {
    say({
      id,
      type: "error",
      code: error.message.slice(0, 100),
      opens: null,
      data: "",
    });
  }
}

/** Asks the other side for our address, with the package that its users use. */
async function ildcp(id) {
  try {
    const told = await Ildcp.fetch((bytes) => plugin.sendData(bytes));
    say({ id, type: "ildcp", code: null, opens: null, data: JSON.stringify(told) });
  } catch (error) {
    say({ id, type: "error", code: error.message.slice(0, 100), opens: null, data: "" });
  }
}

plugin.connect().then(
  () => {
    say({ connected: true });
    createInterface({ input: process.stdin }).on("line", (line) => {
      const asked = JSON.parse(line);
      if (asked.ildcp) ildcp(asked.id);
      else pay(asked);
    });
  },
  (error) => {
    say({ connected: false, reason: error.message });
    process.exit(1);
  },
);
