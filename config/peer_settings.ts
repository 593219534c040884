/**
 * The settings that name relays and the connector.
 *
 * @module
 */
import { checkConnectorUrl, checkRelayUrl } from "../base/urls.ts";
import { MAX_MORE_RELAYS } from "./more_relays.ts";
import { setting } from "./setting.ts";
import { url, urls } from "./setting_readers.ts";

/** By their key, which is also their place in the file. */
export const PEER_SETTINGS = {
  relay: setting<string | null>({
    meaning: "the relay, in place of the profile's",
    flag: "relay",
    env: ["GASTOWN_CROSSTOWN_RELAY_URL", "CROSSTOWN_RELAY_URL"],
    file: true,
    fallback: null,
    read: url(checkRelayUrl, "wss://relay.example.org"),
  }),
  more_relays: setting<readonly string[] | null>({
    meaning: "further relays to read from, in place of the profile's",
    flag: "moreRelays",
    env: ["GASTOWN_CROSSTOWN_MORE_RELAYS"],
    file: true,
    fallback: null,
    read: urls(checkRelayUrl, MAX_MORE_RELAYS, "wss://relay-two.example.org"),
  }),
  connector: setting<string | null>({
    meaning: "the connector, in place of the profile's",
    flag: "connector",
    env: ["GASTOWN_CROSSTOWN_CONNECTOR_BTP", "CROSSTOWN_CONNECTOR_BTP"],
    file: true,
    fallback: null,
    read: url(checkConnectorUrl, "btp+wss://connector.example.org:3000"),
  }),
} as const;
