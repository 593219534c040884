/** A skill that may reach some hosts, as its host runs it; tests/escape shows which requests succeed. */
import assert from "node:assert/strict";
import { createSkillRegistry } from "../../../skills/catalog/registry.ts";
import { faultOfEntry } from "../../../skills/egress/allowed_hosts.ts";
import { startEgress } from "../../../skills/egress/egress.ts";
import { createSkillHost } from "../../../skills/host/host.ts";
import { isLocalAddress } from "../../../base/public_address.ts";
import type { Sandbox } from "../../../skills/sandbox/sandbox.ts";
import { noSandbox, requestEvent, sandbox, temporaryFolder, tools } from "../machine.ts";
import { writeSkill } from "../skill_files.ts";

const no = noSandbox.ignore || (tools.perl?.startsWith("/usr/") && tools.deno !== null)
  ? noSandbox
  : { ignore: true, why: " (ignored: no perl or no deno)" };

async function outcomeOf(
  terms: string,
  files: Readonly<Record<string, string>>,
  inside: Sandbox = sandbox,
) {
  await using folder = await temporaryFolder();
  await writeSkill(`${folder.path}/skills/reach`, `kinds = [5650]\n${terms}`, files);
  const host = createSkillHost({
    registry: createSkillRegistry({
      approvals: null,
      builtin: [],
      folders: [`${folder.path}/skills`],
    }),
    workFolder: `${folder.path}/work`,
    tools,
    sandbox: inside,
    policy: { ownNetwork: inside.type === "none", allowBuyers: [] },
    clock: Date.now,
  });
  const outcome = await host.runKind({
    jobId: "job-1",
    attempt: 1,
    bytes: new Uint8Array(),
    encoding: "json",
    kind: 5650,
    event: requestEvent(5650, []),
    maxContentBytes: 60_000,
  });
  assert.deepEqual([...Deno.readDirSync(`${folder.path}/work`)], []);
  return outcome;
}

const ASK = `#!/usr/bin/perl
use Socket; $| = 1;
for my $url ('http://elsewhere.test/', 'http://localhost/') {
  socket(my $s, AF_INET, SOCK_STREAM, 0); connect($s, pack_sockaddr_in(3128, INADDR_LOOPBACK)) or die "no bridge: $!";
  syswrite $s, "GET $url HTTP/1.1\\r\\n\\r\\n"; my $text = join '', <$s>; print "$1 $2\\n" if $text =~ /^HTTP\\/1.1 (\\d+).*\\r\\n\\r\\n(.*)\\n/s;
}
print "$ENV{https_proxy}\\n";
`;

Deno.test(`a command asks the proxy for hosts, and what is not listed is refused${no.why}`, {
  ignore: no.ignore,
}, async () => {
  const outcome = await outcomeOf(
    '[permissions]\nnet = ["api.example.com"]\n[run]\nrunner = "command"\ncommand = ["./ask.pl"]\n',
    { "ask.pl": ASK },
  );
  assert.equal(
    outcome.content,
    "403 crosstown: elsewhere.test:80 is not on the skill's list\n" +
      "403 crosstown: localhost:80 is not on the skill's list\nhttp://127.0.0.1:3128\n",
    `${outcome.content} ${outcome.log}`,
  );
  assert.equal(outcome.usage?.networkBytes, 0);
});

const FLOOD = `#!/usr/bin/perl
use Socket; my $n = 0;
for (1 .. 40_000) {
  socket(my $s, AF_UNIX, SOCK_STREAM, 0); connect($s, pack_sockaddr_un('/opt/job/egress/socket')) or last; $n++;
}
print $n >= 20_000 && $n < 30_000 ? "ended\\n" : "$n\\n";
`;

Deno.test(`a command that floods its proxy ends it, and what went through is still told${no.why}`, {
  ignore: no.ignore,
}, async () => {
  const outcome = await outcomeOf(
    '[permissions]\nnet = ["api.example.com"]\n[run]\nrunner = "command"\ncommand = ["./flood.pl"]\n',
    { "flood.pl": FLOOD },
  );
  assert.equal(outcome.content, "ended\n", `${outcome.content} ${outcome.log}`);
  assert.equal(outcome.usage?.networkBytes, 0);
});

Deno.test(`a module asks the proxy for hosts of its list${no.why}`, {
  ignore: no.ignore,
}, async () => {
  const outcome = await outcomeOf(
    '[permissions]\nnet = ["*.invalid"]\n[run]\nrunner = "deno"\nmodule = "main.ts"\n',
    {
      "main.ts": `const asked = await fetch("http://nobody.invalid/");
console.log(asked.status, (await asked.text()).trim());
try { await fetch("http://elsewhere.test/"); } catch (error) { console.log(error.name); }
`,
    },
  );
  assert.equal(outcome.content, "502 crosstown: nobody.invalid cannot be resolved\nNotCapable\n");
});

/** A server on this machine that answers with a text; its port. */
function serve(text: string) {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(text),
  );
  return { port: server.addr.port, [Symbol.asyncDispose]: () => server.shutdown() };
}

Deno.test(
  `a module reaches an address of this machine that its list names, through the proxy and no other one${no.why}`,
  {
    ignore: no.ignore,
  },
  async () => {
    await using named = serve("named");
    await using other = serve("other");
    const outcome = await outcomeOf(
      `[permissions]\nnet = ["127.0.0.1:${named.port}", "localhost:${other.port}"]\n[run]\nrunner = "deno"\nmodule = "main.ts"\n`,
      {
        "main.ts": `
for (const url of ["http://127.0.0.1:${named.port}/", "http://localhost:${other.port}/", "http://127.0.0.1:${other.port}/"]) {
  try {
    const asked = await fetch(url);
    console.log(asked.status, (await asked.text()).trim());
  } catch (error) { console.log(error.name); }
}
try {
  await Deno.connect({ hostname: "127.0.0.1", port: ${named.port} });
  console.log("connected past the proxy");
} catch (error) { console.log(error.name); }
`,
      },
    );
    assert.equal(
      outcome.content,
      "200 named\n200 other\nNotCapable\nConnectionRefused\n",
      `${outcome.content} ${outcome.log}`,
    );
    assert.ok(outcome.usage!.networkBytes! > 0);
  },
);

Deno.test(
  `a command with every host on its list has no other network than the proxy, which reaches nothing of this machine${no.why}`,
  {
    ignore: no.ignore,
  },
  async () => {
    await using here = serve("here");
    const outcome = await outcomeOf(
      `[permissions]\nnet = ["*", "*:${here.port}"]\n[run]\nrunner = "command"\ncommand = ["./ask.pl"]\n`,
      {
        "ask.pl": ASK.replace("'http://elsewhere.test/'", `'http://127.0.0.1:${here.port}/'`)
          .replace(
            'print "$ENV{https_proxy}\\n"',
            `socket(my $s, AF_INET, SOCK_STREAM, 0); print connect($s, pack_sockaddr_in(${here.port}, INADDR_LOOPBACK)) ? "connected\\n" : "alone\\n"`,
          ),
      },
    );
    assert.equal(
      outcome.content,
      "403 crosstown: 127.0.0.1 is an address that jobs may not reach\n" +
        "403 crosstown: localhost is an address that jobs may not reach\nalone\n",
      `${outcome.content} ${outcome.log}`,
    );
  },
);

/** This machine's name, if it leads to an address of this machine or its network, as names that rebind do. */
const ownName = (() => {
  try {
    const name = Deno.hostname().toLowerCase();
    const { stdout } = new Deno.Command("getent", { args: ["ahostsv4", name] }).outputSync();
    const [address = ""] = new TextDecoder().decode(stdout).split(/\s/);
    return isLocalAddress(address) && name !== "localhost" && faultOfEntry(name) === null
      ? name
      : null;
  } catch {
    return null;
  }
})();

Deno.test(
  `without a sandbox, a module's name that leads to this machine is refused too${
    ownName === null ? " (ignored: this machine's name leads nowhere)" : ""
  }`,
  { ignore: ownName === null || tools.deno === null || Deno.build.os !== "linux" },
  async () => {
    const outcome = await outcomeOf(
      `[permissions]\nnet = ["${ownName}:1", "10.255.255.254:1"]\n[run]\nrunner = "deno"\nmodule = "main.ts"\n`,
      {
        "main.ts": `
try { await Deno.connect({ hostname: "${ownName}", port: 1 }); } catch (error) { console.log(error.name); }
`,
      },
      { type: "none", reason: "for the test" },
    );
    assert.equal(outcome.content, "NotCapable\n", `${outcome.log}`);
  },
);

Deno.test(`startEgress() says why where it cannot start${no.why}`, {
  ignore: no.ignore,
}, async () => {
  await using folder = await temporaryFolder();
  const options = { list: ["a.test"], maxBytes: 1 };
  await assert.rejects(startEgress({ ...tools, deno: null }, `${folder.path}/a`, options), {
    code: "cannot_run",
  });
  await assert.rejects(startEgress(tools, `${folder.path}/${"x".repeat(100)}`, options), {
    message: /too long for a socket/,
  });
  await assert.rejects(startEgress({ ...tools, deno: "/bin/false" }, `${folder.path}/b`, options), {
    message: /the network proxy did not start/,
  });
});
