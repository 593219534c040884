/**
 * The two workers that handle a buyer's file or folder: one finds its place, the other reads and packs it. Neither has network access. Only
 * the second may run git, and only for a folder.
 *
 * @module
 */
import { defineService } from "../base/service.ts";
import type { PrivatePaths } from "../config/private_paths.ts";
import type { PackedPlace, PackOptions } from "./pack_place.ts";
import { findInput, type InputPlace, readsOfFinding } from "./packing/input_place.ts";

/** Finds the places of inputs. */
interface InputFinder {
  /** The place of each path, or null if nothing is there. */
  find(): Promise<readonly (InputPlace | null)[]>;
}

/** The paths that the finder may look at. */
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

/** The paths that the packer may read and write. */
interface InputPackerOptions {
  readonly places: readonly InputPlace[];
  /** `PATH` for git. */
  readonly path: string;
  /** The part of the user's environment that git receives. */
  readonly environment: Readonly<Record<string, string>>;
  /** A folder that does not exist yet. It is removed afterwards. */
  readonly scratch: string;
}

/** For the host: the service `input-finder`. */
export const finderDefinition = defineService({
  name: "input-finder",
  methods: ["find"],
  permissions: (
    { given, privatePaths }: InputFinderOptions,
  ): { readonly read: readonly string[] } => ({
    read: [...new Set(given.flatMap((each) => readsOfFinding(each, privatePaths)))],
  }),
  start: ({ given, privatePaths }: InputFinderOptions): Promise<InputFinder> =>
    Promise.resolve({
      find: () => Promise.all(given.map((each) => findInput(each, privatePaths))),
    }),
});

/** For the host: the service `input-packer`. */
export const packerDefinition = defineService({
  name: "input-packer",
  methods: ["pack"],
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
    // Imported here, because the supervisor loads this file only for its permissions.
    const { packPlace } = await import("./pack_place.ts");
    return {
      pack: (place, options) =>
        packPlace(place, options, { git: "git", path, environment, scratch }),
    };
  },
});
