/** Announcements of providers, and what a buyer wants of them. */
import { parseAnnouncement } from "../../market/announcement.ts";
import { announcementTemplate } from "../../market/announcement_events.ts";
import type { Wanted } from "../../market/choose_provider.ts";
import { NOW_S, PROVIDER, signed } from "./market.ts";

export const FIELDS = {
  prices: [
    { kind: 5600, flatUnits: 0n, unitsPerKib: 0n },
    { kind: 5601, flatUnits: 50_000n, unitsPerKib: 10n },
  ],
  tags: ["ci-run", "ci-cd-linux"],
  sandbox: "bubblewrap+cgroup",
  builds: [{ platform: "linux/amd64", emulated: false }, {
    platform: "linux/arm64",
    emulated: true,
  }],
  platform: "linux/amd64",
  ilpAddress: "g.dev.provider",
  name: "Alpha",
  about: "runs tests",
};

export const announce = (more: Partial<typeof FIELDS> = {}, author = PROVIDER, nowS = NOW_S) =>
  parseAnnouncement(signed(announcementTemplate({ ...FIELDS, ...more }, nowS), author));

export const WANTED: Wanted = {
  kind: 5601,
  type: "ci-run",
  tags: [],
  platform: null,
  bidUnits: null,
  sizeBytes: 1024,
  provider: null,
};
