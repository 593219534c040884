/**
 * `crosstown doctor`: runs checks. Each failed check says what to do.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import type { CommandSpec, Invocation } from "../../shell/command.ts";
import { describeFailure } from "../../shell/errors.ts";
import { printable } from "../../shell/output.ts";
import { type Check, fail, good, warn } from "./check.ts";
import { checksText } from "./checks_text.ts";
import type { Repair } from "../../home/local/repairs.ts";
import { sandboxCommand } from "./sandbox.ts";

/** `crosstown doctor`. */
export const command: CommandSpec = {
  name: "doctor",
  summary:
    "check configuration, keys, git, relay, connector, blobs, chain, skills, sandbox, payments, state and audit trail",
  description:
    "Exit 1 when a check fails, 0 when there are only warnings. It pays nothing unless --packet says so, and changes nothing unless --fix says so: " +
    "then it takes the rights of other users away from this home's folders and secret files, and removes what killed processes left.",
  options: [
    { flags: "--timeout <seconds>", summary: "how long to wait for a peer", default: "5" },
    {
      flags: "--daemon",
      summary:
        "check only whether the daemon or dev network of this home answers, as a health check",
    },
    {
      flags: "--packet",
      summary:
        "also open the wallet and pay for one event of about 400 bytes at the relay, through the open channel",
    },
    { flags: "--fix", summary: "make the safe repairs first, and say which" },
    {
      flags: "--report <file>",
      summary: "also write what was found into a new file, to send to somebody; no secret is in it",
      values: "file",
    },
  ],
  examples: [
    { command: "crosstown doctor" },
    { command: "crosstown doctor --output json | jq '.checks[] | select(.status != \"ok\")'" },
    { command: "crosstown doctor --fix --report report.json" },
    { command: "crosstown doctor --packet", note: "shows that a payment passes, end to end" },
    { command: "crosstown doctor --packet --fix --dry-run", note: "the price, and the repairs" },
  ],
  dryRun: true,
  effect: "spends",
  commands: [sandboxCommand],
  run,
};

async function run(invocation: Invocation): Promise<number> {
  const { output, options, globals: { dryRun } } = invocation;
  const timeoutMs = options.integer("timeout", { min: 1, max: 300 })! * 1_000;
  const checks: Check[] = [];
  if (options.on("daemon")) {
    const { daemonCheck } = await import("./daemon_check.ts");
    const { pathsOf } = await import("../../shell/home/load_config.ts");
    const check = await daemonCheck(await pathsOf(invocation));
    const ok = check.status === "ok";
    await output.document(
      "doctor",
      { ok, network: null, checks: [check] },
      () => checksText(output, [check]),
      [{ ...check }],
    );
    return ok ? 0 : 1;
  }
  const { configOf } = await import("../../shell/home/load_config.ts");
  const repairs = options.on("fix") ? await repaired(invocation, dryRun) : null;
  let config: Config | null = null;
  try {
    config = await configOf(invocation);
    checks.push(await configurationCheck(invocation, config));
  } catch (error) {
    const { message, suggestion } = describeFailure(error);
    checks.push({ name: "configuration", status: "fail", message, suggestion });
  }
  const { signal, io } = invocation;
  const told = (name: Check["name"], check: () => Promise<Check>) =>
    toldCheck(name, invocation, check);
  const ofHome = (name: Check["name"], check: (config: Config) => Promise<Check>) =>
    config === null ? skipped(name) : told(name, () => check(config));
  checks.push(
    ...await Promise.all([
      ofHome("keys", async (config) => (await import("./keys_check.ts")).keysCheck(config)),
      told("git", gitCheck),
      ofHome("relay", async (config) => {
        const { relayCheck } = await import("./relay_check.ts");
        return await relayCheck(config, timeoutMs, signal);
      }),
      ofHome("connector", async (config) => {
        const { connectorCheck } = await import("./connector_check.ts");
        return await connectorCheck(config, timeoutMs, signal);
      }),
      ofHome("blobs", async (config) => {
        const { blobCheck } = await import("./blob_check.ts");
        return await blobCheck(config, timeoutMs, signal);
      }),
      ofHome("chain", async (config) => {
        const { chainCheck } = await import("./chain_check.ts");
        return await chainCheck(config, timeoutMs, io.clock());
      }),
      ofHome("skills", async () => (await import("./skills_check.ts")).skillsCheck(invocation)),
      told("sandbox", async () => {
        const { sandboxCheck } = await import("./sandbox_check.ts");
        return await sandboxCheck(io, config?.get("node.sandbox") ?? "bubblewrap");
      }),
      ofHome(
        "payments",
        async (config) => (await import("./payments_check.ts")).paymentsCheck(config),
      ),
      ofHome("state", async (config) => (await import("./store_check.ts")).storeCheck(config)),
      ofHome("audit", async (config) => {
        const { auditCheck } = await import("./audit_check.ts");
        return await auditCheck(config, io.env("PATH") ?? "");
      }),
    ]),
  );
  if (config !== null) {
    const further = async (name: Check["name"], check: () => Promise<readonly Check[]>) => {
      let found: readonly Check[] = [];
      const failed = await told(name, async () => {
        found = await check();
        return good(name, "");
      });
      checks.push(...failed.status === "fail" ? [failed] : found);
    };
    await further("further relay", async () => {
      const { furtherRelayChecks } = await import("./relay_check.ts");
      return await furtherRelayChecks(config!, timeoutMs, signal);
    });
    await further("further connector", async () => {
      const { furtherConnectorChecks } = await import("./connector_check.ts");
      return await furtherConnectorChecks(config!, timeoutMs, signal);
    });
    if (options.on("packet")) {
      const { packetCheck } = await import("./packet_check.ts");
      checks.push(await told("packet", () => packetCheck(invocation, config!, timeoutMs)));
    }
  }
  const ok = checks.every(({ status }) => status !== "fail");
  const report = dryRun ? undefined : options.text("report");
  if (report !== undefined) {
    await (await import("./report.ts")).writeReport(invocation, report, checks, config);
  }
  await output.document(
    "doctor",
    {
      ...(dryRun ? { dry_run: true } : {}),
      ok,
      network: config?.profile.name ?? null,
      checks,
      ...(repairs === null ? {} : { repairs }),
      ...(report === undefined ? {} : { report }),
    },
    () =>
      [
        ...(repairs ?? []).map(({ path, from, to }) =>
          dryRun
            ? `${printable(path)} would be ${to}, and is ${from}`
            : `fixed ${printable(path)}: ${from} is ${to}`
        ),
        checksText(output, checks),
        ...(report === undefined ? [] : [`\nThe report is ${printable(report)}`]),
      ].join("\n"),
    checks.map(({ name, status, message, suggestion }) => ({ name, status, message, suggestion })),
  );
  return ok ? 0 : 1;
}

/** Makes the repairs, or finds those that could be made. The settings can be read only once the modes of their file are right. */
async function repaired(invocation: Invocation, dryRun: boolean): Promise<readonly Repair[]> {
  const [{ configOf, pathsOf }, { privatePaths }, { repair }] = await Promise.all([
    import("../../shell/home/load_config.ts"),
    import("../../config/private_paths.ts"),
    import("../../home/local/repairs.ts"),
  ]);
  const { io } = invocation;
  const paths = await pathsOf(invocation);
  const place = { paths, secretFiles: [], uid: io.uid(), clock: io.clock, dryRun };
  const first = await repair(place);
  const config = await configOf(invocation).catch(() => null);
  if (config === null) return first;
  const secretFiles = privatePaths(config).files;
  const more = await repair({ ...place, secretFiles });
  return [...first, ...more.filter(({ path }) => !first.some((each) => each.path === path))];
}

async function configurationCheck(
  invocation: Invocation,
  { profile, paths, explain }: Config,
): Promise<Check> {
  const [{ networkBanner }, { isOpen, statOf }] = await Promise.all([
    import("../../shell/amount.ts"),
    import("./file_state.ts"),
  ]);
  const source = explain().find(({ key }) => key === "home")?.source;
  const message = `${networkBanner(profile)}; home ${paths.home} (${source})`;
  const info = await statOf(paths.home);
  if (info === null) {
    return warn(
      "configuration",
      `${message}, not made yet`,
      "the first job or 'crosstown dev up' makes it",
    );
  }
  if (!info.isDirectory) {
    return fail("configuration", `${paths.home} is no folder`, "set GASTOWN_HOME to a folder");
  }
  if (isOpen(info)) {
    return warn("configuration", `${message}; others may look into it`, REPAIRS);
  }
  const left = await repaired(invocation, true);
  if (left.length === 0) return good("configuration", message);
  const some = left.slice(0, SHOWN).map(({ path, from }) => `${path} is ${from}`);
  const more = left.length > SHOWN ? `, and ${left.length - SHOWN} more` : "";
  return warn("configuration", `${message}; to repair: ${some.join(", ")}${more}`, REPAIRS);
}

/** The most files that are named. */
const SHOWN = 3;
const REPAIRS = "run 'crosstown doctor --fix'; with --dry-run it only says what it would do";

async function gitCheck(): Promise<Check> {
  let text: string;
  try {
    const { stdout } = await new Deno.Command("git", { args: ["--version"], stdin: "null" })
      .output();
    text = new TextDecoder().decode(stdout).trim();
  } catch (error) {
    return error instanceof Deno.errors.NotFound
      ? fail("git", "git is not on the PATH", "install git")
      : fail("git", describeFailure(error).message, describeFailure(error).suggestion);
  }
  const [, major, minor] = /(\d+)\.(\d+)/.exec(text) ?? [];
  return Number(major) * 1_000 + Number(minor) >= 2_030
    ? good("git", text)
    : warn("git", `${text} is old`, "install git 2.30 or newer");
}

function skipped(name: Check["name"]): Check {
  return fail(
    name,
    "not looked at: the configuration cannot be read",
    "correct the configuration first",
  );
}

/** A check that throws has failed, and the others are printed nevertheless. Throws if the command was interrupted. */
async function toldCheck(
  name: Check["name"],
  { signal, output }: Pick<Invocation, "signal" | "output">,
  check: () => Promise<Check>,
): Promise<Check> {
  try {
    return await check();
  } catch (error) {
    signal.throwIfAborted();
    const { message, suggestion, stack } = describeFailure(error);
    // Only an error that nobody foresaw has one: its suggestion is to report these lines.
    if (stack !== undefined) await output.error(printable(stack));
    return fail(name, message, suggestion);
  }
}
