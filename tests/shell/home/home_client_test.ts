import assert from "node:assert/strict";
import { ControlError } from "../../../base/control_error.ts";
import { HomeClient } from "../../../shell/home/home_client.ts";
import type { HomeConnection } from "../../../shell/home/connected_home.ts";

type Args = ConstructorParameters<typeof HomeClient>;

/** Two processes that serve a home: the first until it ends, and the second once the test makes it available. */
async function twoProcesses() {
  const found = Promise.withResolvers<void>();
  const first = Promise.withResolvers<never>();
  const letGo: string[] = [];
  const connectionOf = (name: string, announced: () => Promise<unknown>) => ({
    here: false,
    about: { role: "mayor" },
    api: { announcements: announced },
    store: () => Promise.resolve({ name }),
    end: () => Promise.resolve(void letGo.push(name)),
  } as unknown as HomeConnection);
  const connections = [
    connectionOf("first", () => first.promise),
    connectionOf("second", () => Promise.resolve(["from the second"])),
  ];
  let made = 0;
  const connect = async () => {
    if (made > 0) await found.promise;
    return connections[made++];
  };
  const caller = { signal: new AbortController().signal } as Args[0];
  const client = new HomeClient(caller, {} as Args[1], {}, connect);
  await client.open();
  return {
    client,
    letGo,
    made: () => made,
    endFirst: () => first.reject(new ControlError("closed", "the daemon closed the connection")),
    found: found.resolve,
  };
}

const ASKED = { kinds: [5600], provider: null };
// deno-lint-ignore no-explicit-any
const nameOf = (store: any): Promise<string> => Promise.resolve(store.name);

Deno.test("HomeClient reads the store while another call looks for the next process: it waits for it", async () => {
  const at = await twoProcesses();
  await using client = at.client;
  const asked = client.announcements(ASKED);
  at.endFirst();
  await new Promise((resolve) => setTimeout(resolve));
  const read = client.read(nameOf);
  at.found();
  assert.deepEqual([await asked, await read], [["from the second"], "second"]);
});

Deno.test("HomeClient looks once for the next process, however many calls heard that the first ended", async () => {
  const at = await twoProcesses();
  {
    await using client = at.client;
    const all = Promise.all([client.announcements(ASKED), client.announcements(ASKED)]);
    at.endFirst();
    at.found();
    await all;
    assert.equal(at.made(), 2);
  }
  assert.deepEqual(at.letGo, ["first", "second"]);
});

Deno.test("HomeClient reads again where its connection is exchanged under it, and tells every other failure", async () => {
  const at = await twoProcesses();
  await using client = at.client;
  await assert.rejects(client.read(() => Promise.reject(new Error("no such row"))), /no such row/);
  const asked = client.announcements(ASKED);
  const reading = Promise.withResolvers<never>();
  let reads = 0;
  const read = client.read((store) => ++reads === 1 ? reading.promise : nameOf(store));
  at.endFirst();
  await new Promise((resolve) => setTimeout(resolve));
  reading.reject(new Error("the store is closed"));
  at.found();
  assert.equal(await read, "second");
  await asked;
});
