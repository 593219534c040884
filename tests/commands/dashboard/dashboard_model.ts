/** A dashboard of a buyer's home in the middle of a job, for the tests of its frames and keys. */
import { firstModel, type Model } from "../../../commands/dashboard/model.ts";
import { lineOf } from "../../../commands/dashboard/read_home.ts";
import { type Message, update } from "../../../commands/dashboard/update.ts";
import { view } from "../../../commands/dashboard/view.ts";
import { M2M } from "../../../protocols/ilp/asset.ts";
import { eventIdOf, job } from "../../store/store_rows.ts";

/** The time of the dashboard. */
export const NOW_MS = Date.parse("2026-02-17T12:00:30Z");
/** A terminal without colour and without Unicode. */
export const PLAIN = { colour: false, unicode: false };
/** A peer that answers. */
export const CONNECTED = {
  state: "connected",
  since: "2026-02-17T12:00:00.000Z",
  reason: null,
  latency_ms: 3,
} as const;

/** A job at work and two that are over. */
export const JOBS = [
  job({
    eventId: eventIdOf("2222222"),
    status: "processing",
    provider: "a".repeat(64),
    createdAtMs: NOW_MS - 3_200,
    updatedAtMs: NOW_MS - 1_000,
    jobPaid: true,
    amountUnits: 100_000n,
    writeUnits: 8_750n,
  }),
  job({
    eventId: eventIdOf("1111111"),
    status: "success",
    exitCode: 2,
    provider: "f".repeat(64),
    createdAtMs: NOW_MS - 90_000,
    updatedAtMs: NOW_MS - 80_000,
  }),
  job({
    eventId: eventIdOf("0000001"),
    type: "echo",
    status: "success",
    createdAtMs: NOW_MS - 200_000,
    updatedAtMs: NOW_MS - 199_000,
  }),
].map(lineOf);

/** The dashboard. */
export function model(): Model {
  const start = firstModel({
    network: "dev",
    testnet: true,
    asset: M2M,
    mayor: "mayor-001",
    topUp: "10.00 M2M",
    holds: false,
    columns: 80,
    rows: 24,
    nowMs: NOW_MS,
  });
  const looked = after(start, {
    is: "look",
    look: {
      jobs: JOBS,
      channels: [{
        name: "ch_7f3a9b2e",
        status: "open",
        depositUnits: 50_000_000n,
        usedUnits: 8_750n,
        low: false,
      }],
      counts: { processing: 1, success: 2 },
      spentUnits: 108_750n,
      earnedUnits: 0n,
      inDoubt: 0,
    },
    events: [
      {
        atMs: NOW_MS - 3_000,
        text: "Posted job-2222222: ci-run (875 bytes, 0.00875 M2M)",
        tone: "plain",
      },
      { atMs: NOW_MS - 2_000, text: "Waiting for result...", tone: "dim" },
    ],
  });
  return after(looked, {
    is: "daemon",
    daemon: {
      role: "mayor",
      pausedSince: null,
      skills: [],
      live: { relay: CONNECTED, connector: CONNECTED, chain: null },
      connectors: [],
    },
  });
}

/** The dashboard after these messages. */
export function after(model: Model, ...messages: readonly Message[]): Model {
  return messages.reduce((now, message) => update(now, message).model, model);
}

/** Pressed keys. */
export const keys = (...pressed: readonly string[]): Message[] =>
  pressed.map((key) => ({ is: "key", key }) as const);

/** The frame as text, without spaces at the ends of lines. */
export const screenOf = (model: Model) =>
  view(model, PLAIN).map((line) => line.trimEnd()).join("\n");
