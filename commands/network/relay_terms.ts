/**
 * `crosstown relay terms`: shows the price of writes and the recipient of payments, as the profile or the relay's own key states them, and
 * accepts them.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import type { AcceptedTerms } from "../../config/accepted_terms.ts";
import type { CheckedTerms } from "../../market/terms/check_terms.ts";
import type { CommandSpec, Invocation } from "../../shell/command.ts";
import { CommandError, UsageError } from "../../shell/errors.ts";
import { pubkeyOption } from "../../shell/pubkey_option.ts";
import { type FoundTerms, learnedTerms } from "./learned_terms.ts";
import { showTerms } from "./terms_view.ts";

/** `crosstown relay terms`. */
export const relayTerms: CommandSpec = {
  name: "terms",
  summary: "show and accept the relay's terms: the price of a write, and whom this home pays",
  description: [
    "Terms are valid only if the pinned key signed them; the profile or you pin it. Get the relay's key from somebody you",
    "trust, pin it with --pin, and accept its terms with --accept. A changed settlement address is never accepted automatically.",
    "Exit 1 when the terms are refused.",
  ].join("\n"),
  options: [
    { flags: "--pin <pubkey>", summary: "the relay's public key, 64 hex digits or an npub" },
    { flags: "--spsp", summary: "ask the pinned key itself (SPSP), if it announces no terms" },
    {
      flags: "--ilp-address <address>",
      summary:
        "with --spsp: the relay's ILP address (default: the profile's); without one only the relay's WebSocket is used",
    },
    { flags: "--accept", summary: "use these terms from now on" },
    {
      flags: "--fingerprint <digits>",
      summary:
        "with --accept: accept only terms with this fingerprint, as the relay's operator states it",
    },
    {
      flags: "--followed",
      summary: "list the peers that keys announce which [trust] root follows; changes nothing",
    },
    { flags: "--replace", summary: "with --accept: accept a changed settlement address too" },
  ],
  examples: [
    { command: "crosstown relay terms" },
    {
      command:
        "crosstown relay terms --pin 30fdd01d55c3efeb4c19c2cbeda8247cbc40ae9b15c026e9a301a263001fa7a9 --accept",
      note: "pin a key and accept its terms",
    },
  ],
  dryRun: true,
  effect: "changes",
  run,
};

async function run(invocation: Invocation): Promise<number> {
  const { output, options, globals: { dryRun } } = invocation;
  const [{ configOf }, { readAcceptedTerms, acceptedTermsFile }, { readFile }] = await Promise.all([
    import("../../shell/home/load_config.ts"),
    import("../../config/accepted_terms.ts"),
    import("../../config/real_files.ts"),
  ]);
  const config = await configOf(invocation);
  if (options.on("followed")) {
    if (options.on("accept") || options.text("pin") !== undefined) {
      throw new UsageError("--followed only lists", "leave out --accept and --pin");
    }
    const { showFollowedPeers } = await import("./followed_peers.ts");
    return await showFollowedPeers(invocation, config);
  }
  const { profile, paths } = config;
  const path = acceptedTermsFile(paths, profile.name);
  const accepted = await readAcceptedTerms(path, readFile);
  const pin = options.text("pin");
  const given = pin === undefined ? undefined : await pubkeyOption(pin, "--pin");
  const pinned = pinnedKey(given, config, accepted);
  if (
    options.on("accept") && accepted === null && profile.relay !== null && profile.peer !== null
  ) {
    throw new CommandError(
      "terms_stated",
      `the profile of ${profile.name} states its terms itself`,
      "leave out --accept to compare them with what the relay announces",
    );
  }
  if (options.on("replace") && !options.on("accept")) {
    throw new UsageError("--replace goes with --accept", "add --accept");
  }
  const found = await compared(options, await learnedTerms(invocation, config, pinned, accepted));
  let taken = accepted;
  if (options.on("accept") && found.checked !== null) {
    if (dryRun) await output.note("These terms would be used from now on; nothing was changed.");
    else taken = await accept(config, path, found.checked);
  }
  await showTerms(invocation, config, found, taken);
  if (found.refused === null) return 0;
  await output.note(found.refused.message);
  return 1;
}

/** Refuses terms whose fingerprint differs from the given one. */
async function compared(options: Invocation["options"], found: FoundTerms): Promise<FoundTerms> {
  const digits = (text: string) => text.toLowerCase().replace(/[\s:-]/g, "");
  const stated = options.text("fingerprint");
  if (stated === undefined || found.checked === null) return found;
  if (!/^[0-9a-f]{32}$/.test(digits(stated))) {
    throw new UsageError("--fingerprint must be 32 hex digits", "spaces between them are allowed");
  }
  const { termsFingerprint } = await import("../../market/terms/terms_fingerprint.ts");
  const has = await termsFingerprint(found.checked.terms);
  if (digits(has) === digits(stated)) return found;
  const message =
    `the terms have the fingerprint ${has}, not the one that was stated: they were not accepted`;
  return { checked: null, refused: { code: "other_fingerprint", message } };
}

function pinnedKey(
  given: string | undefined,
  { profile }: Config,
  accepted: AcceptedTerms | null,
): string {
  const known = accepted?.relayUrl === profile.relayUrl ? accepted.pubkey : undefined;
  const pinned = given ?? profile.relay?.pubkey ?? known;
  if (pinned !== undefined) return pinned;
  throw new CommandError(
    "not_pinned",
    `no key is pinned for ${profile.relayUrl}, so no terms can be accepted`,
    "ask the relay's operator for its public key, then run 'crosstown relay terms --pin PUBKEY'",
  );
}

async function accept(
  { profile, paths }: Config,
  path: string,
  { terms }: CheckedTerms,
): Promise<AcceptedTerms> {
  const { formatAcceptedTerms } = await import("../../config/accepted_terms.ts");
  const accepted: AcceptedTerms = {
    relayUrl: profile.relayUrl,
    pubkey: terms.pubkey,
    ilpAddress: terms.ilpAddress,
    priceUnitsPerByte: terms.priceUnitsPerByte,
    peerAddress: terms.peer?.address ?? null,
    acceptedAt: new Date().toISOString(),
  };
  for (const folder of [paths.home, path.slice(0, path.lastIndexOf("/"))]) {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  }
  // The file is replaced by a rename, so that a crash leaves the old terms or the new ones.
  const draft = `${path}.${crypto.randomUUID()}`;
  await Deno.writeTextFile(draft, formatAcceptedTerms(accepted), { mode: 0o600, createNew: true });
  await Deno.rename(draft, path);
  return accepted;
}
