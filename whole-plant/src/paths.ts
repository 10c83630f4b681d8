import { join } from "node:path";

export const repositoryRoot = join(import.meta.dirname, "../..");

export const scripts = {
  simulators: join(repositoryRoot, "simulators/src/main.ts"),
  server: join(repositoryRoot, "mes-server/src/main.ts"),
  gateway: join(repositoryRoot, "gateway-agent/src/main.ts"),
};

export const demoDeviceMap = join(repositoryRoot, "whole-plant/device-maps/lakeside.yaml");
export const brandsDir = join(repositoryRoot, "brands");

/** Where Node keeps what it has compiled: the next start of each process then takes a third less time. */
export const compileCacheDir = join(repositoryRoot, "node_modules/.cache/compile");
