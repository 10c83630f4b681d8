import { pino, type Logger } from "pino";
import { plantClock } from "@only-mes/protocols/plant/clock";
import { backOff } from "./back-off.ts";
import { Commands } from "./commands/commands.ts";
import { CommandLedger } from "./commands/ledger.ts";
import { loadMapApart } from "./config/load-map-apart.ts";
import { membershipOf } from "./config/load-map.ts";
import { environment } from "./config/environment.ts";
import { OptionError, optionsHelp, readOptions, type GatewayConfig } from "./config/options.ts";
import { ServerTalk } from "./control/server-talk.ts";
import { crashHook, type Reached } from "./crash-points.ts";
import { DeviceFleet } from "./devices/device-fleet.ts";
import { Buses } from "./drivers/modbus/bus.ts";
import { serveHttp } from "./diagnostics/http.ts";
import { DeliveryFigures } from "./diagnostics/delivery-figures.ts";
import { NodeReporter } from "./diagnostics/node-reporter.ts";
import { commandLog, deviceLog, inspectionLog, mapLog, uplinkLog } from "./diagnostics/log.ts";
import { gatewayPages } from "./diagnostics/pages.ts";
import { gatewayStatus } from "./diagnostics/status.ts";
import { RemoteInspection } from "./inspect/remote/remote-inspection.ts";
import { DeployedMapFile } from "./maps/deployed-map.ts";
import { MapKeeper } from "./maps/map-keeper.ts";
import { watchFile } from "./maps/watch-file.ts";
import { Outbox } from "./outbox/outbox.ts";
import { Lease } from "./redundancy/lease.ts";
import { onShutdown } from "./shutdown.ts";
import { collectStartUpGarbage } from "./start-up-garbage.ts";
import { EdgeNode } from "./uplink/edge-node.ts";

/** How often the node tells what changed of its own figures. Plant time. */
const nodeReportEveryMs = 10_000;
const nodeReportEveryMinRealMs = 1000;

/** The only wiring: driver -> sampling -> outbox -> uplink. */
async function run(config: GatewayConfig): Promise<void> {
  const deployed = new DeployedMapFile(config.dataDir);
  const first = await loadMapApart({
    file: config.mapFile,
    endpoints: config.endpoints,
    dataDir: config.dataDir,
    takesDeployed: config.takesDeployedMaps,
  });
  const { site, gateway } = first.map;
  const { edgeNode, leaseMs } = membershipOf(first.map, config);
  const log = pino({ level: config.logLevel, base: { gateway: edgeNode } }, pino.destination(2));
  if (first.setAside !== undefined) log.error(`the deployed map is not used: ${first.setAside}`);
  const clock = plantClock(config.clock);
  const now = () => clock.now();
  const reached = crashHook(config.crashAt);
  const precious = new Set<number>();

  const outbox = openOutbox(config, log, {
    now,
    reached,
    isPrecious: (alias) => precious.has(alias),
    committed: (messages) => {
      delivery.stored(messages, performance.now());
      uplink.offer(messages);
    },
  });
  const delivery = new DeliveryFigures();
  const ofUplink = uplinkLog(log);
  const ledger = openLedger(config, log, now());
  const commands = new Commands({
    ledger,
    clock,
    target: (device) => fleet.link(device)?.target,
    realNow: () => performance.now(),
    log: commandLog(log, (why) => ofUplink.refused(why)),
  });
  const uplink = new EdgeNode({
    url: config.mqttUrl,
    group: site,
    edgeNode,
    mayBeLive: () => lease?.isActive ?? true,
    primaryHost: config.primaryHost,
    trimmedBy: config.trimmedBy,
    births: () => fleet.births(),
    nodeMetrics: () => reporter.birth(),
    nextBdSeq: () => outbox.nextBdSeq(),
    isDeliveryAlias: (alias) => outbox.aliases.isOfDelivery(alias),
    heldAfter: (sequence, limit) => outbox.after(sequence, limit),
    acknowledge: (acknowledgement) => {
      const isOurs = outbox.acknowledge(acknowledgement);
      if (isOurs) delivery.acknowledged(acknowledgement.ranges, performance.now());
      return isOurs;
    },
    epoch: outbox.epoch,
    backlogSamplesPerSecond: config.backlogSamplesPerSecond,
    command: (device, payload) => commands.receive(device, payload),
    now,
    backOff: backOff({ firstMs: 200, lastMs: 5000, random: Math.random }),
    reached,
    log: ofUplink,
  });
  const buses = new Buses();
  const fleet = new DeviceFleet(first.map, {
    buses,
    clock,
    outbox,
    uplink,
    precious,
    dataDir: config.dataDir,
    role: leaseMs === undefined ? "active" : "standby",
    random: Math.random,
    reached,
    log: deviceLog(log),
  });
  const maps = new MapKeeper(first, {
    file: config.mapFile,
    endpoints: config.endpoints,
    deployed,
    takesDeployed: config.takesDeployedMaps,
    apply: async (map) => {
      const diff = await fleet.apply(map);
      await inspection.follow(map);
      return diff;
    },
    now,
    log: mapLog(log),
  });
  const lease =
    leaseMs === undefined
      ? undefined
      : new Lease({
          member: edgeNode,
          leaseMs,
          ask: (question) => talk?.say("leaseAsk", question),
          othersRecorded: (agoMs) => fleet.othersRecorded(now() - agoMs * clock.speed),
          roleChanged: (role, holder) => {
            log.warn({ role, holder }, `redundancy: ${role}`);
            fleet.setRole(role);
          },
          monotonicMs: () => performance.now(),
          wallMs: () => Date.now(),
        });
  const inspection = new RemoteInspection(first.map, {
    url: config.mqttUrl,
    name: { site, edgeNode },
    dataDir: config.dataDir,
    buses,
    log: inspectionLog(log),
  });
  const status = () =>
    gatewayStatus({
      config,
      site,
      edgeNode,
      outbox,
      delivery,
      uplink,
      ofUplink,
      fleet,
      maps,
      commands,
      lease,
    });
  const reporter = new NodeReporter({
    status,
    now,
    tell: (metrics) => uplink.tellNode(metrics),
    everyMs: Math.max(clock.realDelayMs(nodeReportEveryMs), nodeReportEveryMinRealMs),
  });
  const http = await serveHttp(config.http, gatewayPages(status, ledger, now));

  await fleet.start();
  commands.resume();
  uplink.start();
  await inspection.follow(first.map);
  reporter.start();
  const talk =
    config.primaryHost === undefined
      ? undefined
      : new ServerTalk({
          url: config.mqttUrl,
          site,
          gateway,
          member: edgeNode,
          maps,
          lease,
          failed: (error) => log.debug({ err: error }, "control channel"),
        });
  lease?.start();
  const watch = watchFile(config.mapFile, (text) => void maps.offerFile(text));

  onShutdown(async (reason) => {
    log.info({ reason }, "shutting down");
    watch.stop();
    await inspection.stop();
    reporter.stop();
    await commands.stop();
    await fleet.stop();
    outbox.flush();
    // Behind the last reading: who takes over must not begin before this one has ended.
    lease?.stop();
    await uplink.stop();
    await talk?.close();
    ledger.close();
    outbox.close();
    await http.close();
  });
  collectStartUpGarbage();
  const ready = { type: "ready", http: http.url };
  process.send?.(ready);
  process.stdout.write(`${JSON.stringify({ ready: true, http: http.url })}\n`);
}

function openOutbox(
  config: GatewayConfig,
  log: Logger,
  parts: Pick<
    ConstructorParameters<typeof Outbox>[0],
    "now" | "reached" | "isPrecious" | "committed"
  > & { reached: Reached },
): Outbox {
  const outbox = new Outbox({
    ...parts,
    dataDir: config.dataDir,
    caps: {
      bytesMax: config.outboxBytesMax,
      policy: config.outboxDropPolicy,
      ageMaxMs: config.outboxAgeMaxMs,
    },
    failed: (error) => log.error({ err: error }, "the outbox cannot store; it tries again"),
  });
  if (outbox.setAside !== undefined) {
    log.error(
      { file: outbox.setAside },
      "the outbox could not be read and was set aside; a new one begins",
    );
  }
  if (config.trimmedBy === "broker") {
    log.warn("samples count as delivered when the broker has them, not a database");
  }
  return outbox;
}

function openLedger({ dataDir }: GatewayConfig, log: Logger, nowMs: number): CommandLedger {
  const ledger = new CommandLedger(dataDir, nowMs);
  if (ledger.setAside !== undefined) {
    log.error(
      { file: ledger.setAside },
      "the ledger of commands could not be read and was set aside; what was issued until now is refused",
    );
  }
  return ledger;
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
