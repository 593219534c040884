/**
 * The error for an image of a result that cannot be used.
 *
 * @module
 */
import { crossesPorts } from "../base/ports/error_classes.ts";

/** An image that is missing or differs from what its provider states. */
export class ImageError extends Error {
  /** Always `ImageError`. */
  override readonly name = "ImageError";
  /**
   * `bad_statement`: its statement is not of this provider, request or image. `bad_image`: its bytes do not match their digests.
   * `no_image`: the result has no image. `no_containerfile`: the context has no Containerfile.
   */
  readonly code: "bad_statement" | "bad_image" | "no_image" | "no_containerfile";
  /** Makes an error with its code. */
  constructor(code: ImageError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

crossesPorts<ImageError>(
  "ImageError",
  ({ code, message }) => new ImageError(code, message),
);
