/**
 * Finds the home, and names the files and folders in it.
 *
 * @module
 */
import { dirname, isAbsolute, join, resolve } from "../base/path.ts";
import { ConfigError } from "../base/config_error.ts";

/** The mayor if none is named. */
export const DEFAULT_MAYOR = "mayor-001";

/** Files and folders of one mayor in one home. All absolute. */
export interface HomePaths {
  /** The home itself, e.g. `~/.gt`. */
  readonly home: string;
  /** `crosstown.toml`. */
  readonly configFile: string;
  /** `identity.enc`: the wallet, 0600. */
  readonly identityFile: string;
  /** `skills/`: skills that the user installed. */
  readonly skillsFolder: string;
  /** `images/`: base images for the image builds of a provider. */
  readonly imagesFolder: string;
  /** `approved_skills.json`: which skills may run, and their prices. */
  readonly approvalsFile: string;
  /** `dev/`: the files of the embedded network. */
  readonly devFolder: string;
  /** `dev/profile.toml`: exists while a dev network is up. */
  readonly devProfileFile: string;
  /** `hooks/<mayor>/`. */
  readonly mayorFolder: string;
  /** `hooks/<mayor>/crosstown/`: state, 0700. */
  readonly stateFolder: string;
  /** `hooks/<mayor>/artifacts/`: files that callback skills keep, one folder for each job. */
  readonly artifactsFolder: string;
  /** `hooks/<mayor>/blobs/`: inputs and results that are too large for an event. */
  readonly blobsFolder: string;
  /** `hooks/<mayor>/benchmark.json`: measurements of `node benchmark`. */
  readonly benchmarkFile: string;
  /** `hooks/<mayor>/crosstown.log`. */
  readonly logFile: string;
  /** `hooks/<mayor>/crosstown/control.sock`: the running daemon's socket. */
  readonly controlSocket: string;
}

/** The paths of a mayor. Refuses a name that could leave the `hooks` folder. */
export function homePaths(home: string, mayor: string): HomePaths {
  if (!isAbsolute(home)) {
    throw new ConfigError("config_invalid", "home must be an absolute path", "give a full path");
  }
  checkMayor(mayor, "mayor");
  const mayorFolder = join(home, "hooks", mayor);
  const stateFolder = join(mayorFolder, "crosstown");
  return {
    home,
    configFile: join(home, "crosstown.toml"),
    identityFile: join(home, "identity.enc"),
    skillsFolder: join(home, "skills"),
    imagesFolder: join(home, "images"),
    approvalsFile: join(home, "approved_skills.json"),
    devFolder: join(home, "dev"),
    devProfileFile: join(home, "dev", "profile.toml"),
    mayorFolder,
    stateFolder,
    artifactsFolder: join(mayorFolder, "artifacts"),
    blobsFolder: join(mayorFolder, "blobs"),
    benchmarkFile: join(mayorFolder, "benchmark.json"),
    logFile: join(mayorFolder, "crosstown.log"),
    controlSocket: join(stateFolder, "control.sock"),
  };
}

/** Checks a mayor's name, which is part of paths. */
export function checkMayor(mayor: string, where: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(mayor)) {
    throw new ConfigError(
      "config_invalid",
      `${where} must be 1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or digit`,
      `use a name like ${DEFAULT_MAYOR}`,
    );
  }
  return mayor;
}

/** The input of {@link findHome}. */
interface HomeSearch {
  /** `--home`, or undefined. */
  readonly flag: string | undefined;
  /** `GASTOWN_HOME`, or undefined. */
  readonly env: string | undefined;
  /** The working folder. */
  readonly cwd: string;
  /** The user's home folder, or undefined if the system has none. */
  readonly homeDir: string | undefined;
  /** Whether a folder exists. */
  readonly isFolder: (path: string) => Promise<boolean>;
}

/** A home, and how it was found. */
export interface FoundHome {
  /** Absolute. */
  readonly home: string;
  /** For people: `--home`, `GASTOWN_HOME`, `nearest .gt`, `default`. */
  readonly source: string;
  /** True if nobody named it: it was found in the working folder or above. */
  readonly isUpward: boolean;
}

/** Finds the home: from the flag, from the environment, as the nearest `.gt` upward, otherwise `~/.gt`. */
export async function findHome(search: HomeSearch): Promise<FoundHome> {
  const named = (path: string, source: string) => ({
    home: absolute(path, search),
    source,
    isUpward: false,
  });
  if (search.flag !== undefined) return named(search.flag, "--home");
  if (search.env !== undefined) {
    if (!/^(\/|~\/)/.test(search.env)) {
      throw new ConfigError(
        "config_invalid",
        "GASTOWN_HOME must be an absolute path: a relative one is another home in each folder, and a clone may bring one",
        "give a full path; for one command --home DIR may be relative",
      );
    }
    return named(search.env, "GASTOWN_HOME");
  }
  for (let folder = search.cwd;;) {
    const candidate = join(folder, ".gt");
    if (await search.isFolder(candidate)) {
      return { home: candidate, source: "nearest .gt", isUpward: true };
    }
    const parent = dirname(folder);
    if (parent === folder) break;
    folder = parent;
  }
  if (search.homeDir === undefined) {
    throw new ConfigError(
      "config_invalid",
      "there is no home: neither --home, GASTOWN_HOME, a .gt folder nor a user's folder",
      "set GASTOWN_HOME to a folder of yours",
    );
  }
  return { home: join(search.homeDir, ".gt"), source: "default", isUpward: false };
}

function absolute(path: string, search: HomeSearch): string {
  if (path.includes("\0")) {
    throw new ConfigError("config_invalid", "home holds a NUL character", "give a plain path");
  }
  if (path.startsWith("~/") && search.homeDir !== undefined) {
    return resolve(search.homeDir, path.slice(2));
  }
  // Removes a slash at the end, because with it a link would be followed before it is checked.
  return resolve(search.cwd, path);
}
