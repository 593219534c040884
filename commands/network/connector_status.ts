/**
 * `crosstown connector`: shows the connector through which this home pays.
 *
 * @module
 */
import { devLayout } from "../../network/dev/layout.ts";
import { controlClient } from "../../home/control/control_client.ts";
import type { Config } from "../../config/config.ts";
import type { Profile } from "../../config/profile.ts";
import type { PayerChannelRow } from "../../store/store.ts";
import type { CommandSpec, Invocation } from "../../shell/command.ts";
import { connectorForget } from "./connector_forget.ts";
import { connectorTermsCommand } from "./connector_terms.ts";
import type { AdminView } from "./connector_admin.ts";
import type { ProbeAnswer } from "./probe_question.ts";

/** `crosstown connector`. */
export const command: CommandSpec = {
  name: "connector",
  summary: "the connectors that this home pays through: status, terms, forget",
  commands: [
    {
      name: "status",
      summary:
        "sign in and show our account there; on a dev network also the connector's own figures",
      description:
        "Pays nothing. Exit 1 when the connector does not answer or refuses this home. CSV has a row for each channel of " +
        "the connector if its own figures are known, otherwise one row for this home.",
      options: [{ flags: "--timeout <seconds>", summary: "how long to wait", default: "5" }],
      examples: [
        { command: "crosstown connector status" },
        { command: "crosstown connector status --output json", note: "for programs" },
      ],
      effect: "reads",
      run: status,
    },
    connectorTermsCommand,
    connectorForget,
  ],
};

async function status(invocation: Invocation): Promise<number> {
  const { output, options, signal } = invocation;
  const timeoutMs = options.integer("timeout", { min: 1, max: 300 })! * 1_000;
  const [{ configOf }, { probe }, view, { CommandError }] = await Promise.all([
    import("../../shell/home/load_config.ts"),
    import("./probe.ts"),
    import("./connector_view.ts"),
    import("../../shell/errors.ts"),
  ]);
  const config = await configOf(invocation);
  const { profile } = config;
  const { connectorBtp: url } = profile;
  if (url === null) {
    throw new CommandError(
      "no_connector",
      `network ${profile.name} names no connector, so nothing can be paid on it`,
      "name one with --connector or connector_btp in crosstown.toml",
    );
  }
  const paid = await payersOf(config);
  const { wire, moreConnectors = [] } = profile;
  const ask = async (
    url: string,
    auth: Profile["connectorAuth"],
    peer: Profile["peer"],
    publicOnly?: true,
  ) => {
    const address = peer?.address.toLowerCase();
    const ours = paid.filter((row) => row.peer.toLowerCase() === address);
    const channelId = ours.at(-1)?.channelId ?? peer?.channelId ?? null;
    const account = { channelId };
    const question = {
      ...{ what: "connector", url, auth, wire, timeoutMs, account } as const,
      ...publicOnly && { publicOnly },
    };
    return { url, channelId, ours, answer: await probe(question, signal) };
  };
  const { announcedStates } = await import("../../shell/home/announced_states.ts");
  const [main, admin, states, ...asked] = await Promise.all([
    ask(url, profile.connectorAuth, profile.peer),
    adminOf(config),
    announcedStates(config),
    ...moreConnectors.map(async ({ name, url, auth, peerAddress, reaches, publicOnly }) => ({
      name,
      reaches,
      ...await ask(url, auth, { address: peerAddress, channelId: null }, publicOnly),
    })),
  ]);
  const more = asked.map((each) => ({ ...each, terms: states.get(each.name) ?? null }));
  const { answer } = main;
  const home = { profile, ...main, more };
  await output.document(
    "connector-status",
    view.statusDocument(home, admin),
    () => view.statusText(home, admin, (text) => output.style("bold", text)),
    view.statusRows(home, admin),
  );
  const away = more.filter((each) => !each.answer.ok);
  if (answer.ok && away.length > 0) {
    const names = away.map(({ name }) => name).join(", ");
    await output.note(`Away: ${names}. Payments go over the others that reach their destination.`);
  }
  for (const { refused } of states.values()) if (refused !== null) await output.note(refused);
  for (const { name, reason } of config.unusedConnectors) {
    await output.note(`The accepted connector ${name} is not used: ${reason}`);
  }
  if (answer.ok) return 0;
  await output.note(`${gone(answer)} See 'crosstown doctor'.`);
  return 1;
}

function gone(answer: ProbeAnswer): string {
  return answer.state === "refused"
    ? "The connector refuses this home."
    : "The connector cannot be reached; local commands still work.";
}

/** The channels on which this home paid, by its own records; oldest first. */
async function payersOf(config: Config): Promise<readonly PayerChannelRow[]> {
  const { hasStore, readStore } = await import("../../shell/home/read_store.ts");
  if (!await hasStore(config)) return [];
  await using store = await readStore(config);
  return await store.listPayerChannels();
}

/** The connector's own view if it runs in this home; otherwise null. */
export async function adminOf(config: Config): Promise<AdminView | null> {
  if (config.profile.name !== "dev") return null;
  const client = await controlClient(devLayout(config.paths.home).controlSocket).catch(() => null);
  if (client === null) return null;
  try {
    const told = await client.call("status") as { readonly connector?: AdminView };
    return told.connector ?? null;
  } finally {
    client.close();
  }
}
