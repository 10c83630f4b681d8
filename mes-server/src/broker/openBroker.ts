import type { Logger } from "pino";
import { keepRunning, type KeptProcess } from "../supervision/keepRunning.ts";
import { startBroker } from "./startBroker.ts";

/** The broker of this server: the one that a URL names, or the embedded one. */
export interface Broker {
  url: string;
  /** The embedded one's process. */
  kept: KeptProcess | undefined;
}

/** @throws {BrokerRefused} with `EADDRINUSE` if the embedded one's port is in use. */
export async function openBroker(
  setting: { mqttUrl?: string | undefined; mqttHost: string; mqttPort: number },
  log: Logger,
): Promise<Broker> {
  if (setting.mqttUrl !== undefined) return { url: setting.mqttUrl, kept: undefined };
  const { mqttHost, mqttPort } = setting;
  const started = await startBroker(mqttHost, mqttPort);
  const { port } = started;
  const kept = keepRunning("embedded broker", started, () => startBroker(mqttHost, port), log);
  const isEverywhere = mqttHost === "0.0.0.0" || mqttHost === "::";
  const name = isEverywhere ? "127.0.0.1" : mqttHost.includes(":") ? `[${mqttHost}]` : mqttHost;
  return { url: `mqtt://${name}:${port}`, kept };
}
