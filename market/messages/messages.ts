/**
 * The interface and options of a home's private messages (NIP-17). Every value survives a structured clone.
 *
 * @module
 */

/** A message to send. */
export interface OutgoingMessage {
  /** The reader's public key, 64 hex digits. */
  readonly to: string;
  readonly text: string;
  /** Null if it has none. */
  readonly subject: string | null;
  /** The id of the message that it answers, 64 hex digits. Null if it answers none. */
  readonly replyTo: string | null;
  /** Also writes a copy for this home, so that it can read its own message later. */
  readonly copy: boolean;
}

/** The outcome of a message at one relay. */
export interface MessageAt {
  readonly relayUrl: string;
  /**
   * `sent`: the relay has it. `queued`: the next process that works on the home sends it. `refused`: the relay does not take it. `offline`:
   * the relay gave no answer.
   */
  readonly state: "sent" | "queued" | "refused" | "offline";
  /** Why it is not there, in the relay's words or in this home's. Null if it is, or if it waits. */
  readonly reason: string | null;
}

/** A message that at least one relay has, that is in the outbox, or that is kept for another try. */
export interface SentMessage {
  /** The message's id. The reader sees the same id. */
  readonly id: string;
  readonly to: string;
  /** `sent`: a relay has it. `queued`: it is sent, or tried again, by a daemon or with the next message. */
  readonly state: "sent" | "queued";
  /** Whether the reader names this home's relay as one at which it reads messages. False if it names none at all. */
  readonly listed: boolean;
  /** Whether the reader published a list of relays: for messages (10050), or else of those that it reads (10002). */
  readonly names: boolean;
  /** Each relay to which it was written, this home's own first. */
  readonly relays: readonly MessageAt[];
  /** The number of writes to this home's relay: the message, its copy, and this home's own list of relays if it changed. */
  readonly writes: number;
}

/** A message that was read. Author and id are proven. */
export interface ReadMessage {
  readonly id: string;
  readonly author: string;
  /** The readers that it names. */
  readonly to: readonly string[];
  readonly subject: string | null;
  readonly replyTo: string | null;
  readonly text: string;
  /** As its author dates it, in seconds since the epoch. */
  readonly createdAtS: number;
}

/** Messages of the relays. */
export interface Inbox {
  /** Oldest first. */
  readonly messages: readonly ReadMessage[];
  /** Messages that are not in the list, because an author has more than its share or the limit is reached. */
  readonly leftOut: number;
  /** True if the relays have more gift wraps than were read. */
  readonly partial: boolean;
}

/** Work for a home's messages. `deliver`: tries again what relays of its readers do not have; only a daemon asks for it. */
export type MessageWork =
  | { readonly op: "send"; readonly message: OutgoingMessage }
  | { readonly op: "deliver" }
  | { readonly op: "list"; readonly sinceS: number; readonly limit: number };

/** The answer to {@link MessageWork}. */
export type MessageAnswer<Work extends MessageWork> = Work extends { readonly op: "send" }
  ? SentMessage
  : Work extends { readonly op: "list" } ? Inbox
  : null;

/** A home's messages. */
export interface Messages {
  /**
   * Sends a message or reads messages. Rejects with InputError: `bad_input`, `too_large`, `too_many`, `other_relays`, `refused`; and with
   * the errors of the relay reader.
   */
  run<Work extends MessageWork>(work: Work): Promise<MessageAnswer<Work>>;
}

/** The options with which the service starts. */
export interface MessagesOptions {
  /** This home's public key. */
  readonly pubkey: string;
  /** The relay to which it writes. */
  readonly relayUrl: string;
  /** All relays that it reads. */
  readonly reads: readonly string[];
  /** The relay's terminal, where writes are paid. Empty texts where writes are free. */
  readonly payTo: { readonly ilpAddress: string; readonly pubkey: string };
  /** The largest event, in bytes. */
  readonly eventBytes: number;
}
