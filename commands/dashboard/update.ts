/**
 * The dashboard's update function: a message and the model give the next model and the actions to run. It has no other inputs or outputs.
 *
 * @module
 */
import { isEnded, isOpen } from "../../protocols/job_status.ts";
import { scrolled } from "./payments_keys.ts";
import { MOST_CHANNELS, mostJobs } from "./shown.ts";
import { firstDeposit, onDepositKey } from "./deposit.ts";
import {
  type Asked,
  type Daemon,
  type Effect,
  type EventLine,
  FEW_EVENTS,
  type JobChoice,
  type JobLine,
  type Look,
  type Model,
  type OpenJob,
  type PaymentLine,
} from "./model.ts";

/** An event that changes the model. */
export type Message =
  | { readonly is: "key"; readonly key: string }
  | { readonly is: "tick"; readonly nowMs: number }
  | { readonly is: "size"; readonly columns: number; readonly rows: number }
  | { readonly is: "look"; readonly look: Look; readonly events: readonly EventLine[] }
  | { readonly is: "daemon"; readonly daemon: Daemon | null }
  | { readonly is: "opened"; readonly job: Omit<OpenJob, "offset" | "follow"> }
  | { readonly is: "asks"; readonly asked: Asked }
  | { readonly is: "payments"; readonly lines: readonly PaymentLine[] }
  | { readonly is: "told"; readonly note: EventLine };

/** The next model and its actions. */
interface Next {
  readonly model: Model;
  readonly effect: Effect | null;
}

/** Applies one message. */
export function update(model: Model, message: Message): Next {
  switch (message.is) {
    case "key":
      return onKey(model, message.key);
    case "tick":
      return { model: { ...model, nowMs: message.nowMs }, effect: lookAgain(model) };
    case "size":
      return only({ ...model, columns: message.columns, rows: message.rows });
    case "look":
      return onLook(model, message.look, message.events);
    case "daemon":
      return only({ ...model, daemon: message.daemon });
    case "opened":
      if (model.open?.jobId !== message.job.jobId) return only(model);
      return only({ ...model, open: { ...model.open, ...message.job } });
    case "asks":
      // Another question that was asked meanwhile is not replaced.
      return only(
        model.asked !== null || model.deposit !== null ? model : {
          ...model,
          note: null,
          asked: message.asked,
        },
      );
    case "payments":
      return only(
        model.payments === null
          ? model
          : { ...model, payments: { ...model.payments, lines: message.lines } },
      );
    case "told":
      return only({ ...model, note: message.note });
  }
}

/** The listed jobs, newest first. */
export function listed({ look, choice }: Pick<Model, "look" | "choice">): readonly JobLine[] {
  if (choice === "open") return look.jobs.filter(({ status }) => isOpen(status));
  if (choice === "failed") return look.jobs.filter(hasFailed);
  return look.jobs;
}

/** Whether the job ended without success. */
export function hasFailed({ status, exitCode }: Pick<JobLine, "status" | "exitCode">): boolean {
  return isEnded(status) && (status !== "success" || (exitCode ?? 0) !== 0);
}

function only(model: Model): Next {
  return { model, effect: null };
}

function onLook(model: Model, look: Look, fresh: readonly EventLine[]): Next {
  // No more than the screen can show, so that none gets old: the runtime collects young values at little cost.
  const kept = Math.max(FEW_EVENTS, model.rows);
  const events = [...model.events, ...fresh].slice(-kept);
  const next = keepChosen({ ...model, look, events });
  const before = model.look.jobs.find(({ jobId }) => jobId === model.open?.jobId);
  const now = look.jobs.find(({ jobId }) => jobId === model.open?.jobId);
  // An open job is read again if its row changed.
  const moved = now !== undefined && now.updatedAtMs !== before?.updatedAtMs;
  if (next.payments !== null && fresh.length > 0) {
    return { model: next, effect: { do: "payments" } };
  }
  return { model: next, effect: moved ? { do: "open", jobId: now.jobId } : null };
}

/** The log of a running job is read while the user looks at it. */
function lookAgain({ open, look }: Model): Effect | null {
  const job = look.jobs.find(({ jobId }) => jobId === open?.jobId);
  return job !== undefined && isOpen(job.status) ? { do: "open", jobId: job.jobId } : null;
}

/**
 * Keeps the selected job while it is listed. Where nobody has selected one, the newest is selected before new jobs push the selected one off
 * the screen, so that the list does not scroll away from them.
 */
function keepChosen(model: Model): Model {
  const jobs = listed(model);
  const at = jobs.findIndex(({ jobId }) => jobId === model.chosen);
  const channels = Math.min(MOST_CHANNELS, model.look.channels.length);
  const last = model.unselected ? mostJobs(model.rows) - channels : Infinity;
  const chosen = at >= 0 && at < last ? model.chosen : jobs[0]?.jobId ?? null;
  return { ...model, chosen };
}

const CHOICES: readonly JobChoice[] = ["all", "open", "failed"];

function onKey(model: Model, key: string): Next {
  if (key === "q" || key === "ctrl+c") {
    return { model, effect: { do: "leave", stop: model.holds && key === "ctrl+c" } };
  }
  if (model.asked !== null) return onAnswer(model, model.asked.effect, key);
  if (model.deposit !== null) {
    const step = onDepositKey(model.deposit, key, model);
    if ("effect" in step) return ask({ ...model, deposit: null }, step.text, step.effect);
    const next = { ...model, deposit: step.deposit };
    return step.wrong === undefined ? only({ ...next, note: null }) : refuse(next, step.wrong);
  }
  if (model.help) return only({ ...model, help: false });
  const clear = { ...model, note: null, unselected: false };
  if (model.payments !== null) {
    const payments = scrolled(model.payments, key);
    return payments === undefined ? onAnyKey(clear, key) : only({ ...clear, payments });
  }
  if (model.open !== null) return onOpenKey(clear, model.open, key);
  switch (key) {
    case "up":
    case "k":
      return only(move(clear, -1));
    case "down":
    case "j":
      return only(move(clear, 1));
    case "pageup":
      return only(move(clear, -10));
    case "pagedown":
      return only(move(clear, 10));
    case "home":
      return only({ ...move(clear, -Infinity), unselected: true });
    case "end":
      return only(move(clear, Infinity));
    case "f": {
      const choice = CHOICES[(CHOICES.indexOf(model.choice) + 1) % CHOICES.length];
      return only(keepChosen({ ...clear, choice }));
    }
    case "return":
    case "right":
      return model.chosen === null ? only(clear) : opened(clear, model.chosen);
    case "l":
      return model.chosen === null ? only(clear) : opened(clear, model.chosen, true);
    default:
      return onAnyKey(clear, key);
  }
}

function opened(model: Model, jobId: string, end = false): Next {
  const job = model.look.jobs.find((one) => one.jobId === jobId);
  const follow = end || job !== undefined && isOpen(job.status);
  return {
    model: { ...model, open: { jobId, timeline: [], log: null, offset: 0, follow } },
    effect: { do: "open", jobId },
  };
}

function onOpenKey(model: Model, open: OpenJob, key: string): Next {
  const scroll = (by: number) => {
    const last = Math.max(0, (open.log?.length ?? 0) - 1);
    const from = open.follow ? last : open.offset;
    const offset = Math.min(last, Math.max(0, from + by));
    return only({ ...model, open: { ...open, offset, follow: false } });
  };
  switch (key) {
    case "escape":
    case "left":
    case "backspace":
      return only({ ...model, open: null });
    case "up":
    case "k":
      return scroll(-1);
    case "down":
    case "j":
      return scroll(1);
    case "pageup":
      return scroll(-10);
    case "pagedown":
    case "space":
      return scroll(10);
    case "home":
      return scroll(-Infinity);
    case "end":
    case "l":
      return only({ ...model, open: { ...open, follow: true } });
    default:
      return onAnyKey(model, key);
  }
}

/** Keys with the same meaning in every view. */
function onAnyKey(model: Model, key: string): Next {
  const jobId = model.open?.jobId ?? model.chosen;
  const job = model.look.jobs.find((one) => one.jobId === jobId);
  switch (key) {
    case "?":
    case "h":
      return only({ ...model, help: true });
    case "c":
      if (job === undefined) return refuse(model, "no job is chosen");
      if (job.role !== "buyer") return refuse(model, `${job.jobId} was not bought here`);
      if (isEnded(job.status)) return refuse(model, `${job.jobId} is over: ${job.status}`);
      return ask(model, `cancel ${job.jobId}? what was paid is not returned`, {
        do: "cancel",
        jobId: job.jobId,
      });
    case "r":
      if (job === undefined) return refuse(model, "no job is chosen");
      if (job.role !== "buyer") return refuse(model, `${job.jobId} was not bought here`);
      return {
        model: refuse(model, `asking what ${job.jobId} (${job.type}) costs now`).model,
        effect: { do: "price", jobId: job.jobId },
      };
    case "m":
      return {
        model: { ...model, open: null, payments: { lines: null, offset: 0 } },
        effect: { do: "payments" },
      };
    case "p":
      return onPause(model);
    case "t": {
      const deposit = firstDeposit(model);
      return deposit === null ? refuse(model, "no channel is open") : only({ ...model, deposit });
    }
    case "x":
      if (model.daemon === null) return refuse(model, "no daemon is up");
      return ask(model, `stop the ${model.daemon.role} now? jobs stay where they are`, {
        do: "stop",
      });
    default:
      return only(model);
  }
}

/** Pauses what the daemon does, or lets it go on. */
function onPause(model: Model): Next {
  if (model.daemon === null) return refuse(model, "no daemon is up");
  const { role, pausedSince } = model.daemon;
  const side = role === "node" ? "selling" : "buying";
  const pause = pausedSince === null;
  const words = pause ? `pause ${side}? jobs that were taken go on` : `let ${side} go on?`;
  return ask(model, words, { do: "pause", side, pause });
}

function ask(model: Model, text: string, effect: Effect): Next {
  return only({ ...model, asked: { text, effect } });
}

function onAnswer(model: Model, effect: Effect, key: string): Next {
  const answered = { ...model, asked: null };
  if (key === "y") return { model: answered, effect };
  return only({ ...answered, note: { atMs: model.nowMs, text: "not done", tone: "dim" } });
}

function refuse(model: Model, text: string): Next {
  return only({ ...model, note: { atMs: model.nowMs, text, tone: "warn" } });
}

function move(model: Model, by: number): Model {
  const jobs = listed(model);
  if (jobs.length === 0) return model;
  const at = jobs.findIndex(({ jobId }) => jobId === model.chosen);
  const to = Math.min(jobs.length - 1, Math.max(0, at + by));
  return { ...model, chosen: jobs[to].jobId };
}
