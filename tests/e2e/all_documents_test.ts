/** What every other command prints on a dev network, against the schemas of docs/schema/, with every object closed. */
import assert from "node:assert/strict";
import { devLayout } from "../../network/dev/layout.ts";
import {
  acceptedConnectorsFile,
  formatAcceptedConnectors,
} from "../../config/accepted_connectors.ts";
import { DOCUMENT_VERSIONS, type DocumentName } from "../../shell/documents.ts";
import { NamedDocuments } from "./named_documents.ts";
import { bundleOf } from "./bundle.ts";
import { devHome, until } from "./process.ts";

let home: Awaited<ReturnType<typeof devHome>>;
let documents: NamedDocuments;
let aside: string;
Deno.test.beforeAll(async () => {
  home = await devHome({ mayor: true });
  documents = new NamedDocuments(home);
  aside = await Deno.makeTempDir({ prefix: "crosstown-aside-" });
  documents.check("dev", home.network, "dev up");
});
Deno.test.afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await Deno.remove(aside, { recursive: true });
});

const FRIEND = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";
const ELSEWHERE = ["--network", "base-sepolia"];

Deno.test("documents of a job's life fit: quotes, log, files, history, changes, an end that was called off", async () => {
  const { fits, lines } = bound();
  const { bundle } = await bundleOf(home.path, { "test.sh": "mkdir out; echo hi | tee out/a\n" });
  const order = ["ci-run", "--param", "command=sh test.sh", "--artifact", "out/**"];
  const { job_id: job, provider } = await fits("job", [
    ...["job", "submit", ...order, "--input", bundle, "--wait"],
  ]);
  await fits("job-quotes", ["job", "quote", "echo", "--input", "x"]);
  await fits("job-history", ["job", "history", job]);
  await fits("job-artifacts", ["job", "artifacts", job]);
  await fits("job-artifacts", ["job", "artifacts", job, "--list"]);
  await fits("job-artifacts", ["job", "artifacts", job, "--read", "out/a"]);
  await fits("job-artifacts", ["job", "artifacts", job, "--out", `${aside}/files`]);
  await lines("job-log", ["job", "logs", job]);
  await lines("job-change", ["job", "watch", job]);
  await lines("log-line", ["logs"]);
  await fits("provider-trust", ["provider", "trust", provider]);
  await documents.first("provider-change", ["provider", "watch"]);
  const { job_id: open } = await fits("job", [
    ...["job", "submit", "ci-run", "--param", "command=sleep 600", "--input", bundle],
    ...["--payment", "metered"],
  ]);
  await fits("job-meter", ["job", "pause", open, "--dry-run"]);
  await fits("job-meter", ["job", "pause", open]);
  await fits("job-meter", ["job", "top-up", open, "--bid", "0.4"]);
  await fits("job-cancel", ["job", "cancel", open, "--dry-run"]);
  await fits("job-cancel", ["job", "cancel", open]);
  const folder = `${aside}/packed`;
  await Deno.mkdir(folder);
  await Deno.writeTextFile(`${folder}/test.sh`, "true\n");
  await fits("job-input", [
    ...["job", "submit", "ci-run", "--param", "command=true", "--input", folder, "--dry-run"],
    ...["--home", `${aside}/empty`, "--relay", "ws://127.0.0.1:9", ...ELSEWHERE],
  ], 1);
});

Deno.test("documents of messages fit", async () => {
  const { fits } = bound();
  const { pubkey } = await home.json(["wallet", "whoami"]);
  await fits("message-plan", ["message", "send", pubkey, "hi", "--dry-run"]);
  await fits("message", ["message", "send", pubkey, "hi", "--subject", "s"]);
  await fits("message-list", ["message", "list"]);
});

Deno.test("documents of sequences and builds fit", async () => {
  const { fits } = bound();
  const file = new URL("../../fixtures/sequences/two_steps.toml", import.meta.url).pathname;
  const project = new URL("../../fixtures/projects/hello", import.meta.url).pathname;
  await fits("sequence-list", ["job", "sequence", "list"]);
  await fits("sequence-plan", ["job", "sequence", "run", file, "--dry-run"]);
  const { sequence_id } = await fits("sequence", ["job", "sequence", "run", file, "--wait"]);
  await fits("sequence", ["job", "sequence", "status", sequence_id]);
  await fits("sequence-list", ["job", "sequence", "list"]);
  await fits("build-plan", ["build", project, "--dry-run"]);
});

Deno.test("documents of channels, payments and the wallet fit", async () => {
  await home.run(["mayor", "down"]);
  const { fits } = bound();
  const passphrase = ["--passphrase-file", devLayout(home.path).buyer.passphraseFile];
  const { channels: [{ channel_id: id }] } = await fits("channel-list", ["channel", "list"]);
  await documents.first("channel-list", ["channel", "watch"]);
  await fits("channel-plan", ["channel", "deposit", id, "1", "--dry-run"]);
  await fits("channel-receipt", ["channel", "deposit", id, "1"]);
  await fits("payments-export", ["payments", "export", "--to", `${aside}/p.csv`]);
  await fits("payments-verify", ["payments", "verify"]);
  await fits("wallet-identity", ["wallet", "whoami"]);
  await fits("wallet", ["wallet", "show"]);
  await fits("wallet-address", ["wallet", "receive"]);
  await fits("wallet-history", ["wallet", "history"]);
  await fits("wallet-limits", ["wallet", "limits"]);
  await fits("wallet-limits", ["wallet", "limits", "--set", "hour=9", ...passphrase]);
  await fits("transfer-plan", ["wallet", "send", FRIEND, "1", "--dry-run"]);
  await fits("transfer", ["wallet", "send", FRIEND, "1", "--yes", ...passphrase]);
  await fits("wallet-dry-run", ["wallet", "init", "--dry-run"]);
  const [first, second] = ["first words of a pass phrase", "second words of a pass phrase"];
  const file = async (name: string, text: string) => {
    await Deno.writeTextFile(`${aside}/${name}`, `${text}\n`, { mode: 0o600 });
    return `${aside}/${name}`;
  };
  const [one, two] = [await file("one", first), await file("two", second)];
  const own = ["--home", `${aside}/own`, ...ELSEWHERE];
  await fits("wallet-made", ["wallet", "init", ...own, "--passphrase-file", one]);
  const key = await file("key", "11".repeat(32));
  const imported = ["--home", `${aside}/imported`, ...ELSEWHERE, "--key-file", key];
  await fits("wallet-made", ["wallet", "import", ...imported, "--passphrase-file", one]);
  await fits("wallet-made", ["wallet", "configure", "--passphrase-file", one]);
  const change = ["--passphrase-file", one, "--new-passphrase-file", two];
  await fits("wallet-sealed", ["wallet", "passphrase", ...own, ...change]);
  const opened = [...own, "--passphrase-file", two];
  await fits("wallet-export", ["wallet", "export", ...opened, "--show"]);
  await fits("wallet-export", ["wallet", "export", ...opened, "--to", `${aside}/keys`]);
});

Deno.test("documents of skills fit", async () => {
  const { fits } = bound();
  await fits("skill-new", ["skill", "new", "counter", "--runner", "deno", "--dir", aside]);
  const folder = `${aside}/counter`;
  await fits("skill-check", ["skill", "check", folder]);
  await fits("skill", ["skill", "show", folder]);
  await fits("skill-test", ["skill", "test", folder]);
  await fits("skill-sign", ["skill", "sign", folder]);
  await fits("skill", ["skill", "approve", folder, "--yes"]);
  await fits("skill-price", ["skill", "price", "counter", "0.1"]);
  await fits("skill-list", ["skill", "list"]);
  await fits("skill-remove", ["skill", "remove", "counter"]);
  await Deno.writeTextFile(`${folder}/skill.toml`, "name = \n");
  await fits("skill-check", ["skill", "check", folder], 1);
});

Deno.test("documents of settings, homes and the program fit", async () => {
  const { fits } = bound();
  await fits("config-values", ["config"]);
  await fits("config-settings", ["config", "list"]);
  await fits("config-value", ["config", "get", "jobs.timeout_s"]);
  await fits("config-value", ["config", "set", "jobs.timeout_s", "60", "--dry-run"]);
  await fits("config-value", ["config", "set", "jobs.timeout_s", "60"]);
  await fits("config-path", ["config", "path"]);
  await Deno.mkdir(`${aside}/project/.gt`, { recursive: true, mode: 0o700 });
  await fits("home-trust", ["home", "trust", `${aside}/project`]);
  await fits("home-list", ["home", "list"]);
  await fits("home-trust", ["home", "untrust", `${aside}/project`]);
  await fits("version", ["version"]);
  await fits("version", ["--version"]);
  await fits("completion", ["completion", "bash"]);
  await fits("completion-values", ["completion", "values", "job"]);
  await fits("benchmark-dry-run", ["node", "benchmark", "--dry-run"]);
  await fits("benchmark", ["node", "benchmark"]);
  await fits("sandbox", ["doctor", "sandbox"]);
  const passphrase = `${aside}/init-passphrase`;
  await Deno.writeTextFile(passphrase, "words of one more pass phrase\n", { mode: 0o600 });
  await fits("init", ["init", "--network", "dev", "--yes", "--passphrase-file", passphrase]);
});

Deno.test("documents of the relay, the connector and the network fit", async () => {
  const { fits } = bound();
  // At least three events: of this job the request and the result, and the provider's announcement.
  await home.json(["job", "submit", "echo", "--input", "seen at the relay", "--wait"]);
  await fits("relay-status", ["relay", "status"]);
  await fits("relay-terms", ["relay", "terms"]);
  const { announced, profile } = await fits("relay-terms", ["relay", "terms", "--spsp"]);
  assert.equal(announced.source, "spsp");
  assert.equal(announced.settlement_address, profile.settlement_address);
  const url = home.network.relay_url;
  await fits("relay-choice", ["relay", "connect", url, ...ELSEWHERE, "--dry-run"]);
  await fits("relay-choice", ["relay", "connect", url, ...ELSEWHERE]);
  await fits("relay-choice", ["relay", "disconnect", ...ELSEWHERE]);
  await documents.lines("relay-connection", ["relay", "watch", "--changes", "1"]);
  const recent = ["relay", "watch", "--events", "--recent", "3600", "--count", "3"];
  assert.equal((await documents.lines("relay-event", recent)).length, 3);
  await fits("connector-status", ["connector", "status"]);
  await announcedConnector(announced.pubkey);
  await fits("dev-status", ["dev", "status"]);
  await fits("dev-balances", ["dev", "balances"]);
  await fits("dev-clock", ["dev", "advance", "1m"]);
  await documents.lines("stats", ["stats"]);
  await documents.first("web", ["web", "--port", "0"]);
  await documents.first("mcp", ["mcp", "--http", "127.0.0.1:0"]);
  await documents.first("home-line", ["mayor", "attach"]);
});

Deno.test("documents of daemons and of the state fit", async () => {
  const { fits } = bound();
  await fits("daemon", ["mayor", "up", "--detach"]);
  await until("the daemon", () => fits("daemon", ["mayor", "status"]));
  await fits("pause", ["mayor", "pause"]);
  await fits("daemon", ["mayor", "status"]);
  await fits("pause", ["mayor", "resume"]);
  await fits("stopped", ["mayor", "down"]);
  await fits("state-check", ["state", "check"]);
  await fits("state-compact", ["state", "compact", "--dry-run"]);
  await fits("state-compact", ["state", "compact"]);
  await fits("state-recover", ["state", "recover"]);
  await fits("state-recover", ["state", "recover", "--from", "git", "--dry-run"]);
  await fits("state-export", ["state", "export", `${aside}/archive`]);
  await fits("quarantine-list", ["state", "quarantine", "list"]);
});

/** Checked where they are made: by `one_home/schemas_test.ts`, or by the tests of the commands that print them. */
const ELSEWHERE_CHECKED: readonly DocumentName[] = [
  "build",
  "channel",
  "commands",
  "config-edit",
  "demo",
  "doctor",
  "job-evidence",
  "job-list",
  "job-pay",
  "job-pay-quote",
  "job-plan",
  "payments",
  "payments-stats",
  "provider",
  "provider-list",
  "quarantine",
  "quarantine-retry",
  "state-import",
  "wallet-balance",
];

Deno.test("every named document was seen here, or is checked elsewhere", () => {
  assert.deepEqual(
    Object.keys(DOCUMENT_VERSIONS).filter((name) => !documents.seen.has(name)),
    ELSEWHERE_CHECKED,
  );
});

/** A connector whose terms were accepted: its terms, its status, and its end. */
async function announcedConnector(pubkey: string): Promise<void> {
  const { fits } = bound();
  await fits("connector-terms", ["connector", "terms", "--pin", pubkey]);
  const file = acceptedConnectorsFile({ home: home.path }, "dev");
  await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true, mode: 0o700 });
  const text = formatAcceptedConnectors([{
    ...{ name: "east", pubkey: "ab".repeat(32), url: "btp+ws://127.0.0.1:9/" },
    ...{ peerAddress: FRIEND.toLowerCase(), reaches: ["test.east"] },
    ...{ createdAtS: 0, expiresAtS: 1, acceptedAt: "2026-11-24T20:00:00Z" },
  }]);
  await Deno.writeTextFile(file, text, { mode: 0o600 });
  const { more_connectors: [east] } = await fits("connector-status", ["connector", "status"]);
  assert.match(east.terms.refused, /expired/);
  const { accepted } = await fits("connector-terms", ["connector", "terms"]);
  assert.deepEqual(accepted.map(({ name }: { name: string }) => name), ["east"]);
  await fits("connector-forget", ["connector", "forget", "east"]);
}

function bound() {
  return {
    fits: documents.fits.bind(documents),
    lines: documents.lines.bind(documents),
  };
}
