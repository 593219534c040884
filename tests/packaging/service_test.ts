/** The unit under a systemd of its own: what its settings forbid, a provider and the sandboxes of its jobs must do without. */
import assert from "node:assert/strict";
import { started } from "../program.ts";
import { until } from "../until.ts";
import { noRunsc } from "../skills/gvisor.ts";
import { startMachine, whyNoMachine } from "./systemd_machine.ts";

const UNIT = await Deno.readTextFile(
  new URL("../../packaging/crosstown-node.service", import.meta.url),
);
const PROGRAM = Deno.env.get("CROSSTOWN_PROGRAM");
const why = PROGRAM === undefined
  ? "CROSSTOWN_PROGRAM names no installed program"
  : await whyNoMachine();
/** Its provider waits for a relay that is not there: that costs nothing, and needs no other machine. */
const SETTINGS =
  'network = "club"\n[networks.club]\nwrite = "nostr"\nrelay_url = "ws://127.0.0.1:9"\n[node]\nprice_units = 0\n';

Deno.test({
  name: `systemd runs a provider with sandboxes, and starts it again${
    why ? ` (ignored: ${why})` : ""
  }`,
  ignore: why !== null,
}, async (t) => {
  // `.ci/run` makes it in a folder for itself alone. The user of the service reads it, too.
  await Deno.chmod(PROGRAM!, 0o755);
  await using machine = await startMachine([
    { from: PROGRAM!, to: "/opt/crosstown" },
    { from: Deno.execPath(), to: "/opt/deno" },
  ]);
  const run = async (script: string) => {
    const { code, out } = await machine.run(script);
    assert.equal(code, 0, `${script}\n${out}`);
    return out;
  };
  const write = (path: string, text: string) => run(`cat > ${path} <<'END'\n${text}\nEND`);
  const show = async (name: string) =>
    (await run(`systemctl show --property ${name} --value crosstown-node`)).trim();
  // Each step needs those before it.
  let whole = true;
  const step = async (name: string, body: () => Promise<void>) => {
    whole = whole && await t.step(name, body);
  };
  // The commands at the head of the unit, each with what it needs.
  const head = UNIT.split("\n").filter((line) => line.startsWith("#   ")).map((line) =>
    line.slice(4)
  );
  const command = (part: string) => head.find((line) => line.includes(part))!;
  const crosstown = (args: string) => `${command("crosstown()")}\ncrosstown ${args}`;
  const isUp = async () => {
    const { out } = await machine.run(crosstown("node status --output json"));
    return out.includes('"state":"up"') ? out : null;
  };
  const settled = async () => {
    let status: string | null = null;
    await until(async () => (status = await isUp()) !== null);
    return status!;
  };

  await t.step(
    "it is installed as its head says, and opens the wallet with the credential",
    async () => {
      const program = ["/opt/deno", ...started([])].map((each) =>
        `'${each.replaceAll(PROGRAM!, "/opt/crosstown").replaceAll(Deno.execPath(), "/opt/deno")}'`
      );
      await write("/usr/local/bin/crosstown", `#!/bin/sh\nexec ${program.join(" ")} "$@"`);
      await run("chmod 755 /usr/local/bin/crosstown");
      await write("/root/passphrase", "correct horse battery staple");
      await write("/root/crosstown-node.service", UNIT);
      await run(
        [
          "set -e",
          "cd /root",
          command("useradd"),
          command("install -d -m 0700 -o"),
          command("/etc/crosstown"),
        ]
          .join("\n"),
      );
      await write("/root/crosstown.toml", SETTINGS);
      await run("install -o crosstown -m 600 /root/crosstown.toml /var/lib/crosstown/");
      const wallet = command("crosstown wallet init").replace("base-sepolia", "club");
      await run([command("crosstown()"), wallet].join("\n"));
      await run(["cd /root", command("systemctl enable")].join("\n"));
      assert.match(await settled(), /"sandbox":"bubblewrap"/);
    },
  );

  /** What a command prints under the unit's settings, and under others in addition. */
  const trial = async (command: string, settings = "") => {
    const unit = UNIT.replace(
      /^Type=.*$/m,
      "Type=oneshot\nStandardOutput=truncate:/var/lib/crosstown/trial",
    )
      .replace(/^ExecStart=.*$/m, `ExecStart=${command}`)
      .replace(/^(ExecStop|ExecReload|Restart)=.*$/mg, "")
      .replace(/^RestartForceExitStatus=.*$/m, "")
      .replace(/^\[Install\]/m, `${settings}\n[Install]`);
    await write("/etc/systemd/system/trial.service", unit);
    const { out } = await machine.run(
      "systemctl daemon-reload; systemctl start trial; cat /var/lib/crosstown/trial",
    );
    return out;
  };
  const DOCTOR = "/usr/local/bin/crosstown doctor sandbox --output json";

  await step("under its settings the sandbox stops all that it stops without them", async () => {
    const { tier, landlock, session_keyring, probes } = JSON.parse(await trial(DOCTOR));
    assert.equal(tier, "bubblewrap");
    assert.ok(landlock, "no Landlock");
    assert.ok(session_keyring, "no keyring");
    assert.deepEqual(probes.filter(({ held }: { held: boolean }) => !held), []);
    assert.ok(probes.length > 20);
  });

  await step("with the settings of docs/install.md it may make control groups", async () => {
    const settings = "Delegate=yes\nProtectControlGroups=no";
    assert.match(
      await Deno.readTextFile(new URL("../../docs/install.md", import.meta.url)),
      new RegExp(`^${settings}$`, "m"),
    );
    const make = `/bin/sh -c 'at=/sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup); ` +
      `mkdir "$at/job" 2>/dev/null; test -w "$at/job/cgroup.procs" && echo made || echo refused'`;
    assert.match(await trial(make, settings), /^made$/m);
    for (const without of ["", "Delegate=yes"]) {
      assert.match(await trial(make, without), /^refused$/m, without);
    }
  });

  await step(`without its list of system calls gVisor works${noRunsc.why}`, async () => {
    if (noRunsc.ignore) return;
    const { tier, probes } = JSON.parse(
      await trial(`${DOCTOR} --sandbox runsc`, "SystemCallFilter="),
    );
    assert.equal(tier, "runsc");
    assert.deepEqual(probes.filter(({ held }: { held: boolean }) => !held), []);
    assert.ok(probes.length > 20);
  });

  await step("a provider that was killed is started again", async () => {
    await run("systemctl kill --signal=KILL --kill-who=main crosstown-node");
    await until(async () => await show("NRestarts") === "1");
    await settled();
  });

  await step("it takes SIGHUP, and stops cleanly", async () => {
    await run("systemctl reload crosstown-node && systemctl stop crosstown-node");
    assert.equal(await show("Result"), "success");
    assert.equal(await show("ExecMainStatus"), "0");
    assert.equal((await machine.run("pgrep -u crosstown .")).out, "");
  });

  await step("exit code 75 alone starts it again", async () => {
    await run("mkdir /etc/systemd/system/crosstown-node.service.d");
    const other =
      "[Service]\nExecStart=\nExecStart=/bin/sh -c 'exit 75'\nExecStop=\nRestart=no\nRestartSec=0\n";
    await write("/etc/systemd/system/crosstown-node.service.d/exit.conf", other);
    await machine.run("systemctl daemon-reload; systemctl start crosstown-node");
    await until(async () => Number(await show("NRestarts")) > 0);
    await machine.run("systemctl stop crosstown-node");
  });

  await step("a wrong passphrase stops it for good, and its log says what to do", async () => {
    await run("rm -r /etc/systemd/system/crosstown-node.service.d && systemctl daemon-reload");
    await write("/etc/crosstown/passphrase", "another one altogether");
    await machine.run("systemctl reset-failed crosstown-node; systemctl start crosstown-node");
    await until(async () => await show("ActiveState") === "failed");
    assert.equal(await show("NRestarts"), "0");
    assert.equal(await show("ExecMainStatus"), "2");
    assert.match(await run("journalctl --unit crosstown-node"), /check the passphrase/);
  });
});
