import { parseClockSetting } from "@only-mes/protocols/plant/clock";
import { z } from "zod";

/** A clock as another process writes it: `realOriginMs,plantOriginMs,speed`. */
export const clockOption = z.string().transform((text, context) => {
  try {
    return parseClockSetting(text);
  } catch (error) {
    context.addIssue({ code: "custom", message: (error as Error).message });
    return z.NEVER;
  }
});
