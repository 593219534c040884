/** A skill that may reach some hosts, as its host runs it; tests/escape shows which requests succeed. */
import assert from "node:assert/strict";
import { createSkillRegistry } from "../../../skills/catalog/registry.ts";
import { startEgress } from "../../../skills/egress/egress.ts";
import { createSkillHost } from "../../../skills/host/host.ts";
import { noSandbox, requestEvent, sandbox, temporaryFolder, tools } from "../machine.ts";
import { writeSkill } from "../skill_files.ts";

const no = noSandbox.ignore || (tools.perl?.startsWith("/usr/") && tools.deno !== null)
  ? noSandbox
  : { ignore: true, why: " (ignored: no perl or no deno)" };

async function outcomeOf(terms: string, files: Readonly<Record<string, string>>) {
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
    sandbox,
    policy: { ownNetwork: false, allowBuyers: [] },
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
