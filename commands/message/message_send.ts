/**
 * `crosstown message send`: sends one private message, or says with `--dry-run` what its writes cost.
 *
 * @module
 */
import { formatUnits } from "../../protocols/ilp/asset.ts";
import { grossTo } from "../../protocols/ilp/fee.ts";
import { GIFT_WRAP_KIND } from "../../protocols/nostr/kinds.ts";
import { wrappedBytes } from "../../protocols/nostr/private_job.ts";
import { writePriceUnits } from "../../protocols/nostr/write_price.ts";
import type { Config } from "../../config/config.ts";
import { unlessAborted } from "../../base/until_aborted.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { openHomeClient } from "../../shell/home/home_client.ts";
import { noteNetwork } from "../../shell/home/money_banner.ts";
import { printableLine } from "../../shell/output.ts";
import { readAll } from "../../shell/read_all.ts";
import type { Invocation } from "../../shell/command.ts";
import { UsageError } from "../../shell/errors.ts";
import { messageKey } from "./message_key.ts";

/** Returns 0 if a relay has the message or it waits in the outbox. */
export async function messageSend(invocation: Invocation): Promise<number> {
  const { args, options, globals, output, io, signal } = invocation;
  const config = await configOf(invocation);
  const to = messageKey(args.required("key"));
  const replyTo = options.text("reply") ?? null;
  if (replyTo !== null && !/^[0-9a-f]{64}$/.test(replyTo)) {
    throw new UsageError("--reply takes the id of a message, 64 hex digits", "see 'message list'");
  }
  const given = args.required("text");
  const text = given === "-" ? new TextDecoder().decode(await readAll(io.stdin)) : given;
  const message = {
    to,
    text,
    subject: options.text("subject") ?? null,
    replyTo,
    copy: options.on("copy"),
  };
  await noteNetwork(output, config);
  if (globals.dryRun) return await showPlan(invocation, config, message);
  await using home = await openHomeClient(invocation, config, {
    sends: true,
    sameNetwork: true,
    sameRelay: true,
  });
  const sent = await unlessAborted(signal, home.message({ op: "send", message }));
  if (!sent.names) {
    await output.note(
      `${
        to.slice(0, 12)
      } publishes no list of relays (kind 10050 or 10002): it reads this one only at ${config.profile.relayUrl}`,
    );
  }
  for (const { relayUrl, state, reason } of sent.relays) {
    if (state !== "refused" && state !== "offline") continue;
    await output.warn(
      `the message is not at ${relayUrl}: ${state}${
        reason === null ? "" : `, ${printableLine(reason).slice(0, 200)}`
      }`,
    );
  }
  await output.document(
    "message",
    {
      message_id: sent.id,
      to,
      state: sent.state,
      listed: sent.listed,
      relays: sent.relays.map(({ relayUrl, state, reason }) => ({
        relay_url: relayUrl,
        state,
        reason,
      })),
      writes: sent.writes,
    },
    sent.state === "sent"
      ? `Sent message ${sent.id} to ${to} at ${
        sent.relays.filter(({ state }) => state === "sent").map(({ relayUrl }) => relayUrl)
          .join(", ")
      }`
      : `Message ${sent.id} waits to be sent: a daemon of this home sends it, or its next message`,
  );
  return 0;
}

/** The cost is an estimate: the padding depends on the text, and a list of relays may have to be published too. */
async function showPlan(
  { output }: Invocation,
  { profile }: Config,
  { to, text, subject, copy }: {
    readonly to: string;
    readonly text: string;
    readonly subject: string | null;
    readonly copy: boolean;
  },
): Promise<number> {
  const plain = new TextEncoder().encode(JSON.stringify([text, subject])).length + MESSAGE_BYTES;
  const bytes = wrappedBytes(wrappedBytes(plain));
  const { write, relay, hopFees = [], asset } = profile;
  const each = write !== "ilp" || relay === null ? 0n : grossTo(
    relay.ilpAddress,
    writePriceUnits(
      { unitsPerByte: relay.priceUnitsPerByte, byKind: relay.kindPricesUnitsPerByte },
      GIFT_WRAP_KIND,
      bytes,
    ),
    hopFees,
  );
  const writes = copy ? 2 : 1;
  const total = each * BigInt(writes);
  await output.document(
    "message-plan",
    { dry_run: true, to, bytes, writes, write_units: total },
    `Would send about ${bytes} bytes to ${to} for ${formatUnits(total, asset)} in ${writes} ${
      writes === 1 ? "write" : "writes"
    }`,
  );
  return 0;
}

/** The id, keys, time and tags of a message. */
const MESSAGE_BYTES = 320;
