/**
 * Why an image of a result is not used.
 *
 * @module
 */
import { crossesPorts } from "../base/ports/error_classes.ts";

/** An image that is not what its provider says, or is not there. */
export class ImageError extends Error {
  /** Always `ImageError`. */
  override readonly name = "ImageError";
  /**
   * `bad_statement`: not of this provider, request or image. `bad_image`: its bytes are not what their digests say. `no_image`: the
   * result has none. `no_containerfile`: the context has none.
   */
  readonly code: "bad_statement" | "bad_image" | "no_image" | "no_containerfile";
  /** Makes an error with its code. */
  constructor(code: ImageError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

crossesPorts(
  "ImageError",
  ({ code, message }) => new ImageError(code as ImageError["code"], message),
);
