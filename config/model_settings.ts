/**
 * The settings of the model server whose text a provider sells.
 *
 * @module
 */
import { checkHttpUrl } from "../base/urls.ts";
import { ofFile, setting } from "./setting.ts";
import { oneOf, units, url, whole, wordy } from "./setting_readers.ts";

/** The settings by key, as in `SETTINGS`. */
export const MODEL_SETTINGS = {
  "node.model_url": ofFile(
    "the model server for text generation",
    url(checkHttpUrl, "http://127.0.0.1:11434"),
  ),
  "node.model_api": setting<"openai" | "ollama">({
    meaning: "which interface that server has",
    file: true,
    fallback: "openai",
    read: oneOf("openai", "ollama"),
  }),
  "node.model": ofFile(
    "the model's name on that server",
    wordy(/^[\x21-\x7e]{1,128}$/, "the model's name, without spaces", "llama3"),
  ),
  "node.model_key_file": setting<string | null>({
    meaning: "a file that only you can read, with the server's API key in its first line",
    file: true,
    secretFile: true,
    fallback: null,
    read: wordy(/^\/[^,\0\n]*$/, "the absolute path of a file", "/home/me/model-key"),
  }),
  "node.model_input_units": ofFile(
    "the price of 1,000 tokens of a prompt, in base units, beside the price of the run",
    units,
  ),
  "node.model_output_units": ofFile(
    "the price of 1,000 tokens of an answer, in base units, beside the price of the run",
    units,
  ),
  "node.model_tokens": setting<number>({
    meaning: "tokens that one run may generate for its price",
    file: true,
    fallback: 512,
    read: whole(1, 1_000_000),
  }),
} as const;
