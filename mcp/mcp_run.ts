/**
 * `crosstown mcp`: serves an agent over standard input and output, or over HTTP.
 *
 * @module
 */
import { Readable, Writable } from "node:stream";
import type { McpServer } from "@modelcontextprotocol/server";
import { messageOf } from "../base/thrown.ts";
import { untilAborted } from "../base/until_aborted.ts";
import { formatUnits } from "../protocols/ilp/asset.ts";
import type { Invocation } from "../shell/command.ts";
import { CommandError, UsageError } from "../shell/errors.ts";
import type { InnerRun } from "../shell/inner_run.ts";
import { tokenOf } from "../shell/http_token.ts";
import { configOf } from "../shell/home/load_config.ts";
import type { Config } from "../config/config.ts";
import { AgentSession } from "./agent_session.ts";
import type { Allowance } from "./ceilings.ts";

/** Serves until the client disconnects or the process is told to stop. */
export async function mcp(invocation: Invocation, run: InnerRun): Promise<number> {
  const { options, output } = invocation;
  const config = await configOf(invocation);
  const { asset } = config.profile;
  const provider = options.text("provider") ?? null;
  await using session = new AgentSession({
    ...allowanceOf(invocation, config),
    globals: globalFlags(invocation),
    env: invocation.io.env,
    run,
    shared: await sharedFolders(options.list("share")),
    format: (units) => formatUnits(units, asset),
    stop: invocation.signal,
  });
  const [{ mcpServer }, { TOOLS, FOLLOWING }] = await Promise.all([
    import("./server.ts"),
    import("./tools.ts"),
  ]);
  const tools = provider === null
    ? TOOLS
    : [...await (await import("./skill_tools.ts")).skillTools(session, provider), ...FOLLOWING];
  const makeServer = () => mcpServer(session, tools, config.profile);
  const http = options.text("http");
  if (http === undefined) return await overStdio(invocation, makeServer);
  const { serveHttp } = await import("./http_endpoint.ts");
  const endpoint = serveHttp(addressOf(http), await tokenOf(options.text("tokenFile")), makeServer);
  try {
    await output.document(
      "mcp",
      { url: endpoint.url, tools: tools.map(({ name }) => name) },
      () =>
        `MCP at ${endpoint.url}\nWhoever knows this address can buy jobs up to the ceilings. Ctrl-C ends it.`,
    );
    await untilAborted(invocation.signal);
    return 0;
  } finally {
    await endpoint.close();
  }
}

async function overStdio(
  { io, output, signal }: Invocation,
  makeServer: () => McpServer,
): Promise<number> {
  if (io.stdinIsTerminal) {
    await output.note(
      "This waits for messages of an agent's program, which starts 'crosstown mcp' itself (docs/agents.md). For a person: crosstown --help. Ctrl-C ends it.",
    );
  }
  const { serveStdio, StdioServerTransport } = await import("@modelcontextprotocol/server/stdio");
  const stdin = Readable.fromWeb(io.stdin as never);
  const stdout = new Writable({
    write: (bytes: Uint8Array, _, done) => void io.stdout.write(bytes).then(() => done(), done),
  });
  const gone = new Promise<void>((resolve) => stdin.once("close", resolve));
  let failure: unknown;
  // The transport ends by itself at a message that is too long. Nobody would be answered after that.
  const ended = Promise.withResolvers<void>();
  const transport = new class extends StdioServerTransport {
    override async close() {
      await super.close();
      ended.resolve();
    }
  }(stdin, stdout);
  const handle = serveStdio(makeServer, { transport, onerror: (error) => failure = error });
  try {
    await Promise.race([gone, ended.promise, untilAborted(signal)]);
    if (signal.aborted || stdin.readableEnded || stdin.destroyed) return 0;
    throw new CommandError(
      "connection_ended",
      `the agent's program cannot be understood any more: ${messageOf(failure)}`,
      "start it again; a message has at most 10 MB",
    );
  } finally {
    await handle.close();
  }
}

function allowanceOf({ options }: Invocation, config: Config): Allowance {
  const { asset } = config.profile;
  const total = options.amount("maxTotal", asset)!;
  const job = options.amount("maxJob", asset)!;
  return {
    jobUnits: job < total ? job : total,
    totalUnits: total,
    askAboveUnits: options.amount("askAbove", asset) ?? null,
  };
}

/** The flags of this server, for each command that it runs. Refuses a passphrase descriptor, because it can be read only once. */
function globalFlags({ globals }: Invocation): string[] {
  const { network, relay, connector, home, mayor, passphraseFile, passphraseFd } = globals;
  if (passphraseFd !== undefined) {
    throw new UsageError(
      "--passphrase-fd can be read once, and an agent buys more often",
      "start 'crosstown mayor up' with it, or give --passphrase-file",
    );
  }
  const flag = (name: string, value: string | undefined) =>
    value === undefined ? [] : [`--${name}=${value}`];
  return [
    "--non-interactive",
    ...flag("network", network),
    ...flag("relay", relay),
    ...flag("connector", connector),
    ...flag("home", home),
    ...flag("mayor", mayor),
    ...flag("passphrase-file", passphraseFile),
  ];
}

async function sharedFolders(given: readonly string[]): Promise<string[]> {
  return await Promise.all(given.map(async (folder) => {
    const real = await Deno.realPath(folder).catch(() => null);
    if (real === null) throw new UsageError(`there is no folder ${folder}`, "give one that exists");
    return real;
  }));
}

function addressOf(text: string): { hostname: string; port: number } {
  const match = /^([^:]{1,100}):(\d{1,5})$/.exec(text);
  if (match === null || Number(match[2]) > 65_535) {
    throw new UsageError(`--http takes HOST:PORT (got ${text.slice(0, 80)})`, "--http 127.0.0.1:0");
  }
  return { hostname: match[1], port: Number(match[2]) };
}
