/** What a build may do that took over its engine: it is root of the inner sandbox, and no more. */
import assert from "node:assert/strict";
import { BUILD_FOLDERS, prepareBuild } from "../../../skills/sandbox/builder.ts";
import { runChild } from "../../../skills/sandbox/child.ts";
import { buildSandboxed } from "../../../skills/sandbox/sandbox.ts";
import { sandbox, temporaryFolder, tools } from "../machine.ts";
import { noBuilder, PLATFORM } from "../image_build/builder_machine.ts";

async function asEngine(script: string): Promise<string> {
  if (sandbox.type === "none") throw new Error(sandbox.reason);
  await using folder = await temporaryFolder();
  await Deno.mkdir(`${folder.path}/temp`);
  const result = await runChild({
    ...buildSandboxed(sandbox, {
      binds: [],
      temp: `${folder.path}/temp`,
      folders: BUILD_FOLDERS,
      seed: folder.path,
      cwd: "/",
      env: { PATH: tools.path, HOME: "/tmp" },
      command: [
        "/bin/sh",
        "-c",
        prepareBuild({ platform: PLATFORM, emulator: null }),
        "sh",
        "/bin/sh",
        "-c",
        `exec 2>&1; ${script}`,
      ],
    }, folder.path),
    timeoutMs: 120_000,
    outputBytes: 65_536,
    sh: tools.sh!,
    path: tools.path,
    clock: Date.now,
  });
  return new TextDecoder().decode(result.stdout.bytes);
}

for (
  const { name, script } of [
    {
      name: "uncover a file of /proc",
      script: "umount -n /proc/keys && cat /proc/keys && echo got-it",
    },
    {
      name: "make the system writable",
      script: "mount -n -o remount,bind,rw /usr && echo got-it; touch /usr/x && echo got-it",
    },
    {
      name: "make /proc writable",
      script:
        "mount -n -o remount,bind,rw /proc && echo got-it; echo x >/proc/sys/kernel/core_pattern && echo got-it",
    },
    { name: "mount a /proc of its own", script: "mount -n -t proc proc /mnt && echo got-it" },
    { name: "mount a /sys of its own", script: "mount -n -t sysfs sys /mnt && echo got-it" },
    {
      name: "mount the host's disk",
      script: "mknod /tmp/d b 254 0 && echo got-it; mount -n /tmp/d /mnt && echo got-it",
    },
    { name: "make a user namespace", script: "unshare -U -r true && echo got-it" },
    { name: "make a network namespace", script: "unshare -n true && echo got-it" },
    {
      name: "enter the namespaces of another process",
      script: "nsenter -t 1 -m true && echo got-it",
    },
    {
      name: "become another user",
      script: "setpriv --reuid 1 true && echo got-it; setpriv --regid 1 true && echo got-it",
    },
    {
      name: "find what lies below the first sandbox's root",
      script: "umount -n -l / && ls / && echo got-it; ls /oldroot /newroot && echo got-it",
    },
  ]
) {
  Deno.test(`a build that took over its engine cannot ${name}${noBuilder.why}`, {
    ignore: noBuilder.ignore,
  }, async () => {
    const said = await asEngine(`${script}; echo tried`);
    assert.match(said, /^tried$/m);
    assert.doesNotMatch(said, /got-it/, said);
  });
}

Deno.test(`a build's engine is root of one user, and may mount${noBuilder.why}`, {
  ignore: noBuilder.ignore,
}, async () => {
  const said = await asEngine(
    "id -u; cat /proc/self/uid_map; mount -n -t tmpfs x /mnt && echo may-mount",
  );
  assert.match(said, /^0\n +0 +\d+ +1\nmay-mount$/m);
});
