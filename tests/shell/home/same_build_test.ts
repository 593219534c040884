import assert from "node:assert/strict";
import { otherBuild } from "../../../shell/home/same_build.ts";

const OWN = { version: "1.2.0", commit: "bbbbbbbbbbbb" };

for (
  const { name, served, own = OWN, who, error } of [
    { name: "nothing of the same build", served: { ...OWN, role: "mayor" }, error: null },
    {
      name: "nothing of a commit that is not known",
      served: { version: "1.2.0" },
      error: null,
    },
    {
      name: "nothing where this program's commit is not known",
      served: OWN,
      own: { version: "1.2.0" },
      error: null,
    },
    {
      name: "nothing of a package that was made of changed files",
      served: { ...OWN, commit: "bbbbbbbbbbbb-changed" },
      error: null,
    },
    {
      name: "both versions, and to start an older daemon again",
      served: { version: "1.1.0", role: "node" },
      error: [
        "the node of this home is crosstown 1.1.0; this command is crosstown 1.2.0 (commit bbbbbbbbbbbb)",
        "start it again with this version: 'crosstown node down', then 'crosstown node up --detach'",
      ],
    },
    {
      name: "the commits of one version",
      served: { version: "1.2.0", commit: "aaaaaaaaaaaa", role: "mayor" },
      error: [
        "the mayor of this home is crosstown 1.2.0 (commit aaaaaaaaaaaa); this command is crosstown 1.2.0 (commit bbbbbbbbbbbb)",
        "start it again with this version: 'crosstown mayor down', then 'crosstown mayor up --detach'",
      ],
    },
    {
      name: "that a build says no version",
      served: { role: "mayor" },
      error: [
        "the mayor of this home is an earlier crosstown that does not say its version; this command is crosstown 1.2.0 (commit bbbbbbbbbbbb)",
        "start it again with this version: 'crosstown mayor down', then 'crosstown mayor up --detach'",
      ],
    },
    {
      name: "to wait for a newer command",
      served: { version: "1.3.0", role: "command" },
      error: [
        "another command of this home is crosstown 1.3.0; this command is crosstown 1.2.0 (commit bbbbbbbbbbbb)",
        "wait until it ends, then run this command again",
      ],
    },
    {
      name: "the home of a dev network",
      served: { version: "1.1.0" },
      who: { role: "dev", home: "/h" },
      error: [
        "the dev network of /h is crosstown 1.1.0; this command is crosstown 1.2.0 (commit bbbbbbbbbbbb)",
        "start it again with this version: 'crosstown dev down --home /h', then 'crosstown dev up --detach --home /h'",
      ],
    },
  ] as {
    name: string;
    served: Parameters<typeof otherBuild>[0];
    own?: Parameters<typeof otherBuild>[1];
    who?: Parameters<typeof otherBuild>[2];
    error: [string, string] | null;
  }[]
) {
  Deno.test(`otherBuild() says ${name}`, () => {
    const found = otherBuild(served, own, who);
    assert.deepEqual(found === null ? null : [found.message, found.suggestion], error);
    assert.equal(found?.code, error === null ? undefined : "other_version");
  });
}
