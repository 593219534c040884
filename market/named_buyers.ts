/**
 * Keeps a buyer from paying a provider that sells a kind only to buyers whom it names (kind_access.ts). The buyer's own quote shows that it is
 * one of them. Without a quote, such a provider is chosen only if the buyer names it and it could not be asked.
 *
 * @module
 */
import type { Chosen } from "./choose_provider.ts";
import type { AskForQuotes } from "./hidden_comparison.ts";
import { accessOfKind } from "./kind_access.ts";
import { shortKey } from "./no_provider.ts";
import { InputError } from "./packing/input_error.ts";

/** What the answers to the questions for quotes show. */
interface NamedBuyers {
  /** Asks for quotes, and keeps why there is none. */
  readonly quotes: AskForQuotes | undefined;
  /** Whether the buyer may send this provider its request. */
  serves(chosen: Chosen): boolean;
  /** What the buyer should know before it sends this provider its request. Undefined if there is nothing. */
  note(chosen: Chosen): string | undefined;
  /** The error if no provider serves this buyer. */
  refusal(ranked: readonly Chosen[]): InputError;
}

/** `provider` is the one that the buyer named, or null. */
export function namedBuyers(
  kind: number,
  provider: string | null,
  own: string,
  quotes: AskForQuotes | undefined,
): NamedBuyers {
  /** The reason of each provider that was asked; null if it sent a quote. */
  const reasons = new Map<string, string | null>();
  return {
    quotes: quotes && (async (questions) => {
      const answers = await quotes(questions);
      for (const answer of answers) reasons.set(answer.provider, answer.reason);
      return answers;
    }),
    serves({ announcement }) {
      if (!accessOfKind(announcement, kind).namedBuyers) return true;
      const reason = reasons.get(announcement.pubkey);
      return reason === null || reason === undefined && announcement.pubkey === provider;
    },
    note({ announcement, lacks }) {
      const { pubkey } = announcement;
      if (lacks !== undefined) {
        return `provider ${pubkey} ${lacks}: the request goes to it unpaid; 'crosstown job status' shows its price`;
      }
      return accessOfKind(announcement, kind).namedBuyers && !reasons.has(pubkey)
        ? `provider ${pubkey} serves only buyers whom it names, and could not be asked before: it may refuse`
        : undefined;
    },
    refusal([{ announcement: { pubkey } }]) {
      const reason = reasons.get(pubkey);
      const why = reason ? `gave no quote: ${reason}` : "cannot be asked for a quote";
      return new InputError(
        "buyer_not_named",
        `provider ${
          shortKey(pubkey)
        } sells kind ${kind} only to buyers whom it names, and ${why}; nothing was paid`,
        {
          suggestion: reason
            ? `Ask the provider's owner to add your key ${own} to node.allow_buyers`
            : `If the provider has named your key ${own}: --provider ${pubkey}`,
        },
      );
    },
  };
}
