import { findMosquitto, startMosquitto } from "../../simulators/src/broker/mosquitto.ts";
import { startBroker } from "./broker.ts";

export interface RuleBroker {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

const program = findMosquitto();
if (program === undefined) {
  process.stderr.write(
    "mosquitto is not installed: the rules of Sparkplug are tried on the embedded broker\n",
  );
}

/** The broker that rules of MQTT are tried on: a real mosquitto, or, where there is none, the embedded one. */
export async function startRuleBroker(): Promise<RuleBroker> {
  return program === undefined ? await startBroker() : await startMosquitto(program);
}
