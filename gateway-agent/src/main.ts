import { pino } from "pino";
import { plantClock } from "@only-mes/protocols/plant/clock";
import { backOff } from "./back-off.ts";
import { loadMap } from "./config/load-map.ts";
import { environment } from "./config/environment.ts";
import { OptionError, optionsHelp, readOptions, type GatewayConfig } from "./config/options.ts";
import { crashHook } from "./crash-points.ts";
import { DeviceLink } from "./devices/device-link.ts";
import { serveHttp } from "./diagnostics/http.ts";
import { gatewayMetrics } from "./diagnostics/metrics.ts";
import type { GatewayStatus } from "./diagnostics/status.ts";
import { createDriver } from "./drivers/registry.ts";
import { Outbox } from "./outbox/outbox.ts";
import { onShutdown } from "./shutdown.ts";
import { EdgeNode } from "./uplink/edge-node.ts";
import { deviceLog, uplinkLog } from "./diagnostics/log.ts";

/** The only wiring: driver -> sampling -> outbox -> uplink. */
async function run(config: GatewayConfig): Promise<void> {
  const map = loadMap(config.mapFile, config.endpoints);
  const log = pino({ level: config.logLevel, base: { gateway: map.gateway } }, pino.destination(2));
  const clock = plantClock(config.clock);
  const now = () => clock.now();
  const reached = crashHook(config.crashAt);
  const precious = new Set<number>();

  const outbox = new Outbox({
    dataDir: config.dataDir,
    now,
    reached,
    caps: { bytesMax: config.outboxBytesMax, ageMaxMs: config.outboxAgeMaxMs },
    isPrecious: (alias) => precious.has(alias),
    committed: (messages) => uplink.offer(messages),
    failed: (error) => log.error({ err: error }, "the outbox cannot store; it tries again"),
  });
  if (outbox.setAside !== undefined) {
    log.error(
      { file: outbox.setAside },
      "the outbox could not be read and was set aside; a new one begins",
    );
  }
  const commands = uplinkLog(log);
  const uplink = new EdgeNode({
    url: config.mqttUrl,
    group: map.site,
    edgeNode: map.gateway,
    primaryHost: config.primaryHost,
    trimmedBy: config.trimmedBy,
    births: () => links.map((link) => link.birth()),
    nextBdSeq: () => outbox.nextBdSeq(),
    isDeliveryAlias: (alias) => outbox.isDeliveryAlias(alias),
    heldAfter: (sequence, limit) => outbox.after(sequence, limit),
    acknowledge: (acknowledgement) => outbox.acknowledge(acknowledgement),
    epoch: outbox.epoch,
    backlogSamplesPerSecond: config.backlogSamplesPerSecond,
    command: (device) =>
      commands.refused(`DCMD to ${device}: this gateway writes nothing to its devices`),
    now,
    backOff: backOff({ firstMs: 200, lastMs: 5000, random: Math.random }),
    reached,
    log: commands,
  });
  const links = map.devices.map(
    (device) =>
      new DeviceLink({
        map,
        device,
        clock,
        outbox,
        uplink,
        precious,
        random: Math.random,
        reached,
        log: deviceLog(log),
      }),
  );
  if (config.trimmedBy === "broker") {
    log.warn("samples count as delivered when the broker has them, not a database");
  }

  const status = (): GatewayStatus => {
    const { produced, acknowledged, held, dropped, ...ofOutbox } = outbox.figures();
    return {
      gateway: `${map.site}/${map.gateway}`,
      epoch: outbox.epoch,
      produced,
      acknowledged,
      held,
      dropped,
      outbox: ofOutbox,
      uplink: {
        state: uplink.state,
        primaryHost: config.primaryHost ?? null,
        trimmedBy: config.trimmedBy,
        ...uplink.figures(),
        refusedCommands: commands.refusedCommands(),
      },
      devices: Object.fromEntries(
        links.map((link, index) => [map.devices[index]?.id ?? "", link.status()]),
      ),
    };
  };
  const metrics = gatewayMetrics(status);
  const http = await serveHttp(config.http, {
    "/status": () => ({ type: "application/json", body: JSON.stringify(status()) }),
    "/livez": () => ({ type: "text/plain", body: "ok\n" }),
    "/readyz": () => ({
      status: uplink.state === "online" ? 200 : 503,
      type: "text/plain",
      body: `${uplink.state}\n`,
    }),
    "/metrics": async () => ({ type: metrics.contentType, body: await metrics.metrics() }),
  });

  for (const link of links) link.resume();
  outbox.flush();
  for (const [index, link] of links.entries()) {
    const device = map.devices[index];
    if (device === undefined) continue;
    link.start(
      await createDriver({
        device,
        clock,
        sink: link,
        dataDir: config.dataDir,
        random: Math.random,
      }),
    );
  }
  uplink.start();

  onShutdown(async (reason) => {
    log.info({ reason }, "shutting down");
    await Promise.all(links.map((link) => link.stop()));
    outbox.flush();
    await uplink.stop();
    outbox.close();
    await http.close();
  });
  const ready = { type: "ready", http: http.url };
  process.send?.(ready);
  process.stdout.write(`${JSON.stringify({ ready: true, http: http.url })}\n`);
}

const args = process.argv.slice(2);
if (args.includes("--help")) {
  process.stdout.write(optionsHelp());
} else {
  try {
    await run(readOptions(args, environment()));
  } catch (error) {
    const isOption = error instanceof OptionError;
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${message}\n`);
    if (isOption) process.stderr.write("--help lists the options.\n");
    process.exit(isOption ? 2 : 1);
  }
}
