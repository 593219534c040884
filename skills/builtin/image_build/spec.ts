/**
 * Parses an `image-build` request: a context, its Containerfile, a platform, and what to do with the image.
 *
 * The context is an input like that of `ci-run`. Build arguments and secrets are JSON objects of texts. A secret is allowed only in a
 * request that was encrypted to the provider.
 *
 * @module
 */
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import { checkRequest, type RequestRules } from "../../request_rules.ts";
import type { BuildOffer } from "../../skill.ts";
import { SkillError } from "../../skill_error.ts";
import type { CacheUse } from "./layer_cache.ts";
import { type CiInput, parseInput } from "../ci_run/spec.ts";

/** A checked request. */
export interface BuildSpec {
  /** The source of the context. */
  readonly input: CiInput;
  /** The path inside the context. Null: `Containerfile`, otherwise `Dockerfile`. */
  readonly dockerfile: string | null;
  /** The platform of the image, for example `linux/arm64`; null for the provider's own. */
  readonly platform: string | null;
  /** The name of the image. */
  readonly tag: string;
  /** The stage at which the build ends; null for the last stage of the file. */
  readonly target: string | null;
  /** Build arguments by name. */
  readonly args: Readonly<Record<string, string>>;
  /**
   * The time of the image and of the files that the build adds to it, in seconds since 1970: the build argument `SOURCE_DATE_EPOCH`, otherwise
   * 0. So two providers build the same image.
   *
   * @see https://reproducible-builds.org/specs/source-date-epoch/
   */
  readonly epochS: number;
  /** Secrets by id, for `RUN --mount=type=secret`. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The test to run in the image; empty for none. */
  readonly test: readonly string[];
  /** Which layers of earlier builds it uses. */
  readonly cache: CacheUse;
  /** Whether the request was encrypted. Its image is then only for its buyer. */
  readonly encrypted: boolean;
  /** The base images that the buyer names; null if the buyer names none. */
  readonly bases: readonly string[] | null;
}

/** The requests that `image-build` can run, for its manifest. */
export const BUILD_REQUEST: RequestRules = {
  inputs: ["text", "url"],
  leastInputs: 1,
  mostInputs: 1,
  params: ["dockerfile", "tag", "target", "build_args", "secrets", "test", "bases", "cache"],
  required: [],
};

/** Reads a request's tags. Throws SkillError `bad_input`. */
export function parseBuildSpec(
  event: Pick<NostrEvent, "tags">,
  options: { readonly allowLoopback: boolean; readonly encrypted: boolean },
): BuildSpec {
  checkRequest(event, BUILD_REQUEST);
  const params = new Map<string, string>();
  for (const [name, key, value] of event.tags) {
    if (name === "param" && key !== undefined) params.set(key, value ?? "");
  }
  const input = parseInput(event, params, options);
  if (input.type === "file") bad("its input is a folder, as a tar.gz, a git bundle or a URL");
  const secrets = textsOf(params, "secrets");
  if (Object.keys(secrets).length > 0 && !options.encrypted) {
    bad("a secret is allowed only in an encrypted request: everyone can read this one");
  }
  const args = textsOf(params, "build_args");
  const { platform, arch } = platformOf(event, params);
  const bases =
    params.get("bases")?.split(/\s+/).filter((each) => each !== "" && each !== "scratch") ?? null;
  return {
    input,
    dockerfile: pathOf(params.get("dockerfile")),
    platform: platform ?? (arch === null ? null : `linux/${arch}`),
    tag: matching(params, "tag", TAG) ?? "image",
    target: matching(params, "target", NAME),
    args,
    epochS: epochOf(args.SOURCE_DATE_EPOCH),
    secrets,
    test: testOf(params.get("test")),
    cache: cacheOf(params.get("cache"), options.encrypted),
    encrypted: options.encrypted,
    bases,
  };
}

/** Throws SkillError for a request that a provider with this offer cannot build. */
export function checkOffered(spec: BuildSpec, offer: BuildOffer): void {
  const { bases } = offer;
  const platforms = offer.platforms.map(({ platform }) => platform);
  if (platforms.length === 0) bad("no images can be built on this machine");
  const platform = spec.platform ?? platforms[0];
  if (!platforms.includes(platform)) {
    throw new SkillError(
      "wrong_platform",
      `images are built for ${platforms.join(", ")} here, the job wants ${platform}`,
    );
  }
  const missing = spec.bases?.find((base) => !bases.includes(baseFile(base, platform)));
  if (missing !== undefined) {
    throw new SkillError("no_base_image", `the base image ${show(missing)} is not on this machine`);
  }
}

/** Throws SkillError if the request names its base images, and this one of its Containerfile is none of them. */
export function checkNamed({ bases }: Pick<BuildSpec, "bases">, base: string): void {
  // Equal files are equal images: debian is debian:latest.
  if (bases === null || bases.some((each) => baseFile(each, "") === baseFile(base, ""))) return;
  throw new SkillError(
    "other_bases",
    `the Containerfile names the base image ${show(base)}, which the request does not`,
  );
}

/** The name of the OCI archive in which a provider keeps a base image, for example `debian_12.linux_arm64.tar`. */
export function baseFile(name: string, platform: string): string {
  const short = name.replace(/^docker\.io\/(?:library\/)?/, "");
  const tagged = /[:@][^/]*$/.test(short) ? short : `${short}:latest`;
  return `${tagged}.${platform}.tar`.replaceAll(/[/:@]/g, "_");
}

const TAG = /^[a-z0-9][a-z0-9._/-]{0,127}(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?$/;
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
/** The most characters of `param test`, and of a JSON object of texts. */
const MAX_TEXT = 16_384;
const MAX_EPOCH_S = 9_000_000_000;

function platformOf(event: Pick<NostrEvent, "tags">, params: ReadonlyMap<string, string>) {
  const platform = params.get("platform") ?? null;
  if (platform !== null && !/^linux\/[a-z0-9]{1,16}(\/[a-z0-9]{1,8})?$/.test(platform)) {
    bad(`param platform is linux/ARCH, not ${show(platform)}`);
  }
  // The other names of the job type also contain the architecture: docker-build-arm64.
  const named = event.tags.find(([name, value]) => name === "t" && /^docker-build-/.test(value));
  return { platform, arch: /^docker-build-([a-z0-9]{1,16})$/.exec(named?.[1] ?? "")?.[1] ?? null };
}

function epochOf(text: string | undefined): number {
  if (text === undefined) return 0;
  // Before the year 2262: the engine counts nanoseconds in 64 bits.
  if (!/^(0|[1-9]\d{0,9})$/.test(text) || Number(text) > MAX_EPOCH_S) {
    bad(
      `the build argument SOURCE_DATE_EPOCH is a number of seconds since 1970, not ${show(text)}`,
    );
  }
  return Number(text);
}

function pathOf(path: string | undefined): string | null {
  if (path === undefined) return null;
  const parts = path.split("/");
  if (path === "" || path.length > 1024 || /[\0\n]/.test(path) || parts.includes("..")) {
    bad(`param dockerfile is a path in the context, not ${show(path)}`);
  }
  if (path.startsWith("/") || path.startsWith("-")) {
    bad(`param dockerfile is a path in the context, not ${show(path)}`);
  }
  return path;
}

function cacheOf(use: string | undefined, encrypted: boolean): CacheUse {
  if (use === undefined) return "none";
  if (use !== "private" && use !== "shared" && use !== "none") {
    bad(`param cache is private, shared or none, not ${show(use)}`);
  }
  if (use === "shared" && encrypted) bad("layers of an encrypted request are not shared");
  return use as CacheUse;
}

function matching(
  params: ReadonlyMap<string, string>,
  name: string,
  pattern: RegExp,
): string | null {
  const text = params.get(name);
  if (text === undefined) return null;
  if (!pattern.test(text) || text.includes("..")) bad(`param ${name} cannot be ${show(text)}`);
  return text;
}

function testOf(text: string | undefined): string[] {
  if (text === undefined || text.trim() === "") return [];
  if (text.length > MAX_TEXT || text.includes("\0")) {
    bad("param test is too long or contains a NUL");
  }
  if (!text.trimStart().startsWith("[")) return ["/bin/sh", "-c", text];
  const words = json(text, "test");
  if (
    !Array.isArray(words) || words.length === 0 || words.some((word) => typeof word !== "string")
  ) {
    bad("param test is a command, or a JSON array of texts");
  }
  return words as string[];
}

function textsOf(params: ReadonlyMap<string, string>, name: string): Record<string, string> {
  const text = params.get(name);
  if (text === undefined) return {};
  const value = json(text, name);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    bad(`param ${name} is a JSON object of texts`);
  }
  const entries = Object.entries(value as Record<string, unknown>);
  for (const [key, each] of entries) {
    if (!/^[A-Za-z_][A-Za-z0-9_.-]{0,99}$/.test(key) || typeof each !== "string") {
      bad(`param ${name} is a JSON object of texts`);
    }
    if ((each as string).includes("\0")) bad(`param ${name} contains a NUL`);
  }
  return Object.fromEntries(entries) as Record<string, string>;
}

function json(text: string, name: string): unknown {
  if (text.length > MAX_TEXT) bad(`param ${name} is longer than ${MAX_TEXT} characters`);
  try {
    return JSON.parse(text);
  } catch {
    return bad(`param ${name} is not JSON`);
  }
}

function bad(why: string): never {
  throw new SkillError("bad_input", `this skill cannot run the request: ${why}`);
}

function show(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}
