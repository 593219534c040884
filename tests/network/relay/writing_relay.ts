/** Writes events into a relay without end and prints each id once the relay confirmed it. For the test that kills it. */
import { startRelayServer } from "../../../network/relay/relay_server.ts";
import { PLAIN_IDENTITY } from "./plain_identity.ts";
import { event, json } from "./signed_events.ts";

const server = await startRelayServer({
  file: Deno.args[0]!,
  write: "ilp",
  identity: PLAIN_IDENTITY,
});

for (let n = 0;; n++) {
  const batch = Array.from({ length: 4 }, (_, at) => event({ content: `${n}.${at}` }));
  await Promise.all(batch.map(async (each) => {
    const { result } = await server.write(json(each));
    if (result === "stored") console.log(each.id);
  }));
}
