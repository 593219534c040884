/** Builds by the skill, with the builder of this machine. */
import { createEventSigning } from "../../../money/signer/event_signing.ts";
import { imageBuild } from "../../../skills/builtin/image_build/image_build.ts";
import type { ImageBuildContent } from "../../../skills/builtin/image_build/result_content.ts";
import type { SkillBlobs, SkillOutcome, SkillRequest } from "../../../skills/skill.ts";
import {
  logOf,
  requestEvent,
  sandbox,
  skillContext,
  skillRequest,
  temporaryFolder,
  tools,
} from "../machine.ts";
import { builder, PLATFORM } from "./builder_machine.ts";

export const signing = createEventSigning(
  new Uint8Array(32).fill(7),
  (length) => new Uint8Array(length),
);

interface Run {
  readonly outcome: SkillOutcome;
  readonly content: ImageBuildContent;
  readonly log: string;
}

export async function run(
  tags: readonly (readonly string[])[],
  more: Partial<SkillRequest> = {},
  bases: Readonly<Record<string, string>> = {},
  blobs?: SkillBlobs,
  layers: string | null = null,
): Promise<Run> {
  await using folder = await temporaryFolder();
  const request = skillRequest(requestEvent(5602, tags), folder.path, more);
  const { id, pubkey } = request.event;
  const outcome = await imageBuild({
    tools: { ...tools, builder: builder && { ...builder, bases } },
    sandbox,
    policy: { ownNetwork: true, allowBuyers: [] },
    platform: PLATFORM,
    layers,
  }).run(request, {
    ...skillContext(),
    ...(blobs && { blobs }),
    attest: (facts) =>
      Promise.resolve(
        signing.signBuild(facts, { buyer: pubkey, requestId: id, amountUnits: "200000" }),
      ),
  });
  const content = outcome.status === "success" ? JSON.parse(outcome.content) : null;
  return { outcome, content, log: content === null ? "" : await logOf(outcome.content) };
}

export const test = ["param", "test", '["/hello","test"]'];
