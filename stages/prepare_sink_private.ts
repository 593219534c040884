/**
 * How prepareSink pays for a private job: the payment goes in a gift wrap for its provider, whose refusal is for the buyer alone.
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

/** A payment in a wrap for the reader that the item knows; as it is where it knows none. */
export async function sealed(item: Item, { wrapText }: PrivateSigner): Promise<Item> {
  const { reader } = item.known;
  if (typeof reader !== "string") return item;
  if (wrapText === undefined) throw new TypeError("prepareSink needs a signer that wraps");
  const wrap = await wrapText(reader, new TextDecoder().decode(item.bytes));
  return { ...item, bytes: encodeToon(wrap, "1.4") };
}

/** A refusal as its provider wrote it for us alone; as it is where a hop refused. */
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
    // What does not decrypt is a hop's own word.
    return outcome;
  }
}
