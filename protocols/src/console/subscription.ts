import { z } from "zod";
import type { Topic } from "./live.ts";

const topicPattern = /^(?:andon|line:[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?)$/;

/** The name of a topic, as a console may send it: `andon`, or `line:` and the id of a line. */
export const topicName = z
  .string()
  .max(128)
  .refine((text): text is Topic => topicPattern.test(text), "a topic is andon, or line:<id>");
