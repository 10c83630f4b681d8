import { format } from "node:util";
import { setDebugLogger, setErrorLogger, setWarningLogger } from "node-opcua";
import { pino } from "pino";

/** JSON on stderr; stdout is for the ready line and the results. */
export const log = pino({ name: "simulators" }, pino.destination(2));

/** node-opcua writes to the console unless it is told otherwise. */
export function quietOpcua(): void {
  const opcua = log.child({ part: "opcua" });
  setDebugLogger((...words) => opcua.debug(format(...words)));
  setWarningLogger((...words) => opcua.warn(format(...words)));
  setErrorLogger((...words) => opcua.error(format(...words)));
}
