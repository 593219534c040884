/**
 * `crosstown connector terms`: shows the terms of a connector that announces itself, and accepts them as a further connector of the home.
 *
 * @module
 */
import type { AcceptedConnector } from "../../config/accepted_connectors.ts";
import type { Config } from "../../config/config.ts";
import type { ConnectorTerms } from "../../market/terms/connector_terms.ts";
import type { CommandSpec, Invocation } from "../../shell/command.ts";
import { CommandError, UsageError } from "../../shell/errors.ts";
import { pubkeyOption } from "../../shell/pubkey_option.ts";
import type { FoundConnector } from "./announced_connectors.ts";

/** `crosstown connector terms`. */
export const connectorTermsCommand: CommandSpec = {
  name: "terms",
  summary: "show the terms of a connector that announces itself, and accept them",
  description: [
    "A connector's key announces how it is reached, to which address it settles, and which ILP addresses it reaches. Get the key and",
    "the fingerprint from its operator. --accept uses the connector beside the main one, if the terms have that fingerprint.",
    "Without --pin and --followed, the accepted connectors are listed. Exit 1 when the terms are refused.",
  ].join("\n"),
  options: [
    { flags: "--pin <pubkey>", summary: "the connector's public key, 64 hex digits or an npub" },
    { flags: "--accept <name>", summary: "use the connector from now on, under this name" },
    {
      flags: "--fingerprint <digits>",
      summary: "with --accept: the fingerprint that the connector's operator states",
    },
    {
      flags: "--force",
      summary: "with --accept: replace a settlement address whose channel is still open",
    },
    {
      flags: "--followed",
      summary: "list the connectors that keys announce which [trust] root follows; changes nothing",
    },
  ],
  examples: [
    {
      command:
        "crosstown connector terms --pin 30fdd01d55c3efeb4c19c2cbeda8247cbc40ae9b15c026e9a301a263001fa7a9",
    },
    {
      command:
        'crosstown connector terms --pin 30fdd01d55c3efeb4c19c2cbeda8247cbc40ae9b15c026e9a301a263001fa7a9 --accept east --fingerprint "DIGITS"',
      note: "use it as the connector east",
    },
  ],
  dryRun: true,
  effect: "changes",
  run,
};

async function run(invocation: Invocation): Promise<number> {
  const { options, output } = invocation;
  const [{ configOf }, { announced, followed }, view] = await Promise.all([
    import("../../shell/home/load_config.ts"),
    import("./announced_connectors.ts"),
    import("./connector_terms_view.ts"),
  ]);
  checkOptions(options);
  const config = await configOf(invocation);
  const pin = options.text("pin");
  const pubkey = pin === undefined ? undefined : await pubkeyOption(pin, "--pin");
  if (options.on("followed")) {
    await view.showConnectorTerms(invocation, config, null, await followed(config));
    return 0;
  }
  if (pubkey === undefined) {
    await view.showConnectorTerms(invocation, config, null);
    return 0;
  }
  const found = compared(options, await announced(config, pubkey));
  const name = options.text("accept");
  if (name !== undefined && found.refused === null) {
    await acceptUnlessDry(invocation, config, name, found.terms!);
  }
  await view.showConnectorTerms(invocation, await configOf(invocation), found);
  if (found.refused === null) return 0;
  await output.note(found.refused.message);
  return 1;
}

function checkOptions(options: Invocation["options"]): void {
  const pubkey = options.text("pin");
  const [accepts, stated] = [options.text("accept"), options.text("fingerprint")];
  if (options.on("followed") && (pubkey !== undefined || accepts !== undefined)) {
    throw new UsageError("--followed only lists", "leave out --accept and --pin");
  }
  if (accepts !== undefined && pubkey === undefined) {
    throw new UsageError("--accept needs --pin", "add --pin with the connector's public key");
  }
  if (accepts !== undefined && stated === undefined) {
    throw new UsageError(
      "--accept needs --fingerprint",
      "compare the fingerprint that 'crosstown connector terms --pin KEY' shows with the operator's, and give its digits",
    );
  }
  if (stated !== undefined && !/^[0-9a-f]{32}$/.test(digits(stated))) {
    throw new UsageError("--fingerprint must be 32 hex digits", "spaces between them are allowed");
  }
  if (options.on("force") && accepts === undefined) {
    throw new UsageError("--force goes with --accept", "add --accept NAME");
  }
}

function digits(text: string): string {
  return text.toLowerCase().replace(/[\s:-]/g, "");
}

/** Refuses terms whose fingerprint differs from the given one. */
function compared(options: Invocation["options"], found: FoundConnector): FoundConnector {
  const stated = options.text("fingerprint");
  if (stated === undefined || found.fingerprint === null) return found;
  if (digits(found.fingerprint) === digits(stated)) return found;
  const message =
    `the terms have the fingerprint ${found.fingerprint}, not the one that was stated: they were not accepted`;
  return { ...found, refused: { code: "other_fingerprint", message } };
}

async function acceptUnlessDry(
  invocation: Invocation,
  config: Config,
  name: string,
  terms: ConnectorTerms,
): Promise<void> {
  const { output, options, globals: { dryRun } } = invocation;
  const [{ refuseOpenChannels }, files, { changeHomeFile }, { settingsOfDaemon }] = await Promise
    .all([
      import("../../shell/home/connector_channels.ts"),
      import("../../config/accepted_connectors.ts"),
      import("../../shell/home/write_config.ts"),
      import("../../shell/home/daemon_settings.ts"),
    ]);
  const { paths, profile } = config;
  const path = files.acceptedConnectorsFile(paths, profile.name);
  const edit = async (before: string) => {
    const accepted = files.parseAcceptedConnectors(before, path);
    const earlier = accepted.find((each) => each.name === name);
    refuseOtherName(accepted, name, terms.pubkey);
    if (earlier !== undefined && earlier.peerAddress !== terms.peerAddress) {
      if (!options.on("force")) await refuseOpenChannels(config, name, earlier.peerAddress);
    }
    const { pubkey, url, peerAddress, reaches, createdAtS, expiresAtS } = terms;
    const connector: AcceptedConnector = {
      ...{ name, pubkey, url, peerAddress, reaches, createdAtS, expiresAtS },
      acceptedAt: new Date().toISOString(),
    };
    const all = earlier === undefined
      ? [...accepted, connector]
      : accepted.map((each) => each === earlier ? connector : each);
    await refuseUnfit(config, all);
    return files.formatAcceptedConnectors(all);
  };
  if (dryRun) {
    const before = await files.readAcceptedConnectors(
      path,
      (await import("../../config/real_files.ts")).readFile,
    );
    await edit(files.formatAcceptedConnectors(before));
    return await output.note("The connector would be used from now on; nothing was changed.");
  }
  await changeHomeFile(invocation, paths, path, edit);
  if (await settingsOfDaemon(paths) !== null) {
    await output.note(
      "The running daemon uses the connector as soon as no call is in progress; its 'status' shows it.",
    );
  }
}

/** A name belongs to one key, and a key has one name. */
function refuseOtherName(
  accepted: readonly AcceptedConnector[],
  name: string,
  pubkey: string,
): void {
  const taken = accepted.find((each) => each.name === name && each.pubkey !== pubkey);
  const known = accepted.find((each) => each.name !== name && each.pubkey === pubkey);
  if (taken !== undefined) {
    throw new CommandError(
      "name_taken",
      `${name} is the connector of another key, ${taken.pubkey}`,
      "give another name, or remove that one with 'crosstown connector forget'",
    );
  }
  if (known !== undefined) {
    throw new CommandError(
      "key_known",
      `this key is already the connector ${known.name}`,
      `accept its terms under that name, or run 'crosstown connector forget ${known.name}'`,
    );
  }
}

/** Throws ConfigError if the profile cannot have these connectors beside those of the configuration. */
async function refuseUnfit(
  { profile }: Config,
  accepted: readonly AcceptedConnector[],
): Promise<void> {
  const [{ checkConnectorName, withConnectors }, { asMoreConnector }] = await Promise.all([
    import("../../config/more_connectors.ts"),
    import("../../config/accepted_connectors.ts"),
  ]);
  for (const { name } of accepted) checkConnectorName(name);
  const { moreConnectors = [], ...rest } = profile;
  const stated = moreConnectors.filter(({ announced }) => announced === undefined);
  withConnectors(rest, [...stated, ...accepted.map((each) => asMoreConnector(each, profile))]);
}
