/**
 * `crosstown connector forget`: removes a connector whose announced terms were accepted.
 *
 * @module
 */
import type { CommandSpec, Invocation } from "../../shell/command.ts";
import { CommandError } from "../../shell/errors.ts";

/** `crosstown connector forget`. */
export const connectorForget: CommandSpec = {
  name: "forget",
  summary: "stop using a connector whose terms were accepted",
  description:
    "Refused while this home has an open channel with it: close the channel first. With --force the connector is removed at once; its " +
    "channel stays in 'crosstown channel list', and can be closed and settled later.",
  args: [{ name: "<name>", summary: "the name under which it was accepted", values: "connector" }],
  options: [{ flags: "--force", summary: "also while its channel is open" }],
  examples: [
    { command: "crosstown connector forget east" },
    { command: "crosstown connector forget east --force", note: "its channel is closed later" },
  ],
  dryRun: true,
  effect: "changes",
  run,
};

async function run(invocation: Invocation): Promise<void> {
  const { args, options, output, globals: { dryRun } } = invocation;
  const [{ configOf }, files, { readFile }, { refuseOpenChannels }, write, daemon] = await Promise
    .all([
      import("../../shell/home/load_config.ts"),
      import("../../config/accepted_connectors.ts"),
      import("../../config/real_files.ts"),
      import("../../shell/home/connector_channels.ts"),
      import("../../shell/home/write_config.ts"),
      import("../../shell/home/daemon_settings.ts"),
    ]);
  const config = await configOf(invocation);
  const { paths, profile } = config;
  const name = args.required("name");
  const path = files.acceptedConnectorsFile(paths, profile.name);
  const found = (await files.readAcceptedConnectors(path, readFile))
    .find((each) => each.name === name);
  if (found === undefined) {
    const stated = profile.moreConnectors?.some((each) => each.name === name) === true;
    throw new CommandError(
      "connector_not_found",
      stated
        ? `${name} is named by the configuration`
        : `no terms of a connector ${name.slice(0, 40)} were accepted on ${profile.name}`,
      stated
        ? "take its table out of crosstown.toml"
        : "'crosstown connector terms' lists the accepted ones",
    );
  }
  if (!options.on("force")) await refuseOpenChannels(config, name, found.peerAddress);
  if (!dryRun) {
    await write.changeHomeFile(
      invocation,
      paths,
      path,
      (before) =>
        files.formatAcceptedConnectors(
          files.parseAcceptedConnectors(before, path).filter((each) => each.name !== name),
        ),
    );
  }
  await output.document("connector-forget", {
    network: profile.name,
    name,
    pubkey: found.pubkey,
    connector_btp: found.url,
    settlement_address: found.peerAddress,
    dry_run: dryRun,
  }, () => dryRun ? `${name} would not be used any more` : `${name} is not used any more`);
  if (!dryRun && await daemon.settingsOfDaemon(paths) !== null) {
    await output.note("The running daemon uses it until no call is in progress.");
  }
}
