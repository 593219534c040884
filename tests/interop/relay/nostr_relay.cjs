// @nostr-relay behind ws: a relay that is not ours. Arguments: database file, port (0: free one), host name for NIP-42 or "", and
// JSON: `requireAuth` serves proven clients alone; `refuse` is a list of {kind, times, message}: the first events that get OK false.
// Its packages are those of the folder where it is started.
const packages = require("node:module").createRequire(`${process.cwd()}/package.json`);
const { NostrRelay } = packages("@nostr-relay/core");
const { Validator } = packages("@nostr-relay/validator");
const { EventRepositorySqlite } = packages("@nostr-relay/event-repository-sqlite");
const { WebSocketServer } = packages("ws");

async function main() {
  const [file, port, hostname, more] = process.argv.slice(2);
  const { requireAuth = false, refuse = [] } = JSON.parse(more || "{}");
  const repository = new EventRepositorySqlite(file);
  await repository.init();
  // What it said to an event is not kept, so that an event that was refused may be taken later.
  const relay = new NostrRelay(repository, {
    ...(hostname ? { hostname } : {}),
    ...(refuse.length > 0 ? { eventHandlingResultCacheTtl: 0 } : {}),
  });
  relay.register({
    beforeHandleEvent(event) {
      const rule = refuse.find(({ kind, times }) => kind === event.kind && times > 0);
      if (rule === undefined) return { canHandle: true };
      rule.times--;
      return { canHandle: false, message: rule.message };
    },
  });
  const validator = new Validator();
  const server = new WebSocketServer({ host: "127.0.0.1", port: Number(port) });
  server.on("connection", (socket) => {
    socket.on("error", () => {});
    relay.handleConnection(socket);
    socket.on("close", () => relay.handleDisconnect(socket));
    socket.on("message", async (data) => {
      try {
        const message = await validator.validateIncomingMessage(data);
        const [type, subject] = message;
        if (requireAuth && type !== "AUTH" && !relay.isAuthorized(socket)) {
          const why = "auth-required: only for those who prove who they are";
          if (type === "EVENT") socket.send(JSON.stringify(["OK", subject.id, false, why]));
          if (type === "REQ") socket.send(JSON.stringify(["CLOSED", subject, why]));
          return;
        }
        await relay.handleMessage(socket, message);
      } catch (error) {
        socket.send(JSON.stringify(["NOTICE", error.message]));
      }
    });
  });
  server.on("listening", () => console.log(JSON.stringify({ port: server.address().port })));
}

main();
