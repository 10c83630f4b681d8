import { z } from "zod";
import { deviceMap } from "./schema.ts";

/** The device map for editors: completion, descriptions and limits while typing. */
export function deviceMapJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(deviceMap, { io: "input", target: "draft-7" }),
    title: "Only MES device map",
  };
}
