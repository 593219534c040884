/**
 * A manager in a separate process, which kills itself at a named step: `{"die":{"call":"approve","when":"before"}}` before the bytes
 * are broadcast (they are durable by then), `after` once the node took them. Prints the result of the operation.
 */
import { mnemonicToAccount } from "viem/accounts";
import { callOfText } from "../../../money/channels/call_text.ts";
import type { ChannelReceipt } from "../../../money/claims/channel_manager.ts";
import { onCrashPoint } from "../../../base/crash_point.ts";
import { openWallet, type Place } from "./wallets.ts";

interface Task {
  readonly place: Place;
  readonly folder: string;
  readonly op: "open" | "ensure" | "deposit" | "close" | "settle" | "claim" | "wait";
  readonly peer: string;
  readonly die?: { readonly call: string; readonly when: "before" | "after" };
  /** Kills itself when it reaches this place for the nth time. */
  readonly at?: { readonly point: string; readonly nth: number };
}

const task: Task = JSON.parse(Deno.args[0]);
let left = task.at?.nth ?? 0;
onCrashPoint((point) => {
  if (point === task.at?.point && --left === 0) Deno.kill(Deno.pid, "SIGKILL");
});
const account = mnemonicToAccount(`${"test ".repeat(11)}junk`, { addressIndex: 1 });
const wallet = await openWallet(task.place, account, {
  folder: task.folder,
  options: { settlementTimeoutS: 3_600, automaticDepositUnits: 1_000n, settleByItself: false },
  over: (chain) => ({
    ...chain,
    async broadcast(raw) {
      const rows = await wallet.store.listTransactions();
      const call = callOfText(rows.find((row) => row.raw === raw)!.call).call;
      if (task.die?.call === call && task.die.when === "before") Deno.kill(Deno.pid, "SIGKILL");
      await chain.broadcast(raw);
      if (task.die?.call === call && task.die.when === "after") Deno.kill(Deno.pid, "SIGKILL");
    },
  }),
});
const { manager } = wallet;
const peer = { name: "bob", address: task.peer };
const channel = async () => (await manager.list())[0].name;

async function run(): Promise<ChannelReceipt["channel"]> {
  switch (task.op) {
    case "open":
      return (await manager.open({ peer, depositUnits: 1_000n })).channel;
    case "deposit":
      return (await manager.deposit(await channel(), 500n)).channel;
    case "close":
      return (await manager.close(await channel())).channel;
    case "settle":
      return (await manager.settle(await channel())).channel;
    case "claim":
      return (await manager.claim(await channel())).channel;
    case "ensure":
      return await manager.ensure(peer, 1n);
    case "wait":
      // The manager finishes what a crash left without being asked.
      for (;;) {
        await manager.list();
        const waiting = (await wallet.store.listTransactions()).length;
        const [row] = await wallet.store.listChainChannels({ ended: true });
        const busy = ["opening", "closing"].includes(row.status) ||
          row.status === "open" && row.wantedUnits > row.depositUnits;
        if (waiting === 0 && !busy) return (await manager.list())[0];
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
  }
}

const view = await run();
console.log(
  JSON.stringify(view, (_, value) => typeof value === "bigint" ? String(value) : value),
);
await wallet[Symbol.asyncDispose]();
Deno.exit(0);
