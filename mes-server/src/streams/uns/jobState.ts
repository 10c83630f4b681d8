import { readRunningJobs } from "../../store/readRunningJobs.ts";
import type { UnsState } from "./unsState.ts";

export const jobState: UnsState = {
  name: "job",
  of: "line",
  what: "The jobs that hold the capacity slots of a line, and since when; none is an empty list.",
  touchedBy: (kind) => kind.startsWith("job.") || kind === "line.capacitySlotsChanged",
  ownerOf: (equipment) => equipment,
  async read(pool, { equipment }) {
    const rows = await readRunningJobs(pool, equipment);
    return new Map(
      [...Map.groupBy(rows, ({ line }) => line)].map(([line, ofLine]) => [
        line,
        {
          running: ofLine.flatMap(({ slot, job, order, product, phase, sinceMs }) =>
            job === null || sinceMs === null
              ? []
              : [{ slot, job, order, product, phase, since: new Date(sinceMs).toISOString() }],
          ),
        },
      ]),
    );
  },
};
