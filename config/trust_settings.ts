/**
 * The settings of reviews.
 *
 * @module
 */
import { ofFile, setting } from "./setting.ts";
import { onlyTrue, wordy } from "./setting_readers.ts";

/** The settings by key, as in `SETTINGS`. */
export const TRUST_SETTINGS = {
  "trust.root": ofFile(
    "the key whose follows (NIP-02) decide whose reviews of providers count; usually your own on Nostr",
    wordy(/^[0-9a-f]{64}$/, "64 small hex digits", "ab".repeat(32)),
  ),
  "trust.publish": setting<boolean>({
    meaning: "whether a buyer's daemon publishes a signed review of each job that it paid for",
    file: true,
    fallback: false,
    read: onlyTrue,
  }),
} as const;
