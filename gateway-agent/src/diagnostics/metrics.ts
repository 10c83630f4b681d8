import { Gauge, Registry, collectDefaultMetrics } from "prom-client";
import type { GatewayStatus } from "./status.ts";

/** Prometheus metrics, read from the status at each scrape. */
export function gatewayMetrics(status: () => GatewayStatus): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];

  const messages = new Gauge({
    name: "only_mes_gateway_messages",
    help: "Messages of the outbox: produced = acknowledged + held + dropped.",
    labelNames: ["account"],
    registers,
  });
  const samples = new Gauge({
    name: "only_mes_gateway_samples",
    help: "Samples of the outbox: produced = acknowledged + held + dropped.",
    labelNames: ["account"],
    registers,
  });
  const bytes = gauge("only_mes_gateway_outbox_bytes", "Bytes held in the outbox.");
  const commit = gauge("only_mes_gateway_outbox_commit_ms", "Duration of the last group commit.");
  const inFlight = gauge("only_mes_gateway_in_flight", "Messages sent and not acknowledged.");
  const resent = gauge("only_mes_gateway_resent", "Messages sent again after a timeout.");
  const sessions = gauge("only_mes_gateway_mqtt_sessions", "MQTT sessions begun.");
  const rebirths = gauge("only_mes_gateway_rebirths", "Rebirths that were asked for.");
  const online = gauge("only_mes_gateway_online", "1 while born and sending.");
  const refused = gauge("only_mes_gateway_refused_commands", "Commands that were refused.");

  const device = (name: string, help: string, more: string[] = []) =>
    new Gauge({ name, help, labelNames: ["device", ...more], registers });
  const connected = device("only_mes_gateway_device_connected", "1 while the device answers.");
  const readings = device("only_mes_gateway_device_readings", "Values read.");
  const taken = device("only_mes_gateway_device_samples", "Samples taken from them.");
  const requests = device(
    "only_mes_gateway_device_requests",
    "Requests or notifications answered.",
  );
  const skipped = device("only_mes_gateway_device_skipped", "Requests left out, device too slow.");
  const losses = device("only_mes_gateway_device_losses", "Times the device was lost.");
  const roundTrip = device("only_mes_gateway_device_round_trip_ms", "Mean round trip.");
  const exceptions = device("only_mes_gateway_device_exceptions", "Modbus exceptions.", ["code"]);

  const everything = new Gauge({
    name: "only_mes_gateway_up",
    help: "1.",
    registers,
    collect() {
      this.set(1);
      const now = status();
      for (const account of ["produced", "acknowledged", "held", "dropped"] as const) {
        messages.set({ account }, now[account].messages);
        samples.set({ account }, now[account].samples);
      }
      bytes.set(now.outbox.heldBytes);
      commit.set(now.outbox.lastCommitMs);
      inFlight.set(now.uplink.inFlight);
      resent.set(now.uplink.resent);
      sessions.set(now.uplink.sessions);
      rebirths.set(now.uplink.rebirths);
      refused.set(now.uplink.refusedCommands);
      online.set(now.uplink.state === "online" ? 1 : 0);
      for (const [id, figures] of Object.entries(now.devices)) {
        connected.set({ device: id }, figures.connected ? 1 : 0);
        readings.set({ device: id }, figures.readings);
        taken.set({ device: id }, figures.samples);
        requests.set({ device: id }, figures.requests);
        skipped.set({ device: id }, figures.skippedRequests);
        losses.set({ device: id }, figures.losses);
        roundTrip.set({ device: id }, figures.roundTripMs.mean);
        for (const [code, times] of Object.entries(figures.exceptions)) {
          exceptions.set({ device: id, code }, times);
        }
      }
    },
  });
  void everything;
  return registry;

  function gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, registers });
  }
}
