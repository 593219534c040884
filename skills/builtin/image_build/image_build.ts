/**
 * `image-build` (kind 5602): builds a container image from a context in the sandbox of builds, runs the image's test in it, and makes a
 * signed statement about the build. A failing build is a result. `error` is for requests that could not be run at all.
 *
 * @module
 */
import { IMAGE_BUILD } from "../../../protocols/nostr/kinds.ts";
import type { Builder } from "../../sandbox/emulators.ts";
import type { ChildResult } from "../../sandbox/child.ts";
import type { Machine } from "../../sandbox/machine.ts";
import { linkFile } from "../../sandbox/shown_copy.ts";
import { buildTier } from "../../sandbox/tier.ts";
import { diskOf } from "../../sandbox/watchdog.ts";
import type {
  BuildOffer,
  BuiltinSkill,
  SkillContext,
  SkillLimits,
  SkillOutcome,
  SkillRequest,
} from "../../skill.ts";
import { answerFailures } from "../../answer_failures.ts";
import { SkillError } from "../../skill_error.ts";
import { broughtHere, keptFor } from "../ci_run/ci_run.ts";
import { createGit } from "../ci_run/git.ts";
import { ARCHIVE_LIMITS } from "../ci_run/tar_reader.ts";
import { countTests } from "../ci_run/test_counts.ts";
import { makeWorktree } from "../ci_run/worktree.ts";
import { baseDigest } from "./base_digest.ts";
import { basesOf } from "./containerfile.ts";
import { buildImage, type EngineJob, layOut, storeOf, testImage } from "./engine.ts";
import { layerCache } from "./layer_cache.ts";
import { inputsOf, parametersOf, usageOf } from "./stated.ts";
import { handOver } from "./hand_over.ts";
import { archiveEntries, readLayout } from "./layout.ts";
import { imageBuildContent, summaryOf } from "./result_content.ts";
import {
  baseFile,
  BUILD_REQUEST,
  type BuildSpec,
  checkNamed,
  checkOffered,
  parseBuildSpec,
} from "./spec.ts";

/** What `image-build` needs from its machine. */
interface ImageBuildOptions extends Machine {
  /** Limits that differ from the defaults. */
  readonly limits?: Partial<SkillLimits>;
}

const KEEP_BYTES = 1 << 20;
/** A larger image is not included in a result event. */
const MAX_INLINE_BYTES = 1 << 20;
const MAX_CONTAINERFILE_BYTES = 1 << 20;

/** The image-build skill. */
export function imageBuild(options: ImageBuildOptions): BuiltinSkill {
  const limits: SkillLimits = { ...IMAGE_BUILD.limits, ...options.limits };
  const builds = buildOffer(options.tools.builder ?? null);
  return {
    manifest: {
      name: IMAGE_BUILD.types[0],
      version: "1.0.0",
      description: "Builds a container image, runs its test in it, and states what was built",
      kinds: [IMAGE_BUILD.kind],
      addressed: true,
      types: IMAGE_BUILD.types,
      tags: [
        IMAGE_BUILD.types[0],
        ...(builds.platforms.length > 0 ? ["buildah"] : []),
        ...builds.platforms.map(({ platform }) => `docker-build-${platform.split("/")[1]}`),
      ],
      price: IMAGE_BUILD.price,
      accepts: "both",
      limits,
      request: BUILD_REQUEST,
      builds,
      run: { type: "builtin" },
    },
    runsCommands: true,
    run: answerFailures((request, context) => runJob(request, context, options, limits)),
  };
}

/** The platforms and base images of this machine's engine. */
function buildOffer(builder: Builder | null): BuildOffer {
  if (builder === null) return { platforms: [], bases: [] };
  const platforms = builder.platforms.map(({ platform, emulator }) => ({
    platform,
    emulated: emulator !== null,
  }));
  return { platforms, bases: Object.keys(builder.bases) };
}

async function runJob(
  request: SkillRequest,
  context: SkillContext,
  options: ImageBuildOptions,
  limits: SkillLimits,
): Promise<SkillOutcome> {
  const { clock } = context;
  const startedAtMs = clock();
  const spec = parseBuildSpec(request.event, {
    allowLoopback: options.policy.ownNetwork,
    encrypted: request.encrypted ?? false,
  });
  context.feedback({ status: "processing", message: "fetching the context" });
  const job = await prepare(spec, request, context, options, limits);
  const limitMs = Math.min(limits.timeoutS, request.timeoutS ?? limits.timeoutS) * 1000;
  const leftMs = () => Math.max(1, startedAtMs + limitMs - clock());
  const { platform, emulator } = job.platform;
  const emulated = emulator !== null;
  const under = emulated ? ", under emulation" : "";
  context.feedback({ status: "processing", message: `building for ${platform}${under}` });
  const { cache: use, epochS } = spec;
  const key = { use, buyer: request.event.pubkey, platform, epochS };
  const cache = options.layers ? layerCache(options.layers, clock) : null;
  // If layers cannot be read or kept, the build still succeeds.
  await cache?.take(key, storeOf(job)).catch(() => false);
  const build = await buildImage(job, leftMs());
  if (build.end === "aborted") throw new SkillError("cancelled", "the run was stopped");
  const built = build.end === "exit" && build.exitCode === 0;
  const layout = `${job.workdir}/engine/oci`;
  const image = built ? await readLayout(layout) : null;
  let test: ChildResult | null = null;
  if (built && spec.test.length > 0) {
    context.feedback({ status: "processing", message: "running the test" });
    test = await testImage(job, leftMs());
    if (test.end === "aborted") throw new SkillError("cancelled", "the run was stopped");
  }
  const last = test ?? build;
  if (last.end === "exit") await cache?.keep(key, storeOf(job)).catch(() => {});
  const tests = test === null ? null : countTests(new TextDecoder().decode(test.stdout.bytes));
  const tested = test === null ? null : test.end === "exit" && test.exitCode === 0;
  const tier = buildTier(options.sandbox, options.tools.groups);
  const facts = image && {
    name: spec.tag,
    digest: image.digest.slice("sha256:".length),
    platform: job.platform.platform,
    emulated,
    sandbox: tier,
    engine: "buildah --isolation=chroot",
    inputs: inputsOf(spec.input, job.commit, job.bases),
    parameters: parametersOf(spec, job.dockerfile),
    startedAtMs,
    finishedAtMs: clock(),
  };
  const log = joined([build, ...(test === null ? [] : [test])], Object.values(spec.secrets));
  const summary = summaryOf(built, tested, tests);
  const content = await imageBuildContent({
    document: {
      exit_code: last.exitCode,
      summary,
      duration_ms: Math.round(clock() - startedAtMs),
      ...(last.end !== "exit" && { stopped_by: last.end }),
      ...(tests && { tests }),
      sandbox: tier,
      platform: job.platform.platform,
      emulated,
      ...(image && {
        image: {
          name: spec.tag,
          digest: image.digest,
          size_bytes: image.sizeBytes,
          layers: image.layers,
        },
      }),
    },
    statement: facts === null ? null : await context.attest?.(facts) ?? null,
    entries: image !== null && image.sizeBytes <= MAX_INLINE_BYTES
      ? await archiveEntries(layout, image)
      : null,
    ...(image !== null && {
      handOver: () => {
        context.feedback({ status: "processing", message: "storing the image" });
        return handOver({
          folder: layout,
          image,
          path: `${request.workdir}/image.tar`,
          blobs: context.blobs,
          storage: request.storage,
          reader: spec.encrypted || request.hidden ? request.event.pubkey : null,
          signal: context.signal,
        });
      },
    }),
    ...log,
  }, request.maxContentBytes);
  return {
    status: "success",
    content,
    exitCode: last.exitCode,
    ...(tests && { tests }),
    usage: usageOf([build, ...(test === null ? [] : [test])]),
    durationMs: clock() - startedAtMs,
  };
}

async function prepare(
  spec: BuildSpec,
  request: SkillRequest,
  context: SkillContext,
  options: ImageBuildOptions,
  limits: SkillLimits,
): Promise<EngineJob> {
  const { tools, sandbox } = options;
  const { builder, sh, path } = tools;
  const { workdir } = request;
  if (!builder || sh === null || sandbox.type === "none") {
    throw new SkillError("sandbox_required", "images are built only in a sandbox, with buildah");
  }
  checkOffered(spec, buildOffer(builder));
  const wanted = spec.platform ?? builder.platforms[0].platform;
  const platform = builder.platforms.find((each) => each.platform === wanted)!;
  const { clock, signal } = context;
  const git = createGit({ tools, home: workdir, clock, signal });
  const kept = keptFor(options, request, context);
  const place = { workdir, git, tools, limits: ARCHIVE_LIMITS, kept };
  const { tree, commit } = await makeWorktree(await broughtHere(spec.input, context), place);
  await Deno.remove(`${tree}/.git`);
  await layOut({ workdir, spec });
  const { dockerfile, text } = await readContainerfile(tree, spec.dockerfile);
  const bases: { file: string; name: string; sha256: string | null }[] = [];
  for (const name of basesOf(text, spec.args)) {
    checkNamed(spec, name);
    const file = baseFile(name, platform.platform);
    if (!Object.hasOwn(builder.bases, file)) {
      const shown = JSON.stringify(name.slice(0, 200));
      throw new SkillError("no_base_image", `the base image ${shown} is not on this machine`);
    }
    await showBase(builder.bases[file], `${workdir}/bases/${file}`, tools);
    bases.push({ file, name, sha256: await baseDigest(`${workdir}/bases/${file}`) });
  }
  return {
    workdir,
    context: tree,
    commit,
    spec,
    dockerfile,
    platform,
    bases,
    sandbox,
    buildah: builder.buildah,
    limits,
    bounds: {
      outputBytes: limits.outputBytes,
      keepBytes: KEEP_BYTES,
      keep: "tail",
      sh,
      path,
      tree: { ...limits, disk: diskOf(workdir) },
      groups: tools.groups,
      signal,
      // A printed secret is removed only at the end, from complete lines. So a build with secrets has no live log.
      ...(Object.keys(spec.secrets).length === 0 && { onOutput: context.output }),
      clock,
    },
  };
}

/** Makes the archive of a base image available in the job's folder, so that the job does not see its real path. */
async function showBase(from: string, to: string, tools: Machine["tools"]): Promise<void> {
  if (await linkFile(from, to, tools) !== to) await Deno.copyFile(from, to);
}

/** Reads the Containerfile of a context. Throws SkillError `bad_input`. */
async function readContainerfile(
  tree: string,
  named: string | null,
): Promise<{ readonly dockerfile: string; readonly text: string }> {
  for (const dockerfile of named === null ? ["Containerfile", "Dockerfile"] : [named]) {
    const real = await Deno.realPath(`${tree}/${dockerfile}`).catch(() => null);
    if (real === null) continue;
    const info = await Deno.lstat(real);
    // A link in a repository may point to any path.
    if (!real.startsWith(`${await Deno.realPath(tree)}/`) || !info.isFile) continue;
    if (info.size > MAX_CONTAINERFILE_BYTES) {
      throw new SkillError("bad_input", `${dockerfile} is larger than 1 MiB`);
    }
    return { dockerfile, text: await Deno.readTextFile(real) };
  }
  throw new SkillError("bad_input", `the context has no ${named ?? "Containerfile or Dockerfile"}`);
}

/** All logs as one, with the secrets removed. */
function joined(children: readonly ChildResult[], secrets: readonly string[]) {
  let text = children.map(({ stdout }) => new TextDecoder().decode(stdout.bytes)).join("");
  const written = children.reduce((sum, { stdout }) => sum + stdout.totalBytes, 0);
  const whole = children.every(({ stdout }) => stdout.bytes.length === stdout.totalBytes);
  for (const secret of secrets.flatMap((each) => each.split("\n"))) {
    if (secret.length >= MIN_SECRET) text = text.replaceAll(secret, "***");
  }
  const log = new TextEncoder().encode(text);
  return { log, logBytes: whole ? log.length : written };
}

/** Shorter lines of a secret are not removed, because they would match too much of the log. */
const MIN_SECRET = 4;
