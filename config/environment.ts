/**
 * The environment: every variable that the program may read, and its meaning. `deno task generate` makes the flags of `deno run`, the
 * image's script and the README from this table.
 *
 * @module
 */

/** A variable of the environment. */
interface Variable {
  readonly name: string;
  /** Its meaning for users, as Markdown; null for a variable of the system that the README need not explain. */
  readonly meaning: string | null;
}

const TABLE = [
  { name: "HOME", meaning: null },
  { name: "PATH", meaning: null },
  { name: "TMPDIR", meaning: null },
  { name: "NO_COLOR", meaning: null },
  { name: "TERM", meaning: null },
  { name: "LANG", meaning: null },
  { name: "LC_ALL", meaning: null },
  { name: "LC_CTYPE", meaning: null },
  { name: "CREDENTIALS_DIRECTORY", meaning: null },
  // git finds the user's settings with it, see market/packing/git_environment.ts.
  { name: "XDG_CONFIG_HOME", meaning: null },
  { name: "SUDO_UID", meaning: null },
  { name: "GIT_*", meaning: null },
  { name: "GASTOWN_HOME", meaning: "state folder ([the home](docs/home.md))" },
  {
    name: "GASTOWN_MAYOR",
    meaning: "name of the mayor whose state is used; `mayor-001` by default",
  },
  {
    name: "GASTOWN_WALLET_ADDRESS",
    meaning:
      "the address that the keys must have ([wallet variables](docs/home.md#wallet-variables))",
  },
  {
    name: "GASTOWN_WALLET_PRIVATE_KEY_ENCRYPTED",
    meaning: "the wallet, encrypted, instead of its file",
  },
  {
    name: "GASTOWN_WALLET_PRIVATE_KEY",
    meaning: "a plain key; refused unless the next one is `true`",
  },
  { name: "GASTOWN_ALLOW_UNENCRYPTED_KEYS", meaning: "`true` allows a plain key" },
  {
    name: "GASTOWN_ALLOW_MAINNET",
    meaning: "main-network profiles are refused before 1.0 unless `true`",
  },
  {
    name: "GASTOWN_CROSSTOWN_RELAY_URL",
    meaning: "relay, `wss://`; `ws://` only on loopback",
  },
  {
    name: "GASTOWN_CROSSTOWN_MORE_RELAYS",
    meaning: "further relays to read from, with commas between them",
  },
  {
    name: "GASTOWN_CROSSTOWN_CONNECTOR_BTP",
    meaning: "connector, `btp+wss://`; `btp+ws://` only on loopback",
  },
  { name: "GASTOWN_BASE_SEPOLIA_RPC", meaning: "RPC of Base Sepolia, `https://`" },
  {
    name: "GASTOWN_MAX_CHANNEL_BALANCE_M2M",
    meaning: "ceiling per channel, 100 unless lower",
  },
  {
    name: "GASTOWN_TRACING_ENDPOINT",
    meaning: "the collector that daemons send traces to ([traces](docs/monitoring.md#traces))",
  },
  { name: "CROSSTOWN_RELAY_URL", meaning: "relay, if `GASTOWN_CROSSTOWN_RELAY_URL` is not set" },
  {
    name: "CROSSTOWN_CONNECTOR_BTP",
    meaning: "connector, if `GASTOWN_CROSSTOWN_CONNECTOR_BTP` is not set",
  },
] as const satisfies readonly Variable[];

/** A name of the table, or a name with the prefix before a `*` in the table. No other variable can be read. */
export type VariableName =
  | Exclude<typeof TABLE[number]["name"], `${string}*`>
  | `GIT_${string}`;

/** Every variable, in the order of the flags. A name that ends with `*` stands for all names with this prefix. */
export const ENVIRONMENT: readonly Variable[] = TABLE;

/** Their names, as for `--allow-env`. */
export const ENV_NAMES: readonly string[] = TABLE.map(({ name }) => name);
