/**
 * Sends and reads private messages (NIP-17): kind 14 in a seal (13) in a gift wrap (1059). The relay sees neither text nor author. A home
 * keeps no messages: it reads them from its relays each time. It keeps only what relays of a reader do not have yet (deliveries.ts).
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/17.md
 * @module
 */
import { ownWrite } from "../../store/own_write.ts";
import type { Timers } from "../../base/timers.ts";
import type { EventTemplate, UnsignedEvent } from "../../protocols/nostr/event.ts";
import { asPubkey } from "../../protocols/nostr/event.ts";
import { eventId } from "../../protocols/nostr/event_id.ts";
import {
  BACKDATED_S,
  MESSAGE_RELAYS_KIND,
  PRIVATE_MESSAGE_KIND,
} from "../../protocols/nostr/kinds.ts";
import { messageRelaysTemplate } from "../../protocols/nostr/message_relays.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { Change, Store } from "../../store/store.ts";
import { InputError } from "../packing/input_error.ts";
import { atRate, OPENINGS } from "../private/opening_rate.ts";
import { maxWrappedBytes } from "../private_message.ts";
import type { CopyAnswer, RelayCopies } from "../relay_copies.ts";
import type { MessageRelays, RelayReader } from "../relay_questions.ts";
import type {
  Inbox,
  MessageAt,
  Messages,
  MessagesOptions,
  OutgoingMessage,
  SentMessage,
} from "./messages.ts";
import { afterTry, deliverDue, firstRows } from "./deliveries.ts";
import { readInbox } from "./read_inbox.ts";
import { hourlyCount } from "./hourly_count.ts";

/** What it needs. */
export interface MessageParts {
  readonly signer: Pick<Signer, "wrap" | "openWrap">;
  readonly store: Pick<Store, "commit" | "cursor" | "outboxEntry" | "undelivered">;
  readonly relayReader: Pick<RelayReader, "wraps" | "messageRelays">;
  readonly relayCopies: RelayCopies;
  readonly timers: Timers;
}

/** The most messages that a home sends in an hour, so that a program that loops does not spend without end. */
const MOST_AN_HOUR = 120;
/** How long to wait until the relay has a message, and how often to look, in milliseconds. */
const SEND_MS = 30_000;
const LOOK_MS = 100;
const MAX_SUBJECT_CHARS = 200;

/** Makes a home's messages. */
export function homeMessages(options: MessagesOptions, parts: MessageParts): Messages {
  const { pubkey, relayUrl, reads, eventBytes } = options;
  const { signer, store, relayReader, relayCopies, timers } = parts;
  const turn = atRate(OPENINGS, timers);
  const sent = hourlyCount(store, `messages:${pubkey}`, MOST_AN_HOUR);

  const send = async (message: OutgoingMessage): Promise<SentMessage> => {
    check(message, maxWrappedBytes(eventBytes));
    const nowMs = timers.now();
    const counted = await sent.next(nowMs);
    const inbox = await relayReader.messageRelays(message.to);
    // Messages go only to the relays of a list for messages (NIP-17). A list of relays in general says nothing about messages.
    const here = inbox === null || inbox.own || inbox.kind !== MESSAGE_RELAYS_KIND;
    const others = inbox?.others ?? [];
    if (!here && others.length === 0) throw notRead(inbox.named, relayUrl);
    const template = messageOf(message, Math.floor(nowMs / 1_000));
    const id = eventId({ ...template, pubkey: asPubkey(pubkey) });
    const readers = [message.to, ...message.copy ? [pubkey] : []];
    const wraps = await Promise.all(readers.map((reader) => signer.wrap(reader, template)));
    const list = await ownRelays(store, { pubkey, reads }, nowMs);
    const [wrap, ...copies] = wraps.map(bytesOf);
    const own = [
      ...copies.map((event) => written(event, options, nowMs)),
      ...list === null ? [] : [written(bytesOf(list.event), options, nowMs), list.cursor],
    ];
    const kept = firstRows(
      { messageId: id, reader: message.to, event: wrap, relayUrls: others },
      nowMs,
    );
    await store.commit([
      ...here ? [written(wrap, options, nowMs), ...own] : [],
      ...kept.map((row): Change => ({ op: "putUndelivered", row })),
      counted,
    ]);
    const [outcome, answers] = await Promise.all([
      here ? untilWritten(store, wrap, relayUrl, timers) : null,
      relayCopies.write(others, [wrap], true),
    ]);
    const after = answers.map((answer, at) => afterTry(kept[at], answer, timers.now()));
    const waits = after.some((each) =>
      each.op === "putUndelivered" && each.row.state === "waiting"
    );
    const relays = [...outcome === null ? [] : [outcome], ...answers.map(asMessageAt)];
    const state = stateOf(relays) ?? (waits ? "queued" : null);
    // A message that no relay takes was not sent, so it is in no list of what was.
    const failed = kept.map(({ messageId, relayUrl }): Change => ({
      op: "dropUndelivered",
      messageId,
      relayUrl,
    }));
    await store.commit(state === null ? failed : after);
    if (state === null) throw here ? notSent(outcome!) : notRead(inbox.named, relayUrl, relays);
    if (!here && own.length > 0) await store.commit(own);
    // A home without a daemon tries again with its next message.
    await deliverDue({ store, relayCopies }, () => timers.now());
    return {
      ...{ id, to: message.to, state, relays },
      listed: inbox?.own ?? false,
      names: inbox !== null,
      writes: Number(here) + copies.length + Number(list !== null),
    };
  };

  const list = async (sinceS: number, limit: number): Promise<Inbox> => {
    const { wraps, partial } = await relayReader.wraps(pubkey, Math.max(0, sinceS - BACKDATED_S));
    const nowS = Math.floor(timers.now() / 1_000);
    return { ...await readInbox(wraps, signer, { sinceS, limit, nowS, turn }), partial };
  };

  return {
    // The type of the answer follows from the work.
    run: async (work) => {
      if (work.op === "send") return await send(work.message) as never;
      if (work.op === "list") return await list(work.sinceS, work.limit) as never;
      await deliverDue({ store, relayCopies }, () => timers.now());
      return null as never;
    },
  };
}

function check({ to, text, subject, replyTo }: OutgoingMessage, mostBytes: number): void {
  const refuse = (code: string, words: string, suggestion: string) => {
    throw new InputError(code, words, { suggestion });
  };
  const isKey = (key: string) => /^[0-9a-f]{64}$/.test(key);
  if (!isKey(to) || replyTo !== null && !isKey(replyTo)) {
    refuse("bad_input", "a key or an id has 64 hex digits", "give it whole");
  }
  if (text.trim() === "") refuse("bad_input", "the message is empty", "give a text");
  if (!text.isWellFormed() || subject?.isWellFormed() === false) {
    refuse("bad_input", "the message is not UTF-8", "give a text in UTF-8");
  }
  if (subject !== null && subject.length > MAX_SUBJECT_CHARS) {
    refuse("bad_input", `a subject has at most ${MAX_SUBJECT_CHARS} characters`, "make it shorter");
  }
  // Escapes and tags are part of what is encrypted.
  const bytes = new TextEncoder().encode(JSON.stringify([text, subject])).length;
  if (bytes > mostBytes) {
    refuse("too_large", `a message has at most ${mostBytes} bytes (got ${bytes})`, "send less");
  }
}

function messageOf(
  { to, text, subject, replyTo }: OutgoingMessage,
  created_at: number,
): EventTemplate {
  return {
    kind: PRIVATE_MESSAGE_KIND,
    created_at,
    tags: [
      ["p", to],
      ...subject === null ? [] : [["subject", subject]],
      ...replyTo === null ? [] : [["e", replyTo, "", "reply"]],
    ],
    content: text,
  };
}

function bytesOf(event: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(event));
}

function asMessageAt({ relayUrl, state, reason }: CopyAnswer): MessageAt {
  return { relayUrl, state: state === "accepted" ? "sent" : state, reason };
}

/** Null if no relay has it or will have it. */
function stateOf(relays: readonly MessageAt[]): SentMessage["state"] | null {
  const has = (wanted: MessageAt["state"]) => relays.some(({ state }) => state === wanted);
  return has("sent") ? "sent" : has("queued") ? "queued" : null;
}

/** The message goes nowhere. `tried`: how the reader's relays reacted; without it, this home may connect to none of them. */
function notRead(
  named: MessageRelays["named"],
  relayUrl: string,
  tried: readonly MessageAt[] = [],
): InputError {
  const others = named.length === 0 ? "no relay" : named.slice(0, 3).join(", ");
  const why = tried.map(({ relayUrl, reason }) => `${relayUrl}: ${reason}`).join("; ");
  return new InputError(
    "other_relays",
    `the reader reads messages at ${others}, and this home writes to ${relayUrl}${
      why === "" ? "" : `; it is at none of them: ${why}`
    }`,
    {
      suggestion: named.length === 0
        ? "The reader takes no messages"
        : tried.length === 0
        ? "Use a network with one of these relays"
        : "Send it again later, or use a network with one of these relays",
    },
  );
}

function notSent({ reason }: MessageAt): InputError {
  return new InputError("refused", `the message was not sent: ${reason ?? "refused"}`, {
    suggestion: "See 'crosstown relay status' and 'crosstown channel list'",
  });
}

/** This home's list of relays, if the one that was published last is another one. */
async function ownRelays(
  store: Pick<Store, "cursor">,
  { pubkey, reads }: Pick<MessagesOptions, "pubkey" | "reads">,
  nowMs: number,
): Promise<{ readonly event: UnsignedEvent; readonly cursor: Change } | null> {
  const name = `message-relays:${pubkey}`;
  const [lastS, last] = ((await store.cursor(name)) ?? "0 ").split(" ");
  if (last === reads.join(",")) return null;
  // Of two lists of the same second, a relay may keep either one.
  const atS = Math.max(Math.floor(nowMs / 1_000), Number(lastS) + 1);
  return {
    event: { ...messageRelaysTemplate(reads, atS), pubkey: asPubkey(pubkey) },
    cursor: { op: "setCursor", name, value: `${atS} ${reads.join(",")}` },
  };
}

function written(
  event: Uint8Array,
  { payTo }: Pick<MessagesOptions, "payTo">,
  nowMs: number,
): Change {
  const target = { destination: payTo.ilpAddress, terminalPubkey: payTo.pubkey };
  return ownWrite(event, target, nowMs);
}

/** Waits until the event was sent to the home's own relay, or cannot be. */
async function untilWritten(
  store: Pick<Store, "outboxEntry">,
  event: Uint8Array,
  relayUrl: string,
  timers: Timers,
): Promise<MessageAt> {
  for (let waitedMs = 0; waitedMs < SEND_MS; waitedMs += LOOK_MS) {
    const entry = await store.outboxEntry(event);
    if (entry?.state === "done") return { relayUrl, state: "sent", reason: null };
    if (entry?.state === "failed") return { relayUrl, state: "refused", reason: entry.detail };
    await new Promise<void>((resolve) => timers.after(LOOK_MS, () => resolve()));
  }
  return { relayUrl, state: "queued", reason: null };
}
