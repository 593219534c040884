/** What `doctor` advises about a peer that does not answer, by what named its address. */
import assert from "node:assert/strict";
import { peerSuggestion } from "../../../commands/doctor/check.ts";
import { BASE_SEPOLIA } from "../../../config/base_sepolia.ts";
import type { ConfigEntry } from "../../../config/explain.ts";

const DEV = { ...BASE_SEPOLIA, name: "dev" };
const config = (profile: typeof DEV, source: string, key = "connector") => ({
  profile,
  explain: (): ConfigEntry[] => [{ key, value: "btp+ws://127.0.0.1:1", source }],
});

Deno.test("peerSuggestion() names the flag that gave the address, and not a network that may be up", () => {
  const given = peerSuggestion(config(DEV, "--connector"), "connector");
  assert.equal(given, "check the address that --connector gives, or leave it out");
  assert.equal(
    peerSuggestion(config(BASE_SEPOLIA, "--relay", "relay"), "relay"),
    "check the address that --relay gives, or leave it out",
  );
});

Deno.test("peerSuggestion() starts the dev network where its own peer does not answer, and elsewhere has the address checked", () => {
  assert.equal(
    peerSuggestion(config(DEV, "dev profile"), "connector"),
    "run 'crosstown dev up --detach'",
  );
  // A flag for the connector says nothing about the relay.
  assert.equal(
    peerSuggestion(config(DEV, "--connector"), "relay"),
    "run 'crosstown dev up --detach'",
  );
  assert.match(
    peerSuggestion(config(BASE_SEPOLIA, "base-sepolia profile"), "connector"),
    /^check the address and your network connection/,
  );
});
