import { z } from "zod";

const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "a time of day is HH:MM, from 00:00 to 23:59");

/**
 * The shifts of a day, in the order in which they follow each other. A shift whose end is not after
 * its start ends on the next day. Together they cover the day: each begins where the last one ends.
 */
export const shiftPattern = z
  .array(z.strictObject({ name: z.string().min(1).max(40), start: timeOfDay, end: timeOfDay }))
  .min(1)
  .max(24)
  .superRefine((shifts, context) => {
    shifts.forEach((shift, index) => {
      const next = shifts[(index + 1) % shifts.length];
      if (next !== undefined && next.start !== shift.end) {
        context.addIssue({
          code: "custom",
          path: [index, "end"],
          message: `shift "${shift.name}" ends at ${shift.end}, but "${next.name}" begins at ${next.start}: the shifts of a day must follow each other without a gap`,
        });
      }
    });
    const overMidnight = shifts.filter((shift) => shift.end <= shift.start).length;
    if (overMidnight !== 1) {
      context.addIssue({
        code: "custom",
        path: [],
        message: `${overMidnight} shifts go over midnight; exactly one must, so that the shifts cover one day once`,
      });
    }
  });

export type ShiftPattern = z.infer<typeof shiftPattern>;

export const threeShifts: ShiftPattern = [
  { name: "early", start: "06:00", end: "14:00" },
  { name: "late", start: "14:00", end: "22:00" },
  { name: "night", start: "22:00", end: "06:00" },
];
