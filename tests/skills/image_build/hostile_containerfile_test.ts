import assert from "node:assert/strict";
import { imageBuild } from "../../../skills/builtin/image_build/image_build.ts";
import {
  logOf,
  requestEvent,
  sandbox,
  skillContext,
  skillRequest,
  temporaryFolder,
  tools,
} from "../machine.ts";
import { builder, contextTags, noBuilder, PLATFORM } from "./builder_machine.ts";

/** The content of the operator's file that no build may see. */
const SECRET = "operator-secret-5b1f";

interface Attacked {
  readonly log: string;
  readonly image: string;
  readonly exitCode: number | undefined;
}

/** Runs a Containerfile that has busybox in its context; `SECRET_FILE` in it is the operator's file. */
async function attack(lines: string): Promise<Attacked> {
  await using folder = await temporaryFolder();
  await using operator = await temporaryFolder();
  const secret = `${operator.path}/secret`;
  await Deno.writeTextFile(secret, SECRET);
  await Deno.chmod(operator.path, 0o755);
  const text = "FROM scratch AS base\nCOPY busybox /bin/busybox\n" +
    'RUN ["/bin/busybox","--install","-s","/bin"]\n' + lines;
  const tags = await contextTags({
    "Containerfile": text.replaceAll("SECRET_FILE", secret),
    "busybox": await Deno.readFile("/bin/busybox"),
  });
  const request = skillRequest(requestEvent(5602, tags), folder.path, { maxContentBytes: 4 << 20 });
  const outcome = await imageBuild({
    tools: { ...tools, builder },
    sandbox,
    policy: { ownNetwork: true, allowBuyers: [] },
    platform: PLATFORM,
  }).run(request, skillContext());
  assert.equal(outcome.status, "success", outcome.content);
  assert.equal(await Deno.readTextFile(secret), SECRET);
  const { archive_gzip: image = "" } = JSON.parse(outcome.content);
  return { log: await logOf(outcome.content), image, exitCode: outcome.exitCode };
}

const busybox = await Deno.stat("/bin/busybox").then(() => true, () => false);
const when = noBuilder.ignore || busybox
  ? noBuilder
  : { ignore: true, why: " (ignored: no busybox)" };

for (
  const { name, lines } of [
    {
      name: "bind mounts from a link in another stage (CVE-2024-1753)",
      lines: "RUN ln -s / /root_of_host\nFROM base\n" +
        "RUN --mount=type=bind,from=base,source=/root_of_host,target=/m cat /mSECRET_FILE; ls /m/job; echo; echo tried\n",
    },
    {
      name: "bind mounts from a link in the context",
      lines:
        "RUN --mount=type=bind,source=../../../../..,target=/m cat /mSECRET_FILE; echo; echo tried\n",
    },
    {
      name: "caches whose source or target lies outside (CVE-2024-9675)",
      lines:
        "RUN --mount=type=cache,id=../../../../../../../..,source=../../../..,target=/m cat /mSECRET_FILE; ls /m; echo; echo tried\n",
    },
    {
      name: "caches with an absolute id",
      lines:
        "RUN --mount=type=cache,id=/,target=/m,sharing=shared cat /mSECRET_FILE; echo; echo tried\n",
    },
    {
      name: "copies from outside of the context",
      lines: "COPY ../../../../../../SECRET_FILE /stolen\nRUN cat /stolen; echo; echo tried\n",
    },
    {
      name: "the roots of other processes",
      lines:
        "RUN for p in /proc/[0-9]*; do cat $p/rootSECRET_FILE $p/root/job/engine/* $p/environ $p/cwd/x; done; echo; echo tried\n",
    },
    {
      name: "a device of the host's disk",
      lines: "RUN mknod /disk b 254 0 && head -c 64 /disk && echo got-disk; echo; echo tried\n",
    },
    {
      name: "mounts of its own",
      lines:
        "RUN mount -t tmpfs x /bin && echo got-mount; mount -t proc p /proc && echo got-mount; mount --bind / /dev && echo got-mount; echo; echo tried\n",
    },
    {
      name: "a user namespace of its own",
      lines:
        "RUN unshare -U -r -m sh -c 'mount -t tmpfs x /bin && echo got-mount'; echo; echo tried\n",
    },
    {
      name: "settings of the kernel",
      lines:
        "RUN echo '|/x' >/proc/sys/kernel/core_pattern && echo got-setting; echo 1 >/proc/sys/kernel/sysrq && echo got-setting; echo b >/proc/sysrq-trigger && echo got-setting; echo; echo tried\n",
    },
    {
      name: "an interpreter of the kernel's",
      lines:
        "RUN mount -t binfmt_misc none /proc/sys/fs/binfmt_misc && echo got-mount; echo ':x:M::aa::/bin/sh:' >/proc/sys/fs/binfmt_misc/register && echo got-setting; echo; echo tried\n",
    },
    {
      name: "the network",
      lines:
        "RUN wget -T 2 -O - http://169.254.169.254/ && echo got-net; ping -c 1 -W 1 127.0.0.1 && echo got-loopback; nc -w 1 1.1.1.1 53 </dev/null && echo got-net; echo; echo tried\n",
    },
    {
      name: "a root of its own below the first",
      lines:
        "RUN mkdir /d && chroot /d /x; cd / && for i in 1 2 3 4 5 6 7 8; do cd ..; done; cat .SECRET_FILE; echo; echo tried\n",
    },
  ]
) {
  Deno.test(`a build cannot reach what is outside by ${name}${when.why}`, {
    ignore: when.ignore,
  }, async () => {
    // Either a step ran and found nothing, or the engine refused the step. The file that the step read may have no newline at its end.
    const told = /^tried$|Error: |error /m;
    let log = "";
    // On a busy machine, the engine sometimes loses what a step wrote last.
    for (let tries = 0; tries < 3 && !told.test(log); tries++) {
      const built = await attack(lines);
      log = built.log;
      assert.doesNotMatch(log, /^got-/m, log);
      assert(!log.includes(SECRET), log);
      assert(!built.image.includes(SECRET));
    }
    assert.match(log, told);
  });
}

Deno.test(`a build cannot run on after its job${when.why}`, { ignore: when.ignore }, async () => {
  const mark = `86${crypto.getRandomValues(new Uint16Array(1))[0]}`;
  const { log } = await attack(
    `RUN nohup setsid sleep ${mark} >/dev/null 2>&1 & echo; echo tried\n`,
  );
  assert.match(log, /tried/);
  const lines = await new Deno.Command("sh", {
    args: ["-c", "cat /proc/[0-9]*/cmdline 2>/dev/null"],
  }).output();
  assert(!new TextDecoder().decode(lines.stdout).includes(`sleep\0${mark}`));
});
