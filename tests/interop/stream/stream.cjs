// STREAM over ilp-plugin-btp. Arguments: role (`server` is ilp-protocol-stream's, `receiver` is @interledger/stream-receiver), BTP address.
// Each told as JSON lines; `sender` takes {destination, secret, amount} as JSON lines.
const { createInterface } = require("node:readline");
const { randomBytes } = require("node:crypto");
const Plugin = require("ilp-plugin-btp");
const Packet = require("ilp-packet");
const Ildcp = require("ilp-protocol-ildcp");
const Stream = require("ilp-protocol-stream");
const { StreamServer } = require("@interledger/stream-receiver");

const [role, server] = process.argv.slice(2);
const tell = (value) => console.log(JSON.stringify(value));
const plugin = new Plugin({ server, reconnectInterval: 100 });

async function serve() {
  const listening = await Stream.createServer({ plugin });
  listening.on("connection", (connection) => {
    connection.on("stream", (stream) => {
      stream.setReceiveMax("1000000000");
      stream.on("money", (amount) => tell({ money: amount, total: stream.totalReceived }));
    });
  });
  const { destinationAccount, sharedSecret } = listening.generateAddressAndSecret();
  tell({ destination: destinationAccount, secret: sharedSecret.toString("hex") });
}

async function receive() {
  await plugin.connect();
  const { clientAddress } = await Ildcp.fetch((bytes) => plugin.sendData(bytes));
  const receiver = new StreamServer({
    serverSecret: randomBytes(32),
    serverAddress: clientAddress,
  });
  let total = 0n;
  plugin.registerDataHandler((bytes) => {
    const prepare = Packet.deserializeIlpPrepare(bytes);
    const answer = receiver.createReply(prepare);
    if (!Packet.isReject(answer) && !Packet.isFulfill(answer)) {
      total += BigInt(prepare.amount);
      tell({ money: prepare.amount, total: String(total) });
      return Packet.serializeIlpReply(answer.accept());
    }
    return Packet.serializeIlpReply(answer);
  });
  const { ilpAddress, sharedSecret } = receiver.generateCredentials();
  tell({ destination: ilpAddress, secret: sharedSecret.toString("hex") });
}

async function send() {
  await plugin.connect();
  tell({ connected: true });
  for await (const line of createInterface({ input: process.stdin })) {
    const { destination, secret, amount } = JSON.parse(line);
    try {
      const connection = await Stream.createConnection({
        plugin,
        destinationAccount: destination,
        sharedSecret: Buffer.from(secret, "hex"),
        slippage: 0.05,
      });
      const stream = connection.createStream();
      await stream.sendTotal(amount, { timeout: 20_000 });
      tell({ sent: stream.totalSent, delivered: connection.totalDelivered });
      await stream.end();
      await connection.end();
    } catch (error) {
      tell({ error: `${error.name}: ${error.message}` });
    }
  }
}

plugin.on("error", () => {});
({ server: serve, receiver: receive, sender: send })[role]().catch((error) =>
  tell({ error: String(error.stack) })
);
