/**
 * The settings of alerts, metrics and traces.
 *
 * @module
 */
import { checkHttpUrl } from "../base/urls.ts";
import { ofFile, setting } from "./setting.ts";
import { list, onlyTrue, url, whole, wordy } from "./setting_readers.ts";

/** The settings by key, as in `SETTINGS`. */
export const MONITORING_SETTINGS = {
  "alerts.webhook": setting<string | null>({
    meaning: "the address that a daemon posts alerts to; it may hold a token and is never shown",
    file: true,
    applies: "at once",
    secret: true,
    fallback: null,
    read: url(checkHttpUrl, "https://hooks.example.org/alerts"),
  }),
  "alerts.desktop": setting<boolean>({
    meaning: "whether a daemon shows alerts on the desktop, with notify-send",
    file: true,
    applies: "at once",
    fallback: false,
    read: onlyTrue,
  }),
  "alerts.nostr": ofFile(
    "the public key that a daemon sends alerts to, as private messages that it pays for",
    wordy(/^[0-9a-f]{64}$/, "64 small hex digits", "ab".repeat(32)),
    "at once",
  ),
  "alerts.repeat_s": setting<number>({
    meaning: "the least number of seconds before the same alert is sent again",
    file: true,
    applies: "at once",
    fallback: 3_600,
    read: whole(1, 604_800),
  }),
  "alerts.offline_s": setting<number>({
    meaning: "how many seconds relay, connector or chain must be away before an alert",
    file: true,
    applies: "at once",
    fallback: 30,
    read: whole(1, 86_400),
  }),
  "alerts.providers": setting<readonly string[]>({
    meaning: "public keys of providers whose absence is an alert",
    file: true,
    applies: "at once",
    fallback: [],
    read: list(/^[0-9a-f]{64}$/, "64 small hex digits", "ab".repeat(32)),
  }),
  "metrics.port": setting<number | null>({
    meaning: "the port of 127.0.0.1 on which a daemon serves /metrics; none by default",
    file: true,
    applies: "at once",
    fallback: null,
    read: whole(1, 65_535),
  }),
  "tracing.endpoint": setting<string | null>({
    meaning: "the collector that daemons send traces to; it may hold a token and is never shown",
    env: ["GASTOWN_TRACING_ENDPOINT"],
    file: true,
    applies: "at once",
    secret: true,
    fallback: null,
    read: url(checkHttpUrl, "http://127.0.0.1:4318/v1/traces"),
  }),
} as const;
