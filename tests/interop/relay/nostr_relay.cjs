// @nostr-relay behind ws: a relay that is not ours. Arguments: database file, port (0: free one), host name for NIP-42 or "".
const { NostrRelay } = require("@nostr-relay/core");
const { Validator } = require("@nostr-relay/validator");
const { EventRepositorySqlite } = require("@nostr-relay/event-repository-sqlite");
const { WebSocketServer } = require("ws");

async function main() {
  const [file, port, hostname] = process.argv.slice(2);
  const repository = new EventRepositorySqlite(file);
  await repository.init();
  const relay = new NostrRelay(repository, hostname ? { hostname } : {});
  const validator = new Validator();
  const server = new WebSocketServer({ host: "127.0.0.1", port: Number(port) });
  server.on("connection", (socket) => {
    socket.on("error", () => {});
    relay.handleConnection(socket);
    socket.on("close", () => relay.handleDisconnect(socket));
    socket.on("message", async (data) => {
      try {
        await relay.handleMessage(socket, await validator.validateIncomingMessage(data));
      } catch (error) {
        socket.send(JSON.stringify(["NOTICE", error.message]));
      }
    });
  });
  server.on("listening", () => console.log(JSON.stringify({ port: server.address().port })));
}

main();
