/**
 * `crosstown wallet`: the keys of this home.
 *
 * @module
 */
import type { WalletIdentity } from "../../money/wallet/key_maker_service.ts";
import type { CommandSpec, Invocation } from "../../shell/command.ts";
import type { OptionSpec } from "../../shell/option_spec.ts";

const KEY_OPTIONS: readonly OptionSpec[] = [
  {
    flags: "--key-file <file>",
    summary: "a file that only you can read, whose first line is the key; - is standard input",
  },
  { flags: "--key-fd <number>", summary: "read the key from this open pipe" },
  {
    flags: "--index <number>",
    summary: "the account of a mnemonic, m/44'/1237'/0'/0/NUMBER (default: 0)",
  },
];

/** `crosstown wallet ...`. */
export const command: CommandSpec = {
  name: "wallet",
  summary:
    "manage the keys and tokens of this home: init, import, show, balance, send, receive, faucet, history, limits, export, passphrase",
  commands: [
    {
      name: "init",
      summary: "make a new wallet, encrypted under a passphrase",
      description:
        "Makes identity.enc in the home: one key for events and one for payments, encrypted (Argon2id, AES-256-GCM) under a passphrase of 12 characters or more. It never overwrites a wallet. The dev network has its own wallets.",
      examples: [
        {
          command: "crosstown wallet init --passphrase-file ~/.gt/passphrase",
          note: "then set passphrase_file under [wallet] in crosstown.toml",
        },
        { command: "crosstown wallet init --passphrase-file pass --output json" },
      ],
      dryRun: true,
      effect: "changes",
      run: async (invocation) => await (await keys()).walletInit(invocation),
    },
    {
      name: "import",
      summary: "make a wallet from a key of another program",
      description:
        "Takes 64 hex digits, an nsec, a mnemonic, or the line that 'wallet export' wrote, from a file, a descriptor, standard input or a question without echo; never from the arguments, which every user of the machine can read. One key then serves both events and payments; an exported line keeps its two keys.",
      options: KEY_OPTIONS,
      examples: [
        { command: "crosstown wallet import --key-file nsec.txt --passphrase-file pass" },
        {
          command: "pass show nostr | crosstown wallet import --key-file - --passphrase-file pass",
        },
      ],
      dryRun: true,
      effect: "changes",
      run: async (invocation) => await (await keys()).walletImport(invocation),
    },
    {
      name: "configure",
      summary: "print an encrypted key for the environment or another program",
      description:
        "Prints base64(salt, nonce, ciphertext and tag) of the given key, or of new keys, and writes nothing.",
      options: KEY_OPTIONS,
      examples: [{
        command: "crosstown wallet configure --key-file key.hex --passphrase-file pass",
      }],
      effect: "changes",
      run: async (invocation) => await (await keys()).walletConfigure(invocation),
    },
    {
      name: "show",
      summary: "show the addresses, the network and how the keys are bound; nothing secret",
      examples: [{ command: "crosstown wallet show --output json" }],
      effect: "reads",
      run: async (invocation) => await (await keys()).walletShow(invocation),
    },
    {
      name: "whoami",
      summary: "show the public key and the payment address of this home",
      examples: [{ command: "crosstown wallet whoami --output json" }],
      effect: "reads",
      run: walletWhoami,
    },
    {
      name: "balance",
      summary: "show the tokens and gas of this home's account",
      examples: [{ command: "crosstown wallet balance --output json" }],
      effect: "reads",
      run: async (invocation) => await (await chain()).walletBalance(invocation),
    },
    {
      name: "send",
      summary: "send tokens, or gas with --gas",
      description:
        "Signs only for this recipient and within the ceilings. The transaction is stored before it is broadcast, and continues after a crash.",
      args: [
        { name: "<to>", summary: "an address, 0x and 40 hex digits" },
        { name: "<amount>", summary: "M2M (0.5), or with --gas the chain's own currency" },
      ],
      options: [{ flags: "--gas", summary: "send the chain's own currency" }],
      examples: [
        {
          command: "crosstown wallet send 0x90F7...b906 2.5 --dry-run",
          note: "what it would cost",
        },
        { command: "crosstown wallet send 0x90F7...b906 2.5 --yes" },
      ],
      dryRun: true,
      effect: "spends",
      run: async (invocation) => await (await chain()).walletSend(invocation),
    },
    {
      name: "faucet",
      summary: "get test tokens, on networks that give them",
      args: [{ name: "[amount]", summary: "M2M (default: 100)" }],
      examples: [{ command: "crosstown wallet faucet --network dev --yes" }],
      dryRun: true,
      effect: "spends",
      run: async (invocation) => await (await chain()).walletFaucet(invocation),
    },
    {
      name: "history",
      summary: "list the transactions of this home's account, newest first",
      description:
        "Lists transfers, deposits, openings, closes and settlements on the chain, with fees. Packets are off the chain: see 'crosstown payments history'.",
      options: [{ flags: "--limit <count>", summary: "the most to show (default: 20)" }],
      examples: [
        { command: "crosstown wallet history" },
        { command: "crosstown wallet history --limit 100 --output csv" },
      ],
      effect: "reads",
      run: async (invocation) =>
        await (await import("./wallet_history.ts")).walletHistory(invocation),
    },
    {
      name: "receive",
      summary: "show the address that others can send to, and its chain",
      examples: [{ command: "crosstown wallet receive" }],
      effect: "reads",
      run: async (invocation) => await (await keys()).walletReceive(invocation),
    },
    {
      name: "limits",
      summary: "show the signer's ceilings; --set changes them with the passphrase",
      description:
        "Flags, environment and file only lower a ceiling. Raising one asks for the passphrase again; the signer's ledger keeps the new ceiling.",
      options: [
        {
          flags: "--set <name=amount>",
          summary: "set a ceiling, in M2M or ETH; may be given several times",
          repeat: true,
        },
      ],
      examples: [
        { command: "crosstown wallet limits --output json" },
        { command: "crosstown wallet limits --set hour=200 --set day=1000" },
      ],
      dryRun: true,
      effect: "changes",
      run: async (invocation) =>
        await (await import("./wallet_limits.ts")).walletLimits(invocation),
    },
    {
      name: "export",
      summary: "export the secret keys",
      description:
        "Always asks for the passphrase again. Writes one line, which 'wallet import' reads: the nsec, and after it the payment key, if it is a different key.",
      options: [
        { flags: "--to <file>", summary: "write to this new file, with mode 0600" },
        { flags: "--show", summary: "print them instead" },
      ],
      examples: [{ command: "crosstown wallet export --to keys.txt" }],
      dryRun: true,
      effect: "changes",
      run: async (invocation) => await (await keys()).walletExport(invocation),
    },
    {
      name: "passphrase",
      aliases: ["rotate"],
      summary: "change the passphrase of the wallet; its keys stay",
      description:
        "Seals the same keys under the new passphrase, with a new salt. Killed at any moment, it leaves the wallet under the old " +
        "passphrase or under the new one. The keys do not change: the address, the Nostr key and the channels stay, and a copy of the " +
        "old file still opens with the old passphrase. If such a copy was stolen, you need new keys: close and settle the channels, then " +
        "send the tokens to the wallet of a new home (docs/home.md#new-keys).",
      options: [
        {
          flags: "--new-passphrase-file <file>",
          summary: "file with the new passphrase in its first line; only you can read it",
        },
        {
          flags: "--new-passphrase-fd <number>",
          summary: "read the new passphrase from this open pipe",
        },
      ],
      examples: [{
        command: "crosstown wallet passphrase --passphrase-file old --new-passphrase-file new",
      }],
      dryRun: true,
      effect: "changes",
      run: async (invocation) => await (await keys()).walletPassphrase(invocation),
    },
  ],
};

function chain(): Promise<typeof import("./wallet_chain.ts")> {
  return import("./wallet_chain.ts");
}

function keys(): Promise<typeof import("./wallet_keys.ts")> {
  return import("./wallet_keys.ts");
}

async function walletWhoami(invocation: Invocation): Promise<number> {
  const { configOf } = await import("../../shell/home/load_config.ts");
  const { openEventSigner } = await import("../../shell/home/open_home.ts");
  const config = await configOf(invocation);
  const { signer, stop } = await openEventSigner(config, invocation);
  try {
    const identity = await signer.identity();
    const { pubkey, paymentAddress: address } = identity;
    await invocation.output.document("wallet-identity", {
      pubkey,
      address,
      network: config.profile.name,
    }, () => identityText(identity));
    return 0;
  } finally {
    await stop();
  }
}

function identityText({ pubkey, paymentAddress }: WalletIdentity): string {
  return `pubkey   ${pubkey}\naddress  ${paymentAddress}`;
}
