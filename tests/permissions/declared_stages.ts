import type { Declared, Places } from "./declared.ts";

/** The stages. */
export function declaredStages({ folder, relay, connector }: Places): readonly Declared[] {
  const skills = { read: [`${folder}/work`], write: [`${folder}/work`], run: ["sh"] };
  return [
    {
      name: "relay-source",
      options: { relayUrl: `ws://${relay}/`, filters: [{ kinds: [5600] }], once: false },
      holds: { net: [relay] },
    },
    { name: "kind-extractor", options: {}, holds: {} },
    { name: "event-verifier", options: {}, holds: {} },
    { name: "correlator", options: { role: "buyer", pubkey: "ab".repeat(32) }, holds: {} },
    {
      name: "skill-sink",
      note: "that runs nothing",
      options: { concurrency: 1, relay: {}, permissions: {} },
      holds: {},
    },
    {
      name: "skill-sink",
      note: "with skills",
      options: { concurrency: 1, relay: {}, permissions: skills },
      holds: skills,
    },
    { name: "job-source", note: "of an outbox", options: { follow: true }, holds: {} },
    { name: "job-source", note: "of flags", options: { spec: { type: "echo" } }, holds: {} },
    { name: "callback-source", options: { concurrency: 2 }, holds: {} },
    { name: "accepted-source", options: { concurrency: 2 }, holds: {} },
    { name: "event-signer", options: {}, holds: {} },
    { name: "toon-encoder", options: { rules: "4", priceUnitsPerByte: "10" }, holds: {} },
    {
      name: "prepare-sink",
      options: { write: "ilp", wire: "interledger", connectorHost: connector },
      holds: { net: [connector] },
    },
    {
      name: "prepare-sink",
      note: "without a connector",
      options: { write: "nostr", wire: "interledger" },
      holds: {},
    },
  ];
}
