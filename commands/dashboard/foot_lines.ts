/**
 * The last lines of the dashboard: a question, the outcome of the last key, or what the keys do; and the page that explains every key.
 *
 * @module
 */
import type { Deposit, EventLine, Model, Tone } from "./model.ts";
import { fit, type Line } from "./painting.ts";

const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ["up down PgUp PgDn", "choose a job, or scroll its log"],
  ["Enter, Esc", "look at a job closely, and back"],
  ["l", "the end of a job's log, live while it runs"],
  ["f", "all jobs, open ones, failed ones"],
  ["c", "cancel the job; its provider is told"],
  ["r", "buy the job again; its price is asked first"],
  ["p", "pause buying (of a node: selling), or let it go on"],
  ["t", "deposit: choose the channel and type the amount"],
  ["m", "payments and earnings, newest first"],
  ["x", "stop the daemon at once"],
];
const LEAVES: typeof KEYS = [["q, Ctrl-C", "leave; the daemon goes on"]];
const LEAVES_HELD: typeof KEYS = [
  ["q", "leave; the daemon goes on in this terminal, until Ctrl-C"],
  ["Ctrl-C", "leave, and stop the daemon"],
];

/** The page of `?`. */
export function helpLines({ holds }: Model): Line[] {
  return [
    text(" KEYS", "dim"),
    ...[...KEYS, ...holds ? LEAVES_HELD : LEAVES].map((
      [keys, what],
    ): Line => [[`  ${keys.padEnd(20)}`, "good"], [what, "plain"]]),
    [],
    text(" What spends or cannot be undone asks first.", "dim"),
  ];
}

/** The last lines of every page. */
export function footLines(
  { asked, note, columns, open, help, topUp, holds, payments, deposit }: Model,
): Line[] {
  if (topUp === null) return [text(" read only", "dim")];
  if (deposit !== null) return depositLines(deposit, note);
  if (asked !== null) return [questionLine(asked.text, columns)];
  const keys = help
    ? "any key goes back"
    : payments !== null
    ? keysIn(columns, ["Esc back", "up/down scroll", "t deposit"])
    : open !== null
    ? keysIn(columns, ["Esc back", "up/down scroll", "l end", "c cancel", "r rerun"])
    : holds
    ? keysIn(columns, ["Enter open", "l log", "f filter", "p pause"], ["Ctrl-C stop the node"])
    : keysIn(columns, ["Enter open", "l log", "f filter", "c cancel", "r rerun", "p pause"]);
  const said = (note?.text ?? "").split("\n", 2).filter((words) => words !== "")
    .map((words, i): Line => [[` ${fit(words, columns - 2)}`, i === 0 ? note!.tone : "plain"]]);
  return [...said, text(` ${keys}`, "dim")];
}

/** A question, with what its keys mean. Where both do not fit, the keys stand before the question, so that they are not cut off. */
function questionLine(question: string, columns: number): Line {
  const keys = ["y yes, any other key no", "y yes, else no"];
  const fits = keys.find((each) => ` ${question}  ${each}`.length <= columns);
  return fits === undefined
    ? [[" y/n ", "dim"], [question, "warn"]]
    : [[` ${question}  `, "warn"], [fits, "dim"]];
}

/** As many keys as the screen has room for. The last ones always stand there: `?` explains the others. */
function keysIn(columns: number, keys: readonly string[], last: readonly string[] = []): string {
  const always = ["? help", "q leave", ...last];
  let count = keys.length;
  const line = () => [...keys.slice(0, count), ...always].join("  ");
  while (count > 0 && line().length > columns - 2) count--;
  return line();
}

function depositLines({ channel, amount }: Deposit, note: EventLine | null): Line[] {
  return [
    ...note === null ? [] : [text(` ${note.text}`, note.tone)],
    [[` deposit ${amount}_ into ${channel}  `, "warn"], [
      "digits, up/down channel, Enter, Esc no",
      "dim",
    ]],
  ];
}

function text(words: string, tone: Tone): Line {
  return [[words, tone]];
}
