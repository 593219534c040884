/**
 * Prepares this machine for a home's skills: finds its tools and its sandbox, makes the work folder, and computes exactly what the skills'
 * worker may read, write and start.
 *
 * @module
 */
import type { SandboxChoice } from "../base/sandbox_choice.ts";
import { hostOfUrl } from "../base/urls.ts";
import type { HomePaths } from "../config/paths.ts";
import type { Catalog, SkillCatalog } from "../skills/catalog/catalog_service.ts";
import { foldersStamp } from "../skills/catalog/folders_stamp.ts";
import type { ModelEndpoint } from "../skills/builtin/text_generation/model_endpoint.ts";
import { runPermission } from "../skills/sandbox/tools.ts";
import { findWorkPlace, leaveWorkPlace } from "../skills/sandbox/work_place.ts";
import { tellChange } from "./announcing.ts";
import { followSkills } from "./followed_skills.ts";
import type { Home } from "./home.ts";
import type { ServiceHandle } from "../runtime/hosted_service.ts";
import type { SkillSet } from "./inbound.ts";
import type { SkillHosting } from "./local/skills.ts";
import { SandboxChoiceError } from "./sandbox_choice_error.ts";

/** The options of the host. */
export interface HostingOptions {
  /** Buyers that are served even without a sandbox. */
  readonly allowBuyers: readonly string[];
  /** True if this program started the network itself. Its buyers are served even without a sandbox. */
  readonly ownNetwork: boolean;
  /** `PATH` and the path of this program's Deno, for the tools of jobs. */
  readonly path: string;
  readonly execPath: string;
  /** Where folders of runs are made (`TMPDIR`). It should be on a disk. */
  readonly temp: string;
  readonly platform: string;
  /** Folders with skills that the user trusts, beside the home's own. */
  readonly skillFolders: readonly string[];
  /** Folders with skills in the project from which the provider was started. */
  readonly projectSkills: readonly string[];
  /** Where another home has its skills and their approvals, which are served too. Default: nowhere. */
  readonly founder?: Pick<HomePaths, "skillsFolder" | "approvalsFile">;
  /** The operator's model server; null if there is none. */
  readonly model?: ModelEndpoint | null;
  /** The sandbox that the operator chose. Default: bubblewrap. */
  readonly sandbox?: SandboxChoice;
}

/** The folders with skills in order of precedence: the home's own, those that it names, the project's. */
export function skillFolders(
  { skillsFolder }: Pick<HomePaths, "skillsFolder">,
  { skillFolders, projectSkills }: Pick<HostingOptions, "skillFolders" | "projectSkills">,
): string[] {
  return [...new Set([skillsFolder, ...skillFolders, ...projectSkills])];
}

/** Where skills may run on this machine, and the permissions of their worker. */
interface Hosting {
  readonly catalog: Catalog;
  /** Reports changes of the skills until it is disposed. */
  readonly offers: ServiceHandle<SkillCatalog> & Disposable;
  readonly hosting: SkillHosting;
  readonly permissions: SkillSet["permissions"];
}

/** Finds this machine's tools and skills. If that fails, the empty work folder is removed. */
export async function hostingOf(
  home: Home,
  options: HostingOptions,
): Promise<Hosting> {
  const { stateFolder } = home.options.paths;
  const place = await findWorkPlace({ stateFolder, temp: options.temp });
  try {
    return await hostingIn(place, home, options);
  } catch (error) {
    await leaveWorkPlace(place.folder);
    throw error;
  }
}

async function hostingIn(
  { folder: workFolder, hidden }: Awaited<ReturnType<typeof findWorkPlace>>,
  home: Home,
  options: HostingOptions,
): Promise<Hosting> {
  const { paths, log } = home.options;
  const { founder } = options;
  const folders = [...skillFolders(paths, options), ...founder ? [founder.skillsFolder] : []];
  const approvals = [paths.approvalsFile, ...founder ? [founder.approvalsFile] : []];
  if (!hidden) {
    log("warn", "no work folder outside of the home can be made: jobs see its path", {
      temp: options.temp,
    });
  }
  const handle = await home.supervisor.whenNeeded("skill-catalog", {
    path: options.path,
    execPath: options.execPath,
    folders,
    approvals,
    toolFolders: [
      ...options.path.split(":").filter((each) => each.startsWith("/")),
      folderOf(options.execPath),
    ],
    platform: options.platform,
    model: options.model,
    scratch: workFolder,
    images: paths.imagesFolder,
    sandbox: options.sandbox,
  });
  const stamp = await foldersStamp(folders, approvals);
  const catalog = await handle.client().look();
  const { tools, sandbox } = catalog;
  // Somebody who chose a stronger sandbox must not get jobs without it.
  if (sandbox.type === "none" && options.sandbox?.startsWith("runsc")) {
    await handle.stop();
    throw new SandboxChoiceError(sandbox.reason);
  }
  if (sandbox.type !== "none" && sandbox.runsc?.lists === false) {
    log("warn", "this runsc is old: ls and stat fail in jobs", { runsc: sandbox.runsc.path });
  }
  tellChange(null, catalog, log);
  if (sandbox.type === "none") {
    log("warn", "no sandbox: strangers' jobs are refused", { reason: sandbox.reason });
  }
  return {
    catalog,
    offers: followSkills(handle, { folders, approvals, catalog, stamp }, log),
    hosting: {
      tools,
      sandbox,
      policy: { ownNetwork: options.ownNetwork, allowBuyers: options.allowBuyers },
      platform: options.platform,
      model: options.model,
      folders,
      approvals,
      workFolder,
    },
    permissions: {
      read: [
        ...[workFolder, paths.blobsFolder, ...folders, ...approvals, "/proc"],
        ...(options.model?.keyFile ? [options.model.keyFile] : []),
        ...Object.values(tools.builder?.bases ?? {}),
      ],
      ...(options.model ? { net: [hostOfUrl(options.model.url)] } : {}),
      write: [workFolder],
      run: runPermission(tools),
    },
  };
}

function folderOf(file: string): string {
  return file.slice(0, file.lastIndexOf("/")) || "/";
}
