/** Parts of manifests. */

export const HEAD = "kinds = [5650]\n";
export const RUN = '[run]\nrunner = "command"\ncommand = ["cat"]\n';
