/**
 * `crosstown message list`: reads the private messages for this home from its relays. Texts of strangers are printed without control
 * characters.
 *
 * @module
 */
import type { Inbox, ReadMessage } from "../../market/messages/messages.ts";
import type { UndeliveredRow } from "../../store/undelivered_row.ts";
import { unlessAborted } from "../../base/until_aborted.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { openHomeClient } from "../../shell/home/home_client.ts";
import { printable, printableLine } from "../../shell/output.ts";
import type { Invocation } from "../../shell/command.ts";
import { parsePeriod } from "../payments/period.ts";
import { messageKey } from "./message_key.ts";

const MAX_LISTED = 500;

/** Returns 0, also if there are no messages. */
export async function messageList(invocation: Invocation): Promise<number> {
  const { options, output, io, signal } = invocation;
  const config = await configOf(invocation);
  const { sinceMs } = parsePeriod(options.required("since"), undefined, io.clock());
  const limit = options.integer("limit", { min: 1, max: MAX_LISTED })!;
  const given = options.text("from");
  const from = given === undefined ? null : messageKey(given);
  await using home = await openHomeClient(invocation, config, {
    sameNetwork: true,
    sameRelay: true,
    writes: false,
  });
  const own = home.about.pubkey;
  const inbox = await unlessAborted(
    signal,
    home.message({ op: "list", sinceS: Math.floor(sinceMs! / 1_000), limit }),
  );
  const all = await home.read((store) => store.undelivered(null, MAX_LISTED));
  const undelivered = all.filter(({ reader, atMs }) =>
    atMs >= sinceMs! && (from === null || reader === from)
  );
  const shown = inbox.messages.filter(({ author }) => from === null || author === from);
  const rows = shown.map((message) => ({
    message_id: message.id,
    from: message.author,
    to: message.to,
    sent: message.author === own,
    at: timeOf(message),
    subject: message.subject,
    reply_to: message.replyTo,
    text: message.text,
  }));
  await output.document(
    "message-list",
    {
      messages: rows,
      left_out: inbox.leftOut,
      partial: inbox.partial,
      undelivered: undelivered.map(undeliveredRow),
    },
    () =>
      [
        ...shown.flatMap((message) => linesOf(message, own)),
        ...undelivered.map(undeliveredLine),
        ...notes(inbox, shown),
      ].join("\n"),
    rows.map((row) => ({ ...row, to: row.to.join(" ") })),
  );
  return 0;
}

/** A stranger may date its message at any time, also at one that no calendar has. */
function timeOf({ createdAtS }: ReadMessage): string {
  return new Date(Math.min(createdAtS * 1_000, MAX_TIME_MS)).toISOString();
}
const MAX_TIME_MS = 8.64e15;

function linesOf(message: ReadMessage, own: string): string[] {
  const { id, author, to, subject, text } = message;
  const who = author === own
    ? `to   ${to.map((key) => key.slice(0, 16)).join(" ")}`
    : `from ${author}`;
  return [
    `${timeOf(message)} ${who}${subject === null ? "" : `  ${printableLine(subject)}`}`,
    `  message ${id}`,
    ...text.split("\n").map((line) => `  ${printable(line)}`),
    "",
  ];
}

function undeliveredRow(row: UndeliveredRow) {
  const { messageId, reader, relayUrl, state, tries, reason, nextAtMs, atMs } = row;
  return {
    message_id: messageId,
    to: reader,
    relay_url: relayUrl,
    state,
    tries,
    reason,
    next_at: state === "waiting" ? new Date(nextAtMs).toISOString() : null,
    at: new Date(atMs).toISOString(),
  };
}

function undeliveredLine(row: UndeliveredRow): string {
  const { message_id, to, relay_url, tries, reason, next_at } = undeliveredRow(row);
  const next = next_at === null ? "given up" : `next try ${next_at}`;
  const why = reason === null ? "" : `: ${printableLine(reason).slice(0, 200)}`;
  return `Not delivered: ${message_id} to ${to.slice(0, 16)} at ${
    printableLine(relay_url)
  }, tried ${tries} times, ${next}${why}`;
}

function notes({ leftOut, partial }: Inbox, shown: readonly ReadMessage[]): string[] {
  return [
    ...shown.length === 0 ? ["No messages"] : [],
    ...leftOut === 0 ? [] : [`${leftOut} messages are left out: see --limit`],
    ...partial ? ["The relays have more gift wraps than were read"] : [],
  ];
}
