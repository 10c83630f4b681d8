import { readStatesNow } from "../../store/readStatesNow.ts";
import type { UnsState } from "./unsState.ts";

export const machineState: UnsState = {
  name: "machine",
  of: "unit",
  what: "The state of a unit, and since when.",
  touchedBy: (kind) => kind === "unit.stateChanged",
  ownerOf: (equipment) => equipment,
  async read(pool, { equipment }) {
    const rows = await readStatesNow(pool, equipment);
    return new Map(
      rows.map(({ unit, state, sinceMs }) => [
        unit,
        { state, since: new Date(sinceMs).toISOString() },
      ]),
    );
  },
};
