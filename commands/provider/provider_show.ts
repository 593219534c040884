/**
 * Shows one provider. If no relay of this home knows it, its own list of relays (NIP-65) says where else to ask.
 *
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import type { Config } from "../../config/config.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { bannerOf } from "../../shell/home/money_banner.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError, UsageError } from "../../shell/errors.ts";
import { keyOf, knownProviders, missingText, type Told } from "./provider_list.ts";
import { imagesText, showText } from "./provider_text.ts";

/** `provider show`. Exits with 1 if no relay knows the provider. */
export async function providerShow(invocation: Invocation): Promise<void> {
  const { output, args, io } = invocation;
  const config = await configOf(invocation);
  const wanted = await keyOf(args.required("pubkey"));
  const whole = wanted.length === 64 ? wanted : null;
  const told = await knownProviders(invocation, config, null, whole, BYTES);
  const found = told.providers.filter(({ pubkey }) => pubkey.startsWith(wanted));
  if (found.length > 1) {
    throw new UsageError(
      `${wanted} may be any of ${found.slice(0, 5).map(({ pubkey }) => pubkey).join(", ")}`,
      "give more digits",
      "ambiguous",
    );
  }
  const elsewhere = found.length === 0 && whole !== null
    ? await toldElsewhere(invocation, config, whole, told)
    : null;
  const [provider] = elsewhere?.told.providers ?? found;
  if (provider === undefined) {
    const asked = [...told.answers, ...elsewhere?.told.answers ?? []];
    throw new CommandError(
      "no_provider",
      `no provider ${wanted.slice(0, 64)} announces itself on ${
        asked.map(({ relayUrl }) => relayUrl).join(" or ")
      }${missingText(asked)}`,
      "see 'crosstown provider list --all'",
    );
  }
  // With a part of a key, the list can be asked for only after the provider was found.
  const { list, schemas } = whole === null
    ? await knownProviders(invocation, config, null, provider.pubkey, BYTES)
    : { list: told.list, schemas: (elsewhere?.told ?? told).schemas };
  const document = { ...provider, schemas, relay_list: list, found_at: elsewhere?.relays ?? null };
  await output.document(
    "provider",
    document,
    () =>
      [
        bannerOf(config),
        showText(document, config.profile.asset, io.clock()),
        ...elsewhere === null
          ? []
          : [`to buy from it, add --more-relays ${elsewhere.relays.join(",")}`],
      ].join("\n"),
    [{
      ...provider,
      builds: imagesText(provider.builds),
      tags: provider.tags.join(" "),
      prices: "",
      unpriced: "",
      offer: "",
      history: "",
    }],
  );
}

/** The size of a request for which prices are shown. */
const BYTES = 2_048;
/** The most relays of a provider's list that this home asks. */
const MOST_ELSEWHERE = 3;

/** Asks the relays that the provider says it writes to and that were not asked yet. Null if there are none, or if none answers. */
async function toldElsewhere(
  invocation: Invocation,
  config: Config,
  pubkey: string,
  { list, answers }: Told,
): Promise<{ readonly told: Told; readonly relays: readonly string[] } | null> {
  const asked = new Set(answers.map(({ relayUrl }) => relayUrl));
  const relays = (list?.write ?? []).filter((url) => !asked.has(new URL(url).href))
    .slice(0, MOST_ELSEWHERE);
  const [relayUrl, ...moreRelays] = relays;
  if (relayUrl === undefined) return null;
  try {
    const where = { relayUrl, moreRelays };
    return { told: await knownProviders(invocation, config, null, pubkey, BYTES, where), relays };
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return null;
  }
}
