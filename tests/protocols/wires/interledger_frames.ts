/** Parts of frames, for tests of the wire. */
import { CONTENT_TYPE, emptyResponse, type Frame } from "../../../protocols/btp/frame.ts";

export const utf8 = (text: string) => new TextEncoder().encode(text);
export const protocolData = [
  { name: "foo", contentType: CONTENT_TYPE.octets, data: utf8("bar") },
  { name: "beep", contentType: CONTENT_TYPE.text, data: utf8("boop") },
  { name: "json", contentType: CONTENT_TYPE.json, data: utf8("{}") },
];
export const packet = new Uint8Array();
export const tail = "010403696c70000003666f6f0003626172046265657001 04626f6f70046a736f6e02027b7d"
  .replaceAll(" ", "");

export const response = (changes: object) => ({ ...emptyResponse(1), ...changes }) as Frame;
