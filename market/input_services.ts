/**
 * The two workers that a buyer's file or folder goes through: one looks where it lies, the other reads and packs it. Neither has the
 * network, and only the second, for a folder, may run git.
 *
 * @module
 */
import type { PrivatePaths } from "../config/private_paths.ts";
import type { PackedPlace, PackOptions } from "./pack_input.ts";
import { findInput, type InputPlace, readsOfFinding } from "./packing/input_place.ts";

/** Looks where inputs lie. */
interface InputFinder {
  /** For each path, where it lies; null where nothing does. */
  find(): Promise<readonly (InputPlace | null)[]>;
}

/** What the finder may look at. */
interface InputFinderOptions {
  /** Absolute paths. */
  readonly given: readonly string[];
  readonly privatePaths: PrivatePaths;
}

/** Packs inputs. */
interface InputPacker {
  /** Packs one of the places that the packer was made for. Throws InputError. */
  pack(place: InputPlace, options: PackOptions): Promise<PackedPlace>;
}

/** What the packer may read, and where it may write. */
interface InputPackerOptions {
  readonly places: readonly InputPlace[];
  /** `PATH` for git. */
  readonly path: string;
  /** What of the user's environment git is given. */
  readonly environment: Readonly<Record<string, string>>;
  /** A folder that is not there yet, and is removed again. */
  readonly scratch: string;
}

/** For the host: the service `input-finder`. */
export const finderDefinition = {
  name: "input-finder",
  methods: ["find"] as const,
  permissions: (
    { given, privatePaths }: InputFinderOptions,
  ): { readonly read: readonly string[] } => ({
    read: [...new Set(given.flatMap((each) => readsOfFinding(each, privatePaths)))],
  }),
  start: ({ given, privatePaths }: InputFinderOptions): Promise<InputFinder> =>
    Promise.resolve({
      find: () => Promise.all(given.map((each) => findInput(each, privatePaths))),
    }),
};

/** For the host: the service `input-packer`. */
export const packerDefinition = {
  name: "input-packer",
  methods: ["pack"] as const,
  permissions: (
    { places, scratch }: InputPackerOptions,
  ): {
    readonly read: readonly string[];
    readonly write?: readonly string[];
    readonly run?: readonly string[];
  } => {
    const read = places.map(({ path }) => path);
    if (places.every(({ type }) => type === "file")) return { read };
    return { read: [...read, scratch], write: [scratch], run: ["git"] };
  },
  async start({ path, environment, scratch }: InputPackerOptions): Promise<InputPacker> {
    // Loaded where it runs: the supervisor reads this file for its permissions alone.
    const { packPlace } = await import("./pack_input.ts");
    return {
      pack: (place, options) =>
        packPlace(place, options, { git: "git", path, environment, scratch }),
    };
  },
};
