/** Folders of skills, for tests of their host. */
import { writeSkill } from "../skill_files.ts";

export const skillFolder = (
  parent: string,
  name: string,
  terms: string,
  files?: Readonly<Record<string, string>>,
) => writeSkill(`${parent}/${name}`, terms, files);

export const head = (kind: number) =>
  `kinds = [${kind}]
`;
