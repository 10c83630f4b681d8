/**
 * How a simulated PLC misbehaves, as data: `plc.behave(dropEveryThirdReply, answerLate(200))`.
 * Times are of the wall clock, as those of a network are.
 */
export type Behaviour =
  | { kind: "dropEveryThirdReply" }
  | { kind: "answerLate"; realMs: number }
  | { kind: "exceptionFor"; address: number; code: number }
  /** Drops its connections and refuses new ones for so long. */
  | { kind: "disconnect"; realMs: number }
  /** Ends every connection with RST. */
  | { kind: "resetConnection" };

export const dropEveryThirdReply: Behaviour = { kind: "dropEveryThirdReply" };

export const resetConnection: Behaviour = { kind: "resetConnection" };

export function answerLate(realMs: number): Behaviour {
  return { kind: "answerLate", realMs };
}

/** Modbus: answers each request that touches the address with this exception code. */
export function exceptionFor(address: number, code: number): Behaviour {
  return { kind: "exceptionFor", address, code };
}

export function disconnect(realMs: number): Behaviour {
  return { kind: "disconnect", realMs };
}
