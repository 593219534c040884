/**
 * The rules for which transactions may be signed at all (docs/money.md#keys): only for chains and contracts on the allow list, and only to
 * recipients that the process named which started the signer. transaction_ledger.ts limits how much and how often.
 *
 * @module
 */
import type { Address } from "../../protocols/evm/address.ts";
import type { TransactionFields } from "../../protocols/evm/contract_call.ts";
import { address, type AllowedContract } from "./claim_fields.ts";
import { SignerError } from "./signer_error.ts";

/** The addresses to which money may go. The account itself is always allowed. */
export interface TransactionParties {
  /** The recipients of `transfer`, `send` and `faucet`. */
  readonly recipients?: readonly string[];
  /** The peers with which channels may be opened. Default: any peer, within the ceilings. */
  readonly peers?: readonly string[];
}

/** Refuses with SignerError `not_allowed`. Returns the allow list's entry for the chain. */
type TransactionPolicy = (fields: TransactionFields) => AllowedContract;

/** A policy to which a person with the passphrase can add recipients. */
interface TransactionPolicies {
  readonly check: TransactionPolicy;
  /** Allows a recipient until the signer ends. Throws SignerError `bad_field`. */
  addRecipient(recipient: unknown): void;
}

/** The most recipients and peers. */
const MAX_PARTIES = 1_024;

/** The policy of one account. `allow` was already parsed. Throws SignerError `bad_field`. */
export function createTransactionPolicy(
  own: Address,
  allow: readonly AllowedContract[],
  parties: TransactionParties = {},
): TransactionPolicies {
  const recipients = new Set([own, ...addresses(parties.recipients ?? [], "recipients")]);
  const peers = parties.peers === undefined ? null : new Set(addresses(parties.peers, "peers"));

  const entryFor = (
    { chainId }: TransactionFields,
    what: string,
    rule: (entry: AllowedContract) => boolean,
  ): AllowedContract => {
    const entry = allow.find((candidate) => candidate.chainId === chainId && rule(candidate));
    if (entry !== undefined) return entry;
    throw new SignerError("not_allowed", `${what} on chain ${chainId} is not on the allow list`);
  };
  const demand = (holds: boolean, words: string): void => {
    if (!holds) throw new SignerError("not_allowed", words);
  };

  return {
    check(fields) {
      const { call } = fields;
      switch (call.call) {
        case "approve": {
          const entry = entryFor(
            fields,
            `token ${call.token} with spender ${call.spender}`,
            ({ tokenAddress, tokenNetworkAddress }) =>
              tokenAddress === call.token && tokenNetworkAddress === call.spender,
          );
          return entry;
        }
        case "transfer":
        case "faucet":
          demand(recipients.has(call.to), `recipient ${call.to} is not on the allow list`);
          return entryFor(
            fields,
            `token ${call.token}`,
            ({ tokenAddress }) => tokenAddress === call.token,
          );
        case "send":
          demand(recipients.has(call.to), `recipient ${call.to} is not on the allow list`);
          return entryFor(fields, "the currency", () => true);
        case "cancel":
          return entryFor(fields, "the currency", () => true);
        case "openChannel":
          demand(
            peers?.has(call.participant2) ?? call.participant2 !== own,
            `peer ${call.participant2} is not on the allow list`,
          );
          break;
        case "setTotalDeposit":
        case "collectOwed":
          demand(call.participant === own, "participant must be the account itself");
          break;
      }
      return entryFor(
        fields,
        `contract ${call.tokenNetwork}`,
        ({ tokenNetworkAddress }) => tokenNetworkAddress === call.tokenNetwork,
      );
    },
    addRecipient(recipient) {
      const checked = address(recipient, "recipient");
      if (recipients.size >= MAX_PARTIES) {
        throw new SignerError("bad_field", `at most ${MAX_PARTIES} recipients`);
      }
      recipients.add(checked);
    },
  };
}

function addresses(list: readonly string[], field: string): Address[] {
  if (!Array.isArray(list) || list.length > MAX_PARTIES) {
    throw new SignerError("bad_field", `${field} must be a list of at most ${MAX_PARTIES}`);
  }
  return list.map((entry) => address(entry, field));
}
