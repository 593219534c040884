/**
 * A process that works on the open invoices of a folder until none is left. Its wallet is the process that started it: a question is a line
 * of standard output, its answer a line of standard input. At the nth crash point it prints that point and kills itself with -9.
 */
import { onCrashPoint } from "../../../base/crash_point.ts";
import type { WalletAnswer } from "../../../protocols/nostr/wallet_connect.ts";
import { workOnInvoices } from "../../../market/lightning/invoice_work.ts";
import { questionsAtOnce } from "../../../peers/relay/questions_at_once.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";

const [folder, startMs, killAt] = Deno.args;
let nowMs = Number(startMs);
const store = await openSqliteStore({ folder, clock: () => nowMs, journal: true });
const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).getReader();
const say = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));

let seen = 0;
onCrashPoint((point) => {
  if (!/^(lightning|commit\.invoice_moved)\./.test(point) || seen++ !== Number(killAt)) return;
  say(`killed ${point}`);
  Deno.kill(Deno.pid, "SIGKILL");
});

const abort = new AbortController();
const oneByOne = questionsAtOnce(1);
const aQuestion = questionsAtOnce(1);
const working = workOnInvoices({
  store,
  wallet: {
    ask: (method, params) =>
      aQuestion(async () => {
        say(`ask ${JSON.stringify({ method, params, nowMs })}`);
        const { value } = await lines.read();
        return JSON.parse(value!) as WalletAnswer;
      }),
  },
  rules: { network: "regtest", mostMsats: 30_000n, dayMsats: 1_000_000n },
  clock: () => nowMs,
  log: () => undefined,
  oneByOne,
  aFew: questionsAtOnce(4),
  pause: async (ms) => {
    nowMs += Math.ceil(ms);
    await new Promise((resolve) => setTimeout(resolve, 1));
  },
}, abort.signal);
working.catch((error) => {
  console.error(error);
  Deno.exit(3);
});
const isOpen = async () =>
  (await store.openInvoices("buyer", [], 0)).length +
      (await store.openInvoices("provider", [], 0)).length > 0;
while (await isOpen()) await new Promise((resolve) => setTimeout(resolve, 2));
say("ended");
await store.close();
Deno.exit(0);
