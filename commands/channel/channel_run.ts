/**
 * The subcommands of `crosstown channel`.
 *
 * @module
 */
import { codeOf, messageOf } from "../../base/thrown.ts";
import { asAddress } from "../../protocols/evm/address.ts";
import type { ChannelReceipt } from "../../money/claims/channel_manager.ts";
import type { ChannelOperation } from "../../money/channels/channel_work.ts";
import { MAIN_CONNECTOR } from "../../config/more_connectors.ts";
import type { Config } from "../../config/config.ts";
import { bannerOf, noteNetwork } from "../../shell/home/money_banner.ts";
import {
  channelDocument,
  channelRow,
  channelsText,
  channelText,
  openedDocument,
  planDocument,
  planText,
  receiptDocument,
  receiptText,
} from "./channel_print.ts";
import type { HomeClient } from "../../shell/home/home_client.ts";
import { findChannel, withChannelManager } from "./channel_home.ts";
import type { Invocation } from "../../shell/command.ts";
import { confirm } from "../../shell/confirm.ts";
import { CommandError, UsageError } from "../../shell/errors.ts";
import { dryRunState } from "../../shell/home/dry_run_state.ts";
import { configOf } from "../../shell/home/load_config.ts";
import type { Row } from "../../shell/output.ts";

/** `channel open`: opens a channel. */
export async function channelOpen(invocation: Invocation): Promise<number> {
  const { options } = invocation;
  const config = await configOf(invocation);
  const settlementTimeoutS = options.integer("grace", { min: 3_600, max: 31_536_000 });
  const operation: ChannelOperation = {
    op: "open",
    peer: peerOf(config, options.text("peer")),
    depositUnits: String(options.amount("deposit", config.profile.asset, { aboveZero: true })),
    ...(settlementTimeoutS === undefined ? {} : { settlementTimeoutS }),
  };
  return await operate(invocation, config, () => Promise.resolve(operation), openedDocument);
}

/** `channel deposit`: adds to a channel's deposit. */
export async function channelDeposit(invocation: Invocation): Promise<number> {
  const { args } = invocation;
  const config = await configOf(invocation);
  const addUnits = String(args.amount("amount", config.profile.asset, { aboveZero: true }));
  return await operate(
    invocation,
    config,
    async (home) => ({
      op: "deposit",
      channel: (await findChannel(home, args.required("channel"))).name,
      addUnits,
    }),
  );
}

/** `channel close`, `settle` and `claim`. */
export async function channelOperation(
  invocation: Invocation,
  op: "close" | "settle" | "claim",
): Promise<number> {
  return await operate(invocation, await configOf(invocation), async (home) => {
    const channel = (await findChannel(home, invocation.args.required("channel"))).name;
    return op === "close"
      ? { op, channel, abandon: invocation.options.on("abandon") }
      : { op, channel };
  });
}

/** `channel list`: prints all channels. */
export async function channelList(invocation: Invocation): Promise<number> {
  const { output } = invocation;
  const config = await configOf(invocation);
  const views = await withChannelManager(
    invocation,
    config,
    (home) => home.channel({ op: "list" }),
  );
  const rows = views.map((view) => channelRow(view, config.profile));
  await output.document(
    "channel-list",
    { channels: rows },
    () =>
      `${bannerOf(config)}\n${
        channelsText(views, config.profile, { ...opening(config), width: output.width })
      }`,
    rows,
  );
  return 0;
}

/** Whether a payment opens a channel automatically if there is none. */
export function opening({ get }: Config): { readonly opensByItself: boolean } {
  return { opensByItself: get("channel.auto_deposit") };
}

/** `channel show`: prints one channel. */
export async function channelShow(invocation: Invocation): Promise<number> {
  const { args, output } = invocation;
  const config = await configOf(invocation);
  const view = await withChannelManager(
    invocation,
    config,
    (home) => findChannel(home, args.required("channel")),
  );
  await output.document(
    "channel",
    channelDocument(view, config.profile),
    () => `${bannerOf(config)}\n${channelText(view, config.profile)}`,
    [channelRow(view, config.profile)],
  );
  return 0;
}

/** `channel recover`: rebuilds the records of lost channels. */
export async function channelRecover(invocation: Invocation): Promise<number> {
  const { options, output } = invocation;
  const config = await configOf(invocation);
  await noteNetwork(output, config);
  const consent = options.on("consent");
  const views = await withChannelManager(
    invocation,
    config,
    (home) => home.channel({ op: "recover", consent }),
  );
  const rows = views.map((view) => channelRow(view, config.profile));
  await output.document(
    "channel-list",
    { channels: rows },
    () => channelsText(views, config.profile, { ...opening(config), width: output.width }),
    rows,
  );
  const still = views.find(({ status }) => status === "recovering");
  if (still === undefined) return 0;
  await output.warn(
    `${still.name} signs nothing yet: the other side has not proved what we signed last`,
  );
  return 1;
}

/** Shows the price, asks for consent, runs the operation and prints its outcome. */
async function operate(
  invocation: Invocation,
  config: Config,
  operationOf: (home: HomeClient) => Promise<ChannelOperation>,
  documentOf: (receipt: ChannelReceipt) => Row = receiptDocument,
): Promise<number> {
  const { globals, output } = invocation;
  await noteNetwork(output, config);
  await using state = await dryRunState(config, globals);
  return await withChannelManager(invocation, state.config, async (home) => {
    const operation = await operationOf(home);
    const plan = globals.dryRun || await confirm.asks(invocation, config.profile)
      ? await home.channel({ op: "plan", operation })
      : null;
    if (globals.dryRun) {
      const { steps, refused } = plan!;
      const rows = steps.map(({ call, gasLimit, maxFeeWei, tokenUnits }) => ({
        call,
        gas_limit: gasLimit,
        max_fee_wei: maxFeeWei,
        token_units: tokenUnits,
      }));
      await output.document(
        "channel-plan",
        planDocument(plan!),
        () => planText(plan!, config.profile.asset),
        rows,
      );
      return refused === null ? 0 : 1;
    }
    if (plan !== null) {
      await output.note(planText(plan, config.profile.asset));
      if (!await confirm.yes(invocation, `${operation.op} on ${config.profile.name}?`)) {
        throw new CommandError("not_confirmed", "nothing was done", "answer y, or add --yes");
      }
    }
    const receipt = await home.channel(operation).catch((error) =>
      unlessDone(home, operation, error)
    ) as ChannelReceipt;
    await output.document(
      "channel-receipt",
      documentOf(receipt),
      () => receiptText(receipt, config.profile),
    );
    return 0;
  });
}

/** The other side or a channel watch may have ended the channel in the meantime. Then nothing is left to do. */
async function unlessDone(
  home: HomeClient,
  operation: ChannelOperation,
  error: unknown,
): Promise<ChannelReceipt> {
  if (codeOf(error) !== "state" || !("channel" in operation)) throw error;
  const channel = await findChannel(home, operation.channel);
  const wanted = { close: ["closed", "settled"], settle: ["settled"] }[operation.op as string] ??
    [];
  if (!wanted.includes(channel.status)) throw error;
  return { channel, transactions: [], elapsedMs: 0 };
}

function peerOf({ profile }: Config, given: string | undefined) {
  const named = profile.moreConnectors?.find(({ name }) => name === given);
  if (named !== undefined) return { name: named.name, address: named.peerAddress };
  if (given !== undefined && given !== MAIN_CONNECTOR) {
    try {
      return { name: given, address: asAddress(given, "--peer") as string };
    } catch (error) {
      throw new UsageError(
        messageOf(error),
        "copy the whole address, 0x and 40 hex digits, or name a connector of the configuration",
      );
    }
  }
  if (profile.peer !== null) {
    return { name: profile.connectorBtp ?? profile.name, address: profile.peer.address };
  }
  throw new CommandError(
    "no_peer",
    `network ${profile.name} names no peer to open a channel with`,
    "give the connector's settlement address: --peer 0x..., or [networks.NAME.peer] address",
  );
}
