/**
 * How prepareSink pays for a private job: the payment is a gift wrap for its provider, and only the buyer can read the provider's refusal.
 *
 * @see docs/jobs.md#private-jobs
 * @module
 */
import { parseStrictJson } from "../protocols/json/strict_json.ts";
import { encodeToon } from "../protocols/toon/encode.ts";
import type { PacketOutcome } from "../peers/connector/connector_client.ts";
import type { PrepareSinkServices } from "./prepare_sink_services.ts";
import type { Item } from "./stage.ts";

type PrivateSigner = Pick<PrepareSinkServices["signer"], "wrapText" | "decrypt">;

/** Wraps a payment for the item's reader; returns the item unchanged if it has none. */
export async function sealed(item: Item, { wrapText }: PrivateSigner): Promise<Item> {
  const { reader } = item.known;
  if (typeof reader !== "string") return item;
  if (wrapText === undefined) throw new TypeError("prepareSink needs a signer that wraps");
  const wrap = await wrapText(reader, new TextDecoder().decode(item.bytes));
  return { ...item, bytes: encodeToon(wrap, "1.4") };
}

/** Decrypts a refusal that the provider encrypted for us; returns the outcome unchanged if a hop refused. */
export async function opened(
  { known: { reader } }: Item,
  outcome: PacketOutcome,
  { decrypt }: PrivateSigner,
): Promise<PacketOutcome> {
  if (outcome.state !== "refused" || typeof reader !== "string") return outcome;
  if (decrypt === undefined || outcome.data.length === 0) return outcome;
  try {
    const text = await decrypt(reader, new TextDecoder().decode(outcome.data));
    const { message } = parseStrictJson(text) as { readonly message?: unknown };
    return typeof message === "string" ? { ...outcome, message } : outcome;
  } catch {
    // Text that does not decrypt is a hop's own.
    return outcome;
  }
}
