/** Holds a node until it is killed; prints the node's pid. */
import { startAnvil } from "../../../network/chain/anvil_process.ts";

const [folder] = Deno.args;
const node = await startAnvil({ chainId: 31_337, folder, path: Deno.env.get("PATH") ?? "" });
console.log(node.pid);
await node.ended;
