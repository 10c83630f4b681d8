import { isAbsolute } from "node:path";
import { describe, expect, test } from "vitest";
import { readConfig } from "./config.ts";

describe("the configuration", () => {
  test("has a default for everything", () => {
    const config = readConfig([], {});
    expect(config).toMatchObject({
      httpPort: 8080,
      mqttPort: 1883,
      httpHost: "127.0.0.1",
      lanes: 2,
      hostId: "only-mes",
      keepSamplesDays: 400,
      eventTopicRoot: "uns",
      keepEventsDays: 7,
      allowBrandQuery: false,
      changesFrom: "own-machine",
    });
    expect(isAbsolute(config.dataDir)).toBe(true);
    expect(Object.isFrozen(config)).toBe(true);
  });

  test("takes options and environment", () => {
    const config = readConfig(
      ["--http-port", "0", "--lanes", "4", "--allow-brand-query", "--clock", "1,2,60"],
      { DATABASE_URL: "postgresql://mes@db/mes", MQTT_URL: "mqtts://broker:8883" },
    );
    expect(config).toMatchObject({
      httpPort: 0,
      lanes: 4,
      allowBrandQuery: true,
      clock: { realOriginMs: 1, plantOriginMs: 2, speed: 60 },
      databaseUrl: "postgresql://mes@db/mes",
      mqttUrl: "mqtts://broker:8883",
    });
  });

  test.each([
    [["--http-port", "eighty"], {}, /--http-port: a port is a number/],
    [["--mqtt-port", "70000"], {}, /--mqtt-port: a port is a number from 0 to 65535/],
    [["--lanes", "0"], {}, /--lanes: must be from 1 to 64/],
    [["--site-time-zone", "Mars/Olympus"], {}, /--site-time-zone: must be an IANA time zone/],
    [["--event-topic-root", "a/b"], {}, /--event-topic-root: /],
    [["--clock", "soon"], {}, /--clock: clock "soon" is not/],
    [["--crash-at", "lunch"], {}, /--crash-at: must be one of received, decoded/],
    [["--no-such-option"], {}, /Unknown option '--no-such-option'.*--http-port/],
    [[], { DATABASE_URL: "mysql://db" }, /DATABASE_URL: must be a URL beginning with postgres:/],
    [[], { MQTT_URL: "broker" }, /MQTT_URL: must be a URL beginning with mqtt:/],
  ])("%j %j is refused with what is allowed", (args, env, message) => {
    expect(() => readConfig(args, env)).toThrow(message);
  });
});
