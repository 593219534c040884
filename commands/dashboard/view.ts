/**
 * Draws the model as lines of a screen: one for each row, each as wide as the screen.
 *
 * @module
 */
import { formatUnits } from "../../protocols/ilp/asset.ts";
import { isOpen, JOB_STATUSES } from "../../protocols/job_status.ts";
import { networkBanner } from "../../shell/amount.ts";
import { failureAdvice } from "../../shell/failure_advice.ts";
import { folded } from "../../shell/fitted_text.ts";
import type { ChannelLine, Daemon, EventLine, JobLine, Model, OpenJob, Tone } from "./model.ts";
import { widthOf } from "./cells.ts";
import { footLines, helpLines } from "./foot_lines.ts";
import { type Abilities, age, bar, fit, type Line, paint } from "./painting.ts";
import { paymentsView } from "./payments_list.ts";
import { peersLines } from "./peers_lines.ts";
import { MOST_CHANNELS } from "./shown.ts";
import { hasFailed, listed } from "./update.ts";

/** A smaller screen shows only a message. */
const LEAST = { columns: 40, rows: 10 };

/** The screen as one text for each row. */
export function view(model: Model, abilities: Abilities): string[] {
  return screenOf(model, abilities).map((line) => paint(line, model.columns, abilities));
}

/** The same screen as texts with tones, not cut to the width. */
export function screenOf(model: Model, abilities: Abilities): Line[] {
  const { columns, rows } = model;
  const lines = columns < LEAST.columns || rows < LEAST.rows
    ? [text(`at least ${LEAST.columns}x${LEAST.rows} are needed; q leaves`, "warn")]
    : wholeScreen(model, abilities);
  const shown = lines.slice(0, rows);
  while (shown.length < rows) shown.push([]);
  return shown;
}

function wholeScreen(model: Model, abilities: Abilities): Line[] {
  const head = headLines(model, abilities);
  const foot = footLines(model);
  const room = model.rows - head.length - foot.length;
  const middle = model.help
    ? helpLines(model)
    : model.payments !== null
    ? paymentsView(model.payments, room, model.columns)
    : model.open !== null
    ? openLines(model, model.open, room, abilities)
    : mainLines(model, room, abilities);
  const filled = middle.slice(0, room);
  while (filled.length < room) filled.push([]);
  return [...head, ...filled, ...foot];
}

function headLines(model: Model, { unicode, folds = false }: Abilities): Line[] {
  const { network, testnet, mayor, nowMs, columns, daemon } = model;
  const banner = networkBanner({ name: network, testnet });
  const clock = new Date(nowMs).toISOString().slice(11, 19);
  const title = `${banner}   ${daemon?.role ?? "mayor"} ${mayor}`;
  const titleCells = folds ? Math.max(columns - 11, widthOf(title)) : columns - 11;
  const peers = daemon === null
    ? model.unstarted === undefined
      ? [
        text(` ${NO_DAEMON}: jobs wait until one is, or until a command goes on with them`, "warn"),
      ]
      : unstartedLines(model.unstarted, model)
    : peersLines(daemon, model, unicode);
  return [
    [[` ${fit(title, titleCells, unicode)} `, testnet ? "good" : "bad"], [clock, "dim"]],
    ...peers,
    ...daemon === null ? [] : pauseLine(daemon, model.topUp !== null),
    ...daemon === null ? [] : skillsLine(daemon, model),
    rule(columns, unicode),
  ];
}

const NO_DAEMON = "no daemon is up";
/** The fewest rows of a screen that says why no daemon could be started. */
const ROOM_FOR_REASON = 20;

/** Why nothing can be bought here, and what to do about it. A low screen shows only what to do. */
function unstartedLines(
  { message, suggestion }: NonNullable<Model["unstarted"]>,
  { columns, rows }: Model,
): Line[] {
  if (rows < ROOM_FOR_REASON) return [text(` ${suggestion}`, "warn")];
  const lines = (words: string, tone: Tone) =>
    folded(words, columns, 1).split("\n").map((line) => text(` ${line.trim()}`, tone));
  return [
    ...lines(`read only: ${NO_DAEMON}, because ${message}`, "bad"),
    ...lines(`${suggestion}; then leave (q) and attach again`, "warn"),
  ];
}

function pauseLine({ role, pausedSince }: Daemon, mayChange: boolean): Line[] {
  if (pausedSince === null) return [];
  const since = `since ${pausedSince.slice(0, 19)}Z${mayChange ? "; p lets it go on" : ""}`;
  return [text(` PAUSED: ${role === "node" ? "sells" : "buys"} nothing new ${since}`, "warn")];
}

/** What a provider sells, and how many jobs wait for their turn. */
function skillsLine({ role, skills }: Daemon, { look }: Model): Line[] {
  if (role !== "node") return [];
  const sold = look.jobs.filter((job) => job.role === "provider" && isOpen(job.status));
  const running = sold.filter(({ status }) => status === "processing" || status === "partial");
  const queue = `  ${running.length} running, ${sold.length - running.length} waiting`;
  const names = skills.length === 0 ? "nothing" : skills.join(" ");
  return [[[" SELLS ", "dim"], [names, skills.length === 0 ? "warn" : "plain"], [queue, "dim"]]];
}

function mainLines(model: Model, room: number, abilities: Abilities): Line[] {
  const { look, asset, choice, columns } = model;
  const jobs = listed(model);
  const channels = look.channels.slice(0, MOST_CHANNELS).map((one) =>
    channelLine(one, model, abilities)
  );
  const counts = JOB_STATUSES.filter((status) => (look.counts[status] ?? 0) > 0)
    .map((status) => `${look.counts[status]} ${status}`).join(", ");
  const money = [
    `spent ${formatUnits(look.spentUnits, asset)}`,
    ...(look.earnedUnits === 0n ? [] : [`earned ${formatUnits(look.earnedUnits, asset)}`]),
    ...(look.inDoubt === 0
      ? []
      : [`${look.inDoubt} ${look.inDoubt === 1 ? "payment" : "payments"} in doubt`]),
  ].join(", ");
  const eventRoom = Math.max(3, Math.floor(room / 3));
  const jobRoom = Math.max(1, room - channels.length - eventRoom - 4);
  const at = Math.max(0, jobs.findIndex(({ jobId }) => jobId === model.chosen));
  const first = Math.max(0, Math.min(at - jobRoom + 1, jobs.length - jobRoom));
  const shown = jobs.slice(Math.max(0, first), Math.max(0, first) + jobRoom);
  const listedLines = shown.length === 0 && look.jobs.length > 0
    ? [text(`  no ${choice} job among the newest ${look.jobs.length}${filterKey(model)}`, "dim")]
    : counts === ""
    ? [text(`  ${firstJob(model)}`, "dim")]
    : jobLines(shown, model);
  return [
    [[" CHANNELS", "dim"]],
    ...(channels.length === 0 ? [text("  none; the first payment opens one", "dim")] : channels),
    [[" JOBS ", "dim"], [choice === "all" ? "" : `(${choice}) `, "warn"], [
      counts === "" ? "none yet" : counts,
      "plain",
    ], [`  ${money}`, "dim"]],
    ...listedLines,
    ...Array.from({ length: Math.max(0, jobRoom - listedLines.length) }, (): Line => []),
    rule(columns, abilities.unicode),
    ...model.events.slice(-eventRoom).map(eventLine),
  ];
}

/** What brings the first job. */
function firstJob({ daemon, topUp, unstarted }: Model): string {
  if (daemon === null && unstarted !== undefined) return "nothing can be bought until then";
  return daemon?.role === "node"
    ? "a job appears here when somebody buys one"
    : `'crosstown job submit echo --input hello' in ${
      topUp === null ? "a" : "another"
    } terminal buys one`;
}

function filterKey({ topUp }: Model): string {
  return topUp === null ? "" : "; f changes the filter";
}

function channelLine(
  { name, status, depositUnits, usedUnits, low }: ChannelLine,
  { asset, topUp }: Model,
  abilities: Abilities,
): Line {
  const left = depositUnits > usedUnits ? depositUnits - usedUnits : 0n;
  const part = depositUnits === 0n ? 0 : Number(left * 1_000n / depositUnits) / 1_000;
  const tone: Tone = status !== "open" ? "dim" : low ? "warn" : "good";
  return [
    [`  ${name} ${status.padEnd(8)} `, "plain"],
    [bar(part, 20, abilities), tone],
    [` ${formatUnits(left, asset)} of ${formatUnits(depositUnits, asset)}`, "plain"],
    [low && status === "open" ? `  low${topUp === null ? "" : ": t adds"}` : "", "warn"],
  ];
}

/** The fewest columns at which the room for a status does not depend on the shown ones. */
const WIDE = 72;

/** The shown jobs. The types, and on a narrow screen the statuses, get no more room than the longest needs. */
function jobLines(jobs: readonly JobLine[], model: Model): Line[] {
  const longest = (words: readonly string[], most: number) =>
    Math.min(most, Math.max(...words.map(widthOf)) + 2);
  const types = longest(jobs.map(typeOf), 19);
  const statuses = model.columns < WIDE ? longest(jobs.map(statusOf), 18) : 18;
  return jobs.map((job) => jobLine(job, model, types, statuses));
}

const typeOf = ({ type, role }: JobLine) => role === "provider" ? `${type} (sold)` : type;
const statusOf = ({ status, exitCode }: JobLine) =>
  exitCode !== null && exitCode !== 0 ? `${status} (exit ${exitCode})` : status;

function jobLine(
  job: JobLine,
  { chosen, nowMs, asset }: Model,
  types: number,
  statuses: number,
): Line {
  const { jobId, status, provider, createdAtMs, updatedAtMs } = job;
  const elapsed = (isOpen(status) ? nowMs : updatedAtMs) - createdAtMs;
  return [
    [jobId === chosen ? " > " : "   ", "good"],
    [fit(jobId, 13), jobId === chosen ? "good" : "plain"],
    [fit(typeOf(job), types), "plain"],
    [fit(statusOf(job), statuses), toneOf(job)],
    [fit(seconds(elapsed), 8), "dim"],
    [fit(formatUnits(costOf(job), asset), 14), "plain"],
    [provider === null ? "" : provider.slice(0, 8), "dim"],
  ];
}

/** What a job has cost its buyer so far, or earned its provider. */
function costOf({ role, writeUnits, jobPaid, amountUnits }: JobLine): bigint {
  const paid = jobPaid ? amountUnits : 0n;
  return role === "buyer" ? writeUnits + paid : paid;
}

function toneOf(job: JobLine): Tone {
  if (isOpen(job.status)) return "warn";
  return hasFailed(job) ? "bad" : "good";
}

function openLines(model: Model, open: OpenJob, room: number, { unicode }: Abilities): Line[] {
  const job = model.look.jobs.find(({ jobId }) => jobId === open.jobId);
  if (job === undefined) return [text(` ${open.jobId} is no longer kept`, "warn")];
  const log = open.log ?? [];
  const advice = failureAdvice(job);
  const head: Line[] = [
    [[` ${job.jobId}  ${job.type}, kind ${job.kind}  `, "plain"], [job.status, toneOf(job)]],
    text(`  event     ${job.eventId}`, "dim"),
    text(`  provider  ${job.provider ?? "none yet"}`, "dim"),
    ...(job.errorCode === null
      ? []
      : [text(`  reason    ${job.errorMessage ?? ""} (${job.errorCode})`, "bad")]),
    ...(advice === null ? [] : [text(`  to do     ${advice}`, "warn")]),
  ];
  // A third of the room, and what the log leaves free.
  const free = room - head.length - 1 - Math.max(1, log.length);
  const events = Math.max(3, Math.floor(room / 3), free);
  const top: Line[] = [
    ...head,
    ...open.timeline.slice(-events).map(eventLine),
    rule(model.columns, unicode),
  ];
  const logRoom = Math.max(1, room - top.length);
  const first = open.follow ? Math.max(0, log.length - logRoom) : open.offset;
  const shown = open.log === null
    ? [text(isOpen(job.status) ? "  Waiting for result..." : "  no result", "dim")]
    : log.slice(first, first + logRoom).map((line) => text(`  ${line}`, "plain"));
  return [...top, ...shown];
}

function eventLine({ atMs, text: words, tone }: EventLine): Line {
  return [[` ${new Date(atMs).toISOString().slice(11, 19)} `, "dim"], [words, tone]];
}

function text(words: string, tone: Tone): Line {
  return [[words, tone]];
}

function rule(columns: number, unicode: boolean): Line {
  return [[(unicode ? "─" : "-").repeat(columns), "dim"]];
}

function seconds(ms: number): string {
  return ms < 60_000 ? `${(Math.max(0, ms) / 1_000).toFixed(1)} s` : age(ms);
}
